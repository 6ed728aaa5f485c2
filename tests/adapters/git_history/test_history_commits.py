"""Commit objects as bytes, well formed and not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.git_history.commits import MAX_MESSAGE, commit_of, tree_of
from app.core.history import Signature, SignedBy

OID = "1" * 40
TREE, ONE, OTHER = "a" * 40, "b" * 40, "c" * 40


def _commit(
    head: str = "", message: bytes = b"Say it\n", who: bytes = b"Ann <ann@example.org> 1767225600 +0200"
) -> bytes:
    lines = [f"tree {TREE}\nparent {ONE}\nparent {OTHER}\n".encode(), b"author " + who, b"\ncommitter " + who]
    return b"".join(lines) + (f"\n{head}" if head else "").encode() + b"\n\n" + message


def test_reads_parents_people_times_and_message() -> None:
    found = commit_of(OID, _commit())
    assert (found.commit, found.parents, found.message) == (OID, (ONE, OTHER), "Say it\n")
    assert found.author == found.committer == Signature("Ann", "ann@example.org")
    assert found.authored_at.isoformat() == "2026-01-01T02:00:00+02:00"


def test_names_its_tree() -> None:
    assert tree_of(_commit()) == TREE


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----", SignedBy.GPG),
        ("gpgsig-sha256 -----BEGIN PGP SIGNATURE-----\n abc", SignedBy.GPG),
        ("gpgsig -----BEGIN PGP MESSAGE-----\n abc", SignedBy.GPG),
        ("gpgsig -----BEGIN SSH SIGNATURE-----\n abc\n -----END SSH SIGNATURE-----", SignedBy.SSH),
        ("gpgsig -----BEGIN SIGNED MESSAGE-----\n abc\n -----END SIGNED MESSAGE-----", SignedBy.GITSIGN),
        ("gpgsig something else", SignedBy.UNKNOWN),
        ("encoding UTF-8", None),
    ],
)
def test_tells_the_form_of_a_signature(header: str, form: SignedBy | None) -> None:
    assert commit_of(OID, _commit(header)).signed is form


def test_a_signature_that_the_message_quotes_is_none() -> None:
    assert commit_of(OID, _commit(message=b"gpgsig -----BEGIN PGP SIGNATURE-----\n")).signed is None


def test_a_parent_that_the_message_names_is_none() -> None:
    assert commit_of(OID, _commit(message=f"parent {TREE}\n".encode())).parents == (ONE, OTHER)


def test_a_message_in_another_encoding_is_read_in_it() -> None:
    assert commit_of(OID, _commit("encoding ISO-8859-1", b"na\xefve")).message == "naïve"


@pytest.mark.parametrize("encoding", ["encoding UTF-8", "encoding no-such-thing", "encoding \0\0", "encoding idna"])
def test_bytes_that_nothing_can_mean_are_shown_as_such(encoding: str) -> None:
    assert "\ufffd" in commit_of(OID, _commit(encoding, b"na\xefve")).message


def test_a_long_message_is_cut() -> None:
    assert len(commit_of(OID, _commit(message=b"x" * (MAX_MESSAGE + 1))).message) == MAX_MESSAGE


@pytest.mark.parametrize(
    ("who", "at"),
    [
        (b"Ann <ann@example.org> 99999999999999999999 +0000", "9999-12-31T23:59:59+00:00"),
        (b"Ann <ann@example.org> -5 +0000", "1970-01-01T00:00:00+00:00"),
        (b"Ann <ann@example.org> 0 +9999", "1970-01-01T23:59:00+23:59"),
        (b"Ann <ann@example.org> 253402300799 +1400", "9999-12-31T23:59:59+00:00"),
        (b"Ann <ann@example.org>", "1970-01-01T00:00:00+00:00"),
        (b"nobody at all", "1970-01-01T00:00:00+00:00"),
        (b"no brackets 1767225600 +0000", "2026-01-01T00:00:00+00:00"),
        (b"x" * 100_000 + b" <a@example.org> 1767225600 +0000", "2026-01-01T00:00:00+00:00"),
        (b"1" * 1_000_000, "1970-01-01T00:00:00+00:00"),
        (b"", "1970-01-01T00:00:00+00:00"),
    ],
)
def test_a_time_that_no_calendar_has_becomes_one_that_it_has(who: bytes, at: str) -> None:
    assert commit_of(OID, _commit(who=who)).committed_at.isoformat() == at


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_some_commit(content: bytes) -> None:
    found = commit_of(OID, content)
    assert found.committed_at >= datetime(1, 1, 2, tzinfo=UTC)
