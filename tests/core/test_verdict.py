"""Outcomes and findings: the order, and what observe softens."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.verdict import Finding, Mode, Outcome, worst, worst_effective

FINDINGS = st.builds(
    Finding,
    st.sampled_from(Outcome),
    st.just("subject"),
    st.just("rule"),
    st.just("sentence"),
    mode=st.sampled_from(Mode),
    hard=st.booleans(),
)


def test_the_words_are_ordered_from_mild_to_severe() -> None:
    assert [outcome.word for outcome in sorted(Outcome)] == ["OK", "REVIEW", "INCOMPLETE", "BLOCKED"]


@pytest.mark.parametrize(("outcome", "mode", "hard"), list(itertools.product(Outcome, Mode, (True, False))))
def test_observe_softens_failures_of_rules_and_nothing_else(outcome: Outcome, mode: Mode, *, hard: bool) -> None:
    soft = mode is Mode.OBSERVE and not hard and outcome in (Outcome.INCOMPLETE, Outcome.BLOCKED)
    effective = Finding(outcome, "a", "b", "c", mode=mode, hard=hard).effective
    assert effective is (Outcome.OK if soft else outcome)


def test_no_finding_means_that_nothing_was_asked() -> None:
    assert (worst([]), worst_effective([])) == (Outcome.OK, Outcome.OK)


@settings(max_examples=100, deadline=None)
@given(st.lists(FINDINGS, min_size=1))
def test_the_worst_leads_whatever_the_order(findings: list[Finding]) -> None:
    assert worst(findings) == worst(reversed(findings)) == max(finding.outcome for finding in findings)
    assert worst_effective(findings) <= worst(findings)


@settings(max_examples=100, deadline=None)
@given(st.lists(FINDINGS), FINDINGS)
def test_one_more_finding_never_makes_it_milder(findings: list[Finding], more: Finding) -> None:
    assert worst([*findings, more]) >= worst(findings)
    assert worst_effective([*findings, more]) >= worst_effective(findings)
