"""Names that look odd and are names all the same: rows 34-36 of the matrix of bad inputs."""

import unicodedata

import httpx2
import pytest

from tests.app.visiting import findings, submit

PAYLOADS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "'; DROP TABLE jobs; --", "' OR '1'='1",
    "%s%n%x", "${jndi:ldap://x}", "{{7*7}}", "*)(uid=*", "../../etc/passwd", "..\\..\\x", "null", "NaN", "-1",
    "true", "%00", "\\u0000", "=cmd|' /C calc'!A0", "a" * 200, 'Robert"); --', "$(reboot)", "`reboot`", "_%_",
    "job_",
]  # fmt: skip
SCRIPTS = [
    "مرحبا بالعالم", "שלום", "a שלום b", "模型蒸留", "𠮷野家", "Ω≈ç√∫",
    "👩\u200d🔬🧪", "❤\ufe0f", "می\u200cخواهم",
    "𝕯𝖎𝖘𝖙", "раураl", "ⅷ", "ﬁ", "ß", "İ", "ǆ", "é" * 200,
]  # fmt: skip
INVISIBLE = [
    "\u202eevil", "a\u202ab", "\u2066x\u2069", "\u200b", "\ufeff", "a\u00adb", "\u0085", "\u2028", "\x1b[31m",
    "\x7f", "\t", "a\nb", "\ue000", "\U000e0041", "\U0010ffff", "\u0378",
]  # fmt: skip


@pytest.mark.parametrize("name", PAYLOADS + SCRIPTS)
def test_rows_34_to_36_a_name_comes_back_literally(http: httpx2.Client, name: str) -> None:
    expected = unicodedata.normalize("NFC", name)

    job = submit(http, name=name, tags=[name[:64]])

    read = http.get(f"/v1/jobs/{job['id']}").json()
    (listed,) = http.get("/v1/jobs").json()["data"]
    assert job["name"] == read["name"] == listed["name"] == read["spec"]["name"] == expected
    assert listed["tags"] == [unicodedata.normalize("NFC", name[:64])]


@pytest.mark.parametrize("name", PAYLOADS + SCRIPTS)
def test_rows_34_to_36_a_name_is_found_again(http: httpx2.Client, name: str) -> None:
    job = submit(http, name=name)
    submit(http, name="another")

    found = http.get("/v1/jobs", params={"q": name}).json()["data"]

    assert [one["id"] for one in found] == [job["id"]]


def test_row_34_twins_of_unicode_are_one_name(http: httpx2.Client) -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"

    first, second = submit(http, name=composed), submit(http, name=decomposed)

    assert first["name"] == second["name"] == composed
    for q in (composed, decomposed):
        assert len(http.get("/v1/jobs", params={"q": q}).json()["data"]) == 2


@pytest.mark.parametrize("blank", [" ", "    ", "\u200d"])
def test_row_34_what_cannot_be_seen_is_refused(http: httpx2.Client, blank: str) -> None:
    reply = http.post("/v1/jobs", json={"name": blank, "tags": ["a", blank]})

    assert findings(reply) == [("/name", "blank"), ("/tags/1", "blank")]


@pytest.mark.parametrize("name", INVISIBLE)
def test_row_34_what_hides_or_turns_text_round_is_refused(http: httpx2.Client, name: str) -> None:
    assert findings(http.post("/v1/jobs", json={"name": name})) == [("/name", "not_printable")]
    assert findings(http.post("/v1/jobs", json={"tags": ["a", name]})) == [("/tags/1", "not_printable")]


def test_row_34_a_name_that_grows_in_normal_form(http: httpx2.Client) -> None:
    """One character becomes three: it must not lead around the limit and break PostgreSQL."""
    assert findings(http.post("/v1/jobs", json={"name": "\ufb2c" * 200})) == [("/name", "string_too_long")]
    assert findings(http.post("/v1/jobs", json={"tags": ["\ufb2c" * 64]})) == [("/tags/0", "string_too_long")]


@pytest.mark.parametrize("name", ["", "x" * 201, "😀" * 201])
def test_row_34_a_name_has_a_length(http: httpx2.Client, name: str) -> None:
    assert [place for place, _ in findings(http.post("/v1/jobs", json={"name": name}))] == ["/name"]


def test_row_35_nothing_is_served_as_a_page(http: httpx2.Client) -> None:
    """A browser that is led to an answer shows it as what it is, and guesses nothing."""
    job = submit(http, name="<script>alert(1)</script>")

    for path in (f"/v1/jobs/{job['id']}", "/v1/jobs", "/v1/jobs/<script>", f"/v1/jobs/{job['id']}/logs"):
        reply = http.get(path)
        assert "html" not in reply.headers["content-type"]
        assert reply.headers["x-content-type-options"] == "nosniff"
