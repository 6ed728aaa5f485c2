"""A cache that is damaged, foreign or of another release is none; what it returns is what it was given."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.adapters.history_cache import MAX_ROWS, MAX_TEXT, HistoryCache

Open = Callable[..., HistoryCache]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "below" / "cache.sqlite"


@pytest.fixture
def cache(path: Path) -> Iterator[Open]:
    opened: list[HistoryCache] = []

    def of(version: str = "1", at: Path = path) -> HistoryCache:
        opened.append(HistoryCache(at, version))
        return opened[-1]

    yield of
    for one in opened:
        one.close()


def _change(path: Path, *statements: str) -> None:
    opened = sqlite3.connect(path)
    with opened:
        for statement in statements:
            opened.execute(statement)
    opened.close()


def test_returns_what_was_kept(cache: Open) -> None:
    cache().keep({"a": "one", "b": "\udcff two"[1:]})
    assert cache().get(("a", "b", "c")) == {"a": "one", "b": " two"}


def test_returns_many(cache: Open) -> None:
    texts = {str(number): str(number) for number in range(2_000)}
    cache().keep(texts)
    assert cache().get(tuple(texts)) == texts


def test_another_text_for_a_key_counts(cache: Open) -> None:
    cache().keep({"a": "one"})
    cache().keep({"a": "two"})
    assert cache().get(("a",)) == {"a": "two"}


def test_nothing_is_kept_of_another_version(cache: Open) -> None:
    cache("1").keep({"a": "one"})
    assert cache("2").get(("a",)) == {}


def test_what_was_kept_together_or_one_by_one_is_found_alike(cache: Open) -> None:
    texts = {str(number): f"{number} {'x' * 10_000}" for number in range(300)}
    cache().keep(texts)
    for key in ("7", "new"):
        cache().keep({key: "again"})
    assert cache().get((*texts, "new")) == {**texts, "7": "again", "new": "again"}


def test_a_text_that_cannot_lie_beside_others_is_lost_alone(cache: Open) -> None:
    large = "x" * (MAX_TEXT - 3 * 1024 * 1024)
    cache().keep({"a": "one", "b": "two\0", "c": "x" * MAX_TEXT, "d": large})
    assert cache().get(("a", "b", "c", "d")) == {"a": "one", "d": large}


def test_a_cache_of_the_release_before_is_begun_anew(cache: Open, path: Path) -> None:
    path.parent.mkdir()
    old = ["PRAGMA application_id = 1095979865", "CREATE TABLE version (version TEXT)"]
    old += ["CREATE TABLE found (key TEXT UNIQUE, value BLOB)", "INSERT INTO version VALUES ('0')"]
    _change(path, *old, "INSERT INTO found VALUES ('a', x'00')")
    opened = cache()
    opened.keep({"b": "two"})
    assert (opened.get(("a", "b")), opened.notice) == ({"b": "two"}, "")


def test_nobody_else_may_read_it(cache: Open, path: Path) -> None:
    cache().keep({"a": "one"})
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE texts SET value = x'00'",
        "UPDATE texts SET value = 'text'",
        "UPDATE texts SET value = NULL",
        "UPDATE texts SET value = substr(value, 1, length(value) - 6)",
        "UPDATE texts SET value = substr(value, 1, 16) || substr((SELECT value FROM texts WHERE id = 2), 17)",
        "UPDATE texts SET value = (SELECT value FROM texts WHERE id = 2)",
        "UPDATE places SET texts = 2",
        "UPDATE places SET texts = 'x'",
        "DELETE FROM texts",
    ],
)
def test_a_row_that_was_changed_is_not_there(cache: Open, path: Path, statement: str) -> None:
    cache().keep({"a": "one"})
    cache().keep({"b": "two"})
    _change(path, statement)
    assert "a" not in cache().get(("a",))


@pytest.mark.parametrize("content", [b"no database at all" * 1_000, b"SQLite format 3\0" + b"x" * 900])
def test_a_file_that_is_no_cache_is_left_alone_and_told(cache: Open, path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    first = cache()
    first.keep({"a": "one"})
    assert "is not used: file is not a database" in first.notice
    assert path.read_bytes() == content


def test_a_cache_of_which_only_the_head_is_left_is_begun_anew_and_told(cache: Open, path: Path) -> None:
    cache().keep({"a": "one"})
    path.write_bytes(path.read_bytes()[:5_000])
    first = cache()
    first.keep({"b": "two"})
    assert "damaged" in first.notice
    assert cache().get(("b",)) == {"b": "two"}


def test_a_cache_whose_keys_are_damaged_is_begun_anew(cache: Open, path: Path) -> None:
    cache().keep({"a" * 50: "one"})
    path.write_bytes(path.read_bytes().replace(b"a" * 50, b"a" * 49 + b"\xff"))
    cache().get(("a" * 50,))
    damaged = cache()
    damaged.keep({str(number): "x" for number in range(9)})
    assert cache().get(("5",)) == {"5": "x"}


def test_a_file_that_is_damaged_within_is_done_without(cache: Open, path: Path) -> None:
    cache().keep({str(number): "x" * 500 for number in range(2_000)})
    content = bytearray(path.read_bytes())
    content[4096:40_000] = b"\xff" * (40_000 - 4096)
    path.write_bytes(content)
    damaged = cache()
    assert damaged.get(("1",)) in ({}, {"1": "x" * 500})
    damaged.keep({"2": "y"})
    assert damaged.notice
    fresh = cache()
    fresh.keep({"a": "one"})
    assert cache().get(("a",)) == {"a": "one"}


def test_the_database_of_somebody_else_is_left_alone(cache: Open, path: Path) -> None:
    path.parent.mkdir()
    _change(path, "CREATE TABLE theirs (it TEXT)", "INSERT INTO theirs VALUES ('x')")
    before = path.read_bytes()
    foreign = cache()
    foreign.keep({"a": "one"})
    assert (foreign.get(("a",)), path.read_bytes()) == ({}, before)
    assert "another database" in foreign.notice


def test_a_place_that_cannot_be_written_is_done_without(cache: Open, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    lost = cache(at=tmp_path / "file" / "cache.sqlite")
    lost.keep({"a": "one"})
    assert lost.get(("a",)) == {}
    assert "is not used" in lost.notice


def test_a_cache_that_another_run_holds_is_done_without(cache: Open, path: Path) -> None:
    cache().keep({"a": "one"})
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    busy = cache()
    assert busy.get(("a",)) == {}
    assert "locked" in busy.notice
    other.close()
    assert cache().get(("a",)) == {"a": "one"}


def test_the_oldest_leave_when_there_are_too_many(cache: Open, path: Path) -> None:
    cache().keep({"first": "x"})
    opened = sqlite3.connect(path)
    with opened:
        keys = ((f"n{number}", 2 + number % 8) for number in range(MAX_ROWS + 2))
        opened.executemany("INSERT INTO places (key, texts) VALUES (?, ?)", keys)
        opened.executemany("INSERT INTO texts (id, value) VALUES (?, x'00')", ((one,) for one in range(2, 10)))
    opened.close()
    full = cache()
    full.keep({"last": "y"})
    assert full.get(("first", "last")) == {"last": "y"}
    full.close()
    opened = sqlite3.connect(path)
    assert opened.execute("SELECT min(texts) FROM places").fetchone() == (4,)
    opened.close()
