"""What a proposed policy would have said: counted in one line, told in a fold, and never in the way of anything."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema_rs
import pytest

from app.core.assessment import PastChange, WhatIf
from app.render import document
from app.render.comment import comment
from app.render.status import statuses
from app.render.what_if import line, what_if_document
from tests.conftest import ROOT
from tests.render.samples import policy_change

PROPOSED = "the proposed policy would have said"
CHANGE = PastChange("c" * 40, "ghcr.io/acme/api", "OK", "BLOCKED", stricter=True, sentence="signature: it has none")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (WhatIf(10, 10, 40), f"What if: {PROPOSED} the same to the last 10 image changes"),
        (WhatIf(10, 1, 40), f"What if: {PROPOSED} the same to the last image change"),
        (
            WhatIf(10, 10, 40, stricter=1, milder=1),
            f"What if: {PROPOSED} otherwise to 2 of the last 10 image changes: 1 stricter, 1 milder",
        ),
        (WhatIf(10, 1, 1, stricter=1), f"What if: {PROPOSED} otherwise to the last image change: 1 stricter"),
        (
            WhatIf(10, 9, 40, milder=2, open=1),
            f"What if: {PROPOSED} otherwise to 2 of the last 9 image changes: 2 milder; of 1 it could not be found out",
        ),
        (
            WhatIf(10, 3, 9, open=1),
            f"What if: {PROPOSED} otherwise to none of the last 3 image changes; of 1 it could not be found out",
        ),
        (
            WhatIf(10, 2, 9, open=2),
            "What the proposed policy would have said to the last 2 image changes could not be found out",
        ),
        (
            WhatIf(10, 3, 9, unknown="it took too long"),
            f"What if: {PROPOSED} the same to the last 3 image changes; 10 were to be tried",
        ),
        (WhatIf(10, 0, 7), "What if: no image changed in the last 7 commits of the base branch"),
        (
            WhatIf(10, unknown="git is off"),
            "What the proposed policy would have said to what was merged is not known",
        ),
    ],
)
def test_one_line_counts(told: WhatIf, expected: str) -> None:
    assert line(told) == expected


def body(told: WhatIf | None, *, brief: bool = False) -> str:
    written = comment(replace(policy_change(), what_if=told), brief=brief)
    assert written is not None
    return written.body


def added(told: WhatIf, *, brief: bool = False) -> str:
    """Return what the section adds to a comment."""
    before = body(None, brief=brief).split("\n\n")
    return "\n\n".join(part for part in body(told, brief=brief).split("\n\n") if part not in before)


def test_nothing_is_said_where_nothing_is_proposed() -> None:
    assert "What if" not in body(None)


def test_a_difference_is_folded_with_commit_subject_words_and_reason() -> None:
    text = added(WhatIf(10, 1, 1, stricter=1, otherwise=(CHANGE,)))
    assert "| `cccccccccccc` | `ghcr.io/acme/api` | OK | BLOCKED | signature: it has none |" in text


def test_a_place_without_a_name_is_the_whole_change() -> None:
    text = added(WhatIf(10, 1, 1, stricter=1, otherwise=(replace(CHANGE, subject=""),)))
    assert "| the whole change | OK |" in text


def test_what_limits_a_replay_is_said_below() -> None:
    assert "Evidence is what registries tell today" in added(WhatIf(10, 1, 1, stricter=1, otherwise=(CHANGE,)))


def test_many_differences_are_cut_and_counted() -> None:
    many = tuple(replace(CHANGE, subject=f"image-{number}") for number in range(60))
    assert "20 more, not shown" in added(WhatIf(10, 10, 10, stricter=10, otherwise=many))


def test_without_a_difference_it_is_one_line() -> None:
    assert added(WhatIf(10, 10, 40)) == f"What if: {PROPOSED} the same to the last 10 image changes."


def test_why_it_is_not_known_is_said_in_the_line() -> None:
    assert added(WhatIf(10, unknown="git is turned off")).endswith("is not known: git is turned off.")


def test_a_brief_comment_says_only_the_line() -> None:
    told = WhatIf(10, 1, 1, stricter=1, otherwise=(CHANGE,))
    assert added(told, brief=True) == f"What if: {PROPOSED} otherwise to the last image change: 1 stricter."


def test_at_199_text_of_others_cannot_leave_its_cell() -> None:
    evil = replace(CHANGE, subject="a | b\n<img src=x>", sentence="see @acme/all </details> ![x](https://evil.test)")
    rows = [one for one in added(WhatIf(10, 1, 1, stricter=1, otherwise=(evil,))).splitlines() if "cccc" in one]
    expected = (
        r"| `cccccccccccc` | `a \u{7C} b\u{A}\u{3C}img src=x>` | OK | BLOCKED | "
        r"see `@acme/all \u{3C}/details> ![x](https://evil.test)` |"
    )
    assert rows == [expected]


def test_the_statuses_do_not_depend_on_it() -> None:
    told = WhatIf(10, 1, 1, stricter=1, otherwise=(CHANGE,))
    assert statuses(replace(policy_change(), what_if=told)) == statuses(policy_change())


def test_the_document_has_the_published_shape() -> None:
    told = WhatIf(10, 3, 9, stricter=1, open=1, otherwise=(CHANGE,), unknown="it took too long")
    schema = json.loads((ROOT / "docs/schemas/assay.check-v1.json").read_text(encoding="utf-8"))
    found = json.loads(document.text(document.check(replace(policy_change(), what_if=told))))
    assert list(jsonschema_rs.Draft202012Validator(schema).iter_errors(found)) == []
    assert found["what_if"]["otherwise"][0]["subject"] == CHANGE.subject


def test_a_document_in_which_nothing_is_proposed_has_none() -> None:
    assert what_if_document(None) is None
