# Two commands on a bare machine (Linux, Python 3.11 or newer, make): `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
ROUNDS ?= 200
SOAK := tests/faults/test_soak.py
WALK := tests/faults/test_state_machine.py
# Of tests that run side by side each has a core: two threads in each of two would wait for each other.
ONE_THREAD := OMP_NUM_THREADS=1
# The tests start some thousand processes, each of which would compile what it imports anew.
unexport PYTHONDONTWRITEBYTECODE
COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header --no-annotate

.PHONY: help setup demo up check lint types contracts test slow soak bench lock clean

help:
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

setup: $(INSTALLED) ## install into .venv, nothing else

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed: make PYTHON=python3.12 …' >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo 'Python lacks its venv module: install it (Debian: python3-venv)' >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		"$$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)"
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: $(INSTALLED) ## distil ResNet18 into MobileNetV2 on real scans, through the real service
	@exec $(BIN)/python -m examples.demo

up: $(INSTALLED) ## start the service on this machine; Ctrl-C ends it
	@exec $(BIN)/distillery up

check: lint types contracts ## the quick part of `make test`

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/hadolint Dockerfile

types: $(INSTALLED)
	$(BIN)/mypy

contracts: $(INSTALLED)
	$(BIN)/lint-imports

test: check ## lint, types, contracts and the test suite, on two cores
	$(ONE_THREAD) $(BIN)/pytest -m "not slow" -n 2 --dist loadfile --no-loadscope-reorder

# Those of processes wait for most of their time; what trains, or counts seconds, has the machine to itself.
slow: $(INSTALLED) ## the tests that take longer; CI runs them too
	$(ONE_THREAD) $(BIN)/pytest -m slow $(WALK) tests/worker -n 2 --dist worksteal
	$(ONE_THREAD) $(BIN)/pytest -m slow tests/faults --ignore $(SOAK) --ignore $(WALK) -n 3 --dist loadfile
	$(BIN)/pytest -m slow --ignore tests/worker --ignore tests/faults
	$(BIN)/pytest -m slow $(SOAK)

soak: $(INSTALLED) ## rounds of random faults on a real service, ROUNDS=200; SEED=… repeats one
	$(BIN)/python -m tests.faults.soak --rounds $(ROUNDS) $(if $(SEED),--seed $(SEED))

bench: $(INSTALLED) ## measure the training step against a common loop
	$(BIN)/python -m bench.step

lock: ## resolve requirements.lock anew, and what of it each image needs
	$(COMPILE) --extra worker --extra dev --upgrade -o requirements.lock
	$(COMPILE) --extra worker -c requirements.lock -o requirements/worker.lock
	$(COMPILE) -c requirements.lock -o requirements/service.lock

clean: ## remove what make made
	rm -rf $(VENV) .demo .mypy_cache .pytest_cache .ruff_cache .hypothesis
