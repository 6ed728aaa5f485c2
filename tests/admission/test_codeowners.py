"""CODEOWNERS: who must review which paths, before and after."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import admission
from app.core.policy_edit import Effect, PolicyEdit, combined
from app.core.tree import File
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER


def compared(before: str | None, after: str | None, path: str = ".github/CODEOWNERS") -> tuple[PolicyEdit, ...]:
    sides = ([] if text is None else [File(path, text)] for text in (before, after))
    return admission.compare(*sides)


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("* @a\n", "* @a\n/docs @b\n", CANNOT_TELL),
        ("* @a\n", "/docs @b\n* @a\n", STRONGER),
        ("* @a\n", "* @a\n/docs\n", WEAKER),
        ("* @a\n/x @b\n", "* @a\n", WEAKER),
        ("* @a\n/x\n", "* @a\n", CANNOT_TELL),
        ("* @a\n", "* @a @b\n", WEAKER),
        ("* @a @b\n", "* @a\n", STRONGER),
        ("* @a\n", "* @b\n", WEAKER),
        ("* @a\n", "*\n", WEAKER),
        ("*\n", "* @a\n", STRONGER),
        ("* @a\n/x @b\n", "/x @b\n* @a\n", CANNOT_TELL),
        ("* @a @B\n", "# all\n\n*   @b  @A # us\n", NEUTRAL),
        ("/a\\ b @a\n", "/a\\ b  @a\n", NEUTRAL),
        ("* @a\n", None, WEAKER),
        (None, "* @a\n", CANNOT_TELL),
        ("* @a\n* @b\n", "* @b\n", CANNOT_TELL),
    ],
)
def test_rules(before: str | None, after: str | None, wanted: Effect) -> None:
    assert combined(edit.effect for edit in compared(before, after)) is wanted


def test_a_new_file_that_counts_in_place_of_no_other_is_stronger() -> None:
    assert [edit.effect for edit in compared(None, "* @a\n", "docs/CODEOWNERS")] == [STRONGER]


def test_the_edit_names_the_rule_and_its_line() -> None:
    found = compared("* @a\n", "# us\n\n* @a @b\n")
    assert [(edit.path, edit.field, edit.before, edit.after, edit.line) for edit in found] == [
        (".github/CODEOWNERS", "*", "* @a", "* @a @b", 3)
    ]


def test_it_is_read_although_it_is_no_yaml() -> None:
    assert admission.reads("docs/CODEOWNERS")
    assert not admission.reads("src/CODEOWNERS")


LINES = st.lists(st.sampled_from(["* @a", "/x @a @b", "/x", "# c", "", "/y @b", "* @b"]), max_size=5)


@given(LINES, LINES)
@settings(deadline=None, max_examples=100)
def test_every_difference_is_told(before: list[str], after: list[str]) -> None:
    sides = "\n".join(before), "\n".join(after)
    assert bool(compared(*sides)) is (sides[0] != sides[1])
