"""Lines as they come, whole."""

from pathlib import Path

from worker.log_tail import LONGEST_LINE, LogTail


def test_a_line_waits_for_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb", buffering=0) as written, log.open("rb") as read:
        tail = LogTail(read)
        written.write("eins\nzw\u00e4".encode()[:-1])
        first = list(tail.new())
        written.write("\u00e4i\ndrei".encode()[1:])
        second = list(tail.new())

        assert (first, second, list(tail.rest())) == (["eins"], ["zw\u00e4i"], ["drei"])
        assert list(tail.rest()) == []


def test_a_line_without_an_end_comes_in_pieces(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"x" * (5 * LONGEST_LINE))
    with log.open("rb") as read:
        tail = LogTail(read)

        assert "".join([*tail.new(), *tail.rest()]) == "x" * (5 * LONGEST_LINE)
