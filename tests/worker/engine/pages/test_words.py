import pytest

from worker.engine.pages.words import count, percent, points, size, span, table, within


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (percent(0.98051), "98.05 %"),
        (percent(None), "–"),
        (points(-0.0167), "-1.67"),
        (within((0.9603, 0.9905)), "96.03 to 99.05"),
        (within(None), ""),
        (count(2_236_682), "2.24 M"),
        (count(300_774_272), "301 M"),
        (count(49.5005), "49.5"),
        (count(999), "999"),
        (size(9_214_216), "9.21 MB"),
        (size(512), "512 B"),
        (size(None), "–"),
        (span(59.6), "1 min 0 s"),
        (span(7325), "2 h 2 min"),
        (span(4), "4 s"),
    ],
)
def test_numbers_read_as_a_person_says_them(said, expected):
    assert said == expected


def test_a_cell_is_text():
    assert "<td>&lt;b&gt;</td>" in table(("a",), [("<b>",)])
