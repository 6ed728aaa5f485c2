"""What each error carries and says."""

from __future__ import annotations

import pytest

from app.core.errors import Error, InvalidReference, Moved, PolicyError, Unavailable, Unreadable, Unsaid


def test_a_policy_error_says_its_place_and_its_sentence() -> None:
    assert str(PolicyError("say what to do", path=".github/assay.yml", line=3)) == ".github/assay.yml:3: say what to do"


def test_a_policy_error_without_a_line_names_the_file() -> None:
    assert str(PolicyError("say what to do", path="a.yml")) == "a.yml: say what to do"


def test_an_unreadable_file_carries_reason_and_line() -> None:
    error = Unreadable("not YAML", line=4)
    assert (error.reason, error.line, str(error)) == ("not YAML", 4, "not YAML")


def test_unavailable_carries_when_to_come_back_and_whether_waiting_helps() -> None:
    error = Unavailable("did not answer", retry_after=2.5, permanent=True)
    assert (str(error), error.sentence, error.retry_after, error.permanent) == (
        "did not answer",
        "did not answer",
        2.5,
        True,
    )


def test_unavailable_says_nothing_of_the_kind_by_default() -> None:
    assert (Unavailable("x").retry_after, Unavailable("x").permanent) == (None, False)


@pytest.mark.parametrize("kind", [PolicyError, Unreadable, InvalidReference, Moved, Unavailable, Unsaid])
def test_everything_expected_is_one_family(kind: type[Error]) -> None:
    assert issubclass(kind, Error)
