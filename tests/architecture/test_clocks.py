"""Tests bring clocks of their own: to set that of the process stops the API that runs beside them."""

import re

from tests.architecture.test_shape import ROOT, TESTS

SETS_A_CLOCK = re.compile(r"""setattr\(\s*(?:(?:\w+\.)*time\s*,\s*["']|["'](?:\w+\.)*time\.)(\w+)["']""")


def test_no_test_sets_the_clock_of_the_process() -> None:
    assert {source for source in TESTS if SETS_A_CLOCK.search((ROOT / source).read_text("utf-8"))} == set()


def test_what_counts_as_setting_it() -> None:
    line = "monkeypatch.set" + 'attr(module.time, "monotonic", now)'

    assert SETS_A_CLOCK.search(line)
    assert SETS_A_CLOCK.search(line.replace('module.time, "', '"module.time.'))
    assert not SETS_A_CLOCK.search(line.replace("module.time", "clock"))
