"""The compose file fits the Dockerfile and the code; no engine is at hand to try them."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_a_stage_of_the_dockerfile_and_a_module_of_ours(name):
    stages = re.findall(r"^FROM \S+ AS (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

    assert OURS[name]["build"]["target"] in stages
    program, option, module, *_ = OURS[name]["command"]
    assert (program, option) == ("python", "-m")
    assert find_spec(module) is not None


def test_only_the_workers_are_built_with_torch():
    built = {name for name, service in OURS.items() if service["build"]["target"] == "worker"}

    assert built == {"worker", "light", "predictor"}


def test_what_a_service_waits_for_is_there_and_says_when_it_is_ready():
    for service in SERVICES.values():
        for name, dependency in service.get("depends_on", {}).items():
            if dependency["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[name]
            else:
                assert SERVICES[name]["restart"] == "no"


def test_a_password_stands_in_no_url():
    for service in SERVICES.values():
        urls = [value for value in service.get("environment", {}).values() if "://" in value]
        assert not [url for url in urls if "PASSWORD" in url]
