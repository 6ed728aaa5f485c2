"""A context is wired when its rule expects our App; whatever is not known is said to be unknown."""

from __future__ import annotations

import pytest

from app.core.gate import ANYBODY, BranchRules, Bypass, Gate, RequiredStatus, ReviewRules, Wired

OURS, OTHER = 7, 8
CONTEXT = "assay/images: main"


def wired(*apps: int | None, context: str = CONTEXT, unknown: str = "") -> Wired:
    rules = BranchRules(tuple(RequiredStatus(context, app) for app in apps), OURS, unknown)
    return Gate.of(rules, (CONTEXT,)).contexts[0][1]


@pytest.mark.parametrize(
    ("apps", "expected"),
    [
        ((), Wired.NOT),
        ((OURS,), Wired.OURS),
        ((ANYBODY,), Wired.ANYBODY),
        ((None,), Wired.NOT_SHOWN),
        ((OTHER,), Wired.ANOTHER),
        ((ANYBODY, OURS), Wired.OURS),
        ((None, ANYBODY), Wired.ANYBODY),
        ((ANYBODY, OTHER), Wired.ANOTHER),
    ],
)
def test_a_context_is_as_its_rules_say(apps: tuple[int | None, ...], expected: Wired) -> None:
    assert wired(*apps) is expected


def test_contexts_that_differ_in_case_are_one() -> None:
    assert wired(OURS, context=CONTEXT.upper()) is Wired.OURS


def test_another_context_is_not_ours() -> None:
    assert wired(OURS, context="assay/images: other") is Wired.NOT


def test_what_is_not_found_is_unknown_where_not_all_is_known() -> None:
    assert wired(unknown="no answer") is Wired.UNKNOWN


def test_what_is_found_is_known_though_not_all_is() -> None:
    assert wired(OURS, unknown="no answer") is Wired.OURS


def test_what_is_known_of_reviews_and_bypass_is_the_gate_s_too() -> None:
    rules = BranchRules((), OURS, "", ReviewRules(2, dismisses_stale=True), Bypass(("the team number 3",)))
    gate = Gate.of(rules, (CONTEXT,))
    assert (gate.reviews, gate.bypass) == (rules.reviews, rules.bypass)
