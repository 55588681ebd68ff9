"""report.html stands alone, says what report.json says, and shows names as they are."""

import copy
import re
from html.parser import HTMLParser

import pytest

from worker.engine.pages.figures import by_epoch, objective
from worker.engine.pages.page import page

VOID = {"meta", "br"}
LABEL = "train/term/label"
TERMS = "Its terms, each before its weight, and its penalties"


class Reading(HTMLParser):
    """Notes every reference and text, and that what is opened is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.references, self.texts, self.ids = [], [], [], []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        self.note(attributes)

    def handle_startendtag(self, tag, attributes):
        self.note(attributes)

    def note(self, attributes):
        self.references += [value for name, value in attributes if name in ("src", "href", "xlink:href")]
        self.ids += [value for name, value in attributes if name == "id"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data.strip())


def read(text):
    reading = Reading()
    reading.feed(text)
    reading.close()
    assert not reading.open
    return reading


@pytest.fixture(scope="session")
def rows(run):
    return [
        (name, step, epoch, seconds, value)
        for step, epoch, seconds, values in run.listener.all("metrics")
        for name, value in values.items()
    ]


@pytest.fixture(scope="session")
def html(run):
    return (run.out / "report.html").read_text()


def test_it_asks_no_other_server_for_anything(html):
    reading = read(html)

    assert all(reference.startswith("#") for reference in reading.references)
    assert "@import" not in html
    assert {found for found in re.findall(r"url\(([^)]*)\)", html) if not found.startswith("#")} == set()
    assert "<script" not in html


def test_each_name_is_given_once(html):
    ids = read(html).ids

    assert len(ids) == len(set(ids)) > 0


def test_it_says_what_the_report_says(run, html):
    texts = read(html).texts

    for role in ("teacher", "student"):
        assert f"{100 * run.report[role]['test']['accuracy']:.2f} %" in texts
    for name in run.report["dataset"]["class_names"]:
        assert name in texts
    assert html.count("<svg") >= 4


def test_each_term_and_penalty_has_its_curve(html):
    texts = read(html).texts

    after = texts[texts.index(TERMS) :]
    assert {"label", "soft_targets", "l2", "l1"} <= set(after[: after.index("Sure, and right")])


def test_a_term_is_shown_as_the_mean_of_each_epoch_and_one_alone_not_again():
    told = [(LABEL, 1, 1, 0.1, 3.0), (LABEL, 2, 1, 0.2, 1.0), (LABEL, 3, 2, 0.3, 0.5)]
    penalty = ("train/term/norm_product", 2, 1, 0.2, -0.5)

    assert by_epoch(told, LABEL) == [(1, 2.0), (2, 0.5)]
    assert list(objective(told)) == []
    assert [title for title, _ in objective([*told, penalty])] == [TERMS]


def test_numbers_at_an_axis_are_numbers():
    told = [(f"train/term/{name}", 1, 1, 0.1, value) for name, value in (("label", 300.0), ("l2", 0.02))]

    ((_, drawing),) = objective(told)

    texts = read(drawing).texts
    assert {"100", "1", "0.1"} <= set(texts)
    assert not [text for text in texts if "$" in text]


def test_it_reads_in_the_light_and_in_the_dark(html):
    assert "color-scheme: light dark" in html
    assert "currentColor" in html
    assert "#010203" not in html


def test_names_are_shown_and_never_run(run, rows):
    report = copy.deepcopy(run.report)
    report["name"] = "<script>alert(1)</script>"
    for one in report["classes"]:
        one["name"] = f"<img src=x onerror=alert(1)> $x^2$ {one['name']}"
    report["newly_confused"] = [{"label": "<b>", "decided": "a & b", "teacher": 1, "student": 4}]

    reading = read(page(report, rows))

    assert "<script>alert(1)</script>" in reading.texts
    assert "<b> → a & b" in reading.texts
    assert all(reference.startswith("#") for reference in reading.references)


def test_the_same_numbers_give_the_same_page(run, rows):
    assert page(run.report, rows) == page(run.report, rows)


def test_a_run_without_curves_latencies_or_losses_has_a_page(run):
    report = copy.deepcopy(run.report)
    for role in ("teacher", "student"):
        report[role]["latency"] = []
    report["summary"]["speedup"] = None
    report["newly_confused"], report["classes_lost_most"] = [], []

    assert "faster" not in page(report, [])
