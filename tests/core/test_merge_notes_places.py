"""Where a git note stands, what it holds, and what a notes ref may be called."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Unreadable
from app.core.merge_record import Fault, Occupied, check
from app.core.merge_record.notes import LEVELS, commit_of, envelopes, folders, joined, notes_ref, places, too_much
from tests.core.test_merge_record import chain, prove

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("assay", "refs/notes/assay"),
        ("notes/assay", "refs/notes/assay"),
        ("refs/notes/assay", "refs/notes/assay"),
        ("refs/heads/main", "refs/notes/refs/heads/main"),
        ("a/b", "refs/notes/a/b"),
        ("@", "refs/notes/@"),
    ],
)
def test_a_name_is_completed_as_git_completes_it(name: str, full: str) -> None:
    assert notes_ref(name) == full


@pytest.mark.parametrize(
    "name",
    [
        *("", "/", "a//b", "a/", "/a", ".a", "a/.b", "a..b", "a.lock", "a.lock/b", "a.", "a b", "a~", "a^", "a:", "a?"),
        *("a*", "a[", "a\\", "a@{1}", "a\n", "a\x7f", "refs/notes/", "a" * 200, "\ud800"),
    ],
)
def test_what_git_refuses_is_no_name(name: str) -> None:
    assert notes_ref(name) is None


def accepted(full: str) -> bool:
    """Say what git says of a name."""
    return subprocess.run(["git", "check-ref-format", full], check=False).returncode == 0


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab./@{}~^:?*[\\ -é\x01\x7f", max_size=8) | st.sampled_from(["x.lock", "x.lock/y", "x/y.lock"]))
def test_a_name_is_taken_if_and_only_if_git_takes_it(name: str) -> None:
    if not name.startswith("notes/"):
        assert (notes_ref(name) is not None) == accepted(f"refs/notes/{name}")


def test_a_note_may_stand_whole_or_in_folders() -> None:
    assert places(COMMIT)[:3] == (COMMIT, f"01/{COMMIT[2:]}", f"01/23/{COMMIT[4:]}")
    assert folders(COMMIT)[:2] == ("01", "01/23")
    assert (len(places(COMMIT)), len(folders(COMMIT))) == (LEVELS + 1, LEVELS)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="0123456789abcdef", min_size=40, max_size=40))
def test_the_commit_of_each_place_is_the_commit(commit: str) -> None:
    assert {commit_of(path) for path in places(commit)} == {commit}


@pytest.mark.parametrize(
    "path",
    ["", COMMIT[:-1], f"{COMMIT[:3]}/{COMMIT[3:]}", f"0/{COMMIT[1:]}", COMMIT.upper(), f"{COMMIT}/", "README.md"],
)
def test_what_git_takes_for_no_note_is_none(path: str) -> None:
    assert commit_of(path) is None


def test_each_line_of_a_note_is_a_record() -> None:
    assert envelopes(b"{1}\n\n{2}\n{3}") == (b"{1}\n", b"{2}\n", b"{3}\n")


def test_a_record_is_added_as_a_line() -> None:
    assert joined(b"{1}", b"{2}\n") == b"{1}\n{2}\n"


@pytest.mark.parametrize("envelope", [b"{\n}\n", b"{}", b"", b"\n"])
def test_a_record_of_another_form_is_none_of_a_note(envelope: bytes) -> None:
    with pytest.raises(Unreadable):
        joined(b"", envelope)


def test_a_record_that_is_the_note_of_its_commit_has_no_fault() -> None:
    assert check([("b" * 40, chain(1)[0][1])], prove).faults == ()


def test_a_record_that_is_the_note_of_another_commit_shows() -> None:
    sentence = f"it speaks of commit {'b' * 40}, and is a note of another"
    assert check([("c" * 40, chain(1)[0][1])], prove).faults == (Fault("c" * 40, sentence),)


def test_a_record_that_cannot_be_read_is_told_with_why() -> None:
    kept = [("1", Unreadable("is missing in this clone")), *chain(2)[1:]]
    assert check(kept, prove).faults == (
        Fault("1", "is missing in this clone"),
        Fault("2", "record 1 before it is missing, or cannot be proved"),
    )


@pytest.mark.parametrize("words", [b"Reviewed\n", b"\n\nTwo\n\nparts", b"\xff\x00"])
def test_what_stands_in_a_note_stays_byte_for_byte(words: bytes) -> None:
    found = joined(words, b"{2}\n")
    assert (found.startswith(words), found.removeprefix(words).lstrip(b"\n")) == (True, b"{2}\n")


@pytest.mark.parametrize(
    ("content", "largest", "why"),
    [
        (b"x\n" * 100, 10_000, ""),
        (b"x\n" * 101, 10_000, "holds more than 100 lines, and is not read"),
        (b"x" * 100 + b"\n", 10, "holds too much for so many lines, and is not read"),
        (b"x" * 100, 10, ""),
    ],
)
def test_a_note_is_read_within_bounds(content: bytes, largest: int, why: str) -> None:
    assert too_much(content, largest) == why


def test_a_place_that_is_taken_does_not_get_free_by_waiting() -> None:
    assert Occupied("it is taken").permanent
