"""A command is one exact line; what merely calls us is told from what does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.command import Command, Word


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/assay recheck", Command(Word.RECHECK)),
        (" /assay help\r\n", Command(Word.HELP)),
        ("/assay explain signature", Command(Word.EXPLAIN, "signature")),
        ("/assay waive limits vulnerabilities.high", Command(Word.WAIVE, "limits vulnerabilities.high")),
    ],
)
def test_what_is_exact_is_a_command(text: str, expected: Command) -> None:
    assert Command.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "/assay",
        "/assay  recheck",
        "/assay recheck now",
        "/assay explain",
        "/assay waive a b c",
        "/assay unknown",
        "/assay Recheck",
        "/assay explain ÜBER",
    ],
)
def test_what_calls_us_and_is_not_exact_is_unknown(text: str) -> None:
    assert Command.parse(text) == Command(Word.UNKNOWN)


@pytest.mark.parametrize(
    "text", ["", "> /assay recheck", "/assay recheck\nplease", "see /assay help", "/assays", "/assay " + "a" * 400]
)
def test_what_does_not_call_us_in_one_line_is_none(text: str) -> None:
    assert Command.parse(text) is None


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_an_argument_holds_no_line_and_no_control(text: str) -> None:
    found = Command.parse(f"/assay explain {text}")
    assert found is None or found.argument.isprintable()
