"""The reference for people: whole, and readable without any network."""

import re
from html.parser import HTMLParser

import httpx2
import pytest

from tests.app.visiting import problem
from tests.live_api import LiveApi


@pytest.fixture
def api(one_api: LiveApi) -> LiveApi:
    """None of this depends on the database."""
    return one_api


class Read(HTMLParser):
    """Names, links and tags of a page; every tag must be closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        self.names += [str(found["id"])] if "id" in found else []
        self.links += [str(found[name]) for name in ("href", "src", "action") if name in found]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def text(anyone: httpx2.Client) -> str:
    reply = anyone.get("/docs")
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    return reply.text


def test_it_names_no_other_host_and_runs_nothing(text: str) -> None:
    page = Read(text)

    assert not re.search(r"https?:|//\w|@import|url\(", text)
    assert all(to.startswith("#") or to == "openapi.json" for to in page.links)
    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object", "form"})


def test_no_link_leads_nowhere(text: str) -> None:
    page = Read(text)

    assert page.open == []
    assert len(set(page.names)) == len(page.names)
    assert {to[1:] for to in page.links if to.startswith("#")} <= set(page.names)


def test_it_shows_all_that_the_document_holds(text: str, anyone: httpx2.Client) -> None:
    document = anyone.get("/openapi.json").json()
    names = set(Read(text).names)

    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["operationId"] in names
            for parameter in operation.get("parameters", ()):
                assert f"<code>{parameter['name']}</code>" in text
    assert {f"schema-{name}" for name in document["components"]["schemas"]} <= names
    assert "Soft and hard targets beside the label" in text  # an example


def test_the_pages_of_the_framework_are_off(anyone: httpx2.Client) -> None:
    problem(anyone.get("/redoc"), 404)
