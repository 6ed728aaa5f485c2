"""The assessment's verdict."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.assessment import Assessment, PolicyIdentity, Standing
from app.core.verdict import Finding, Mode, Outcome
from tests.policy.samples import NOW

EMPTY = Assessment(
    base_ref="main",
    base_tip="1" * 40,
    merge_base="1" * 40,
    head="2" * 40,
    standing=Standing.IN_FORCE,
    policy=PolicyIdentity("1" * 40, ".github/assay.yml"),
    changes=(),
    edits=(),
    findings=(),
    demands=(),
    unreadable=(),
    assessed_at=NOW,
)


def test_no_change_is_ok() -> None:
    assert (EMPTY.outcome, EMPTY.effective) == (Outcome.OK, Outcome.OK)


def test_a_broken_policy_is_incomplete_and_never_softened() -> None:
    broken = replace(EMPTY, broken="the file is gone", policy=PolicyIdentity("1" * 40, None, mode=Mode.OBSERVE))
    assert (broken.outcome, broken.effective) == (Outcome.INCOMPLETE, Outcome.INCOMPLETE)


def test_observe_keeps_the_verdict_and_softens_what_counts() -> None:
    found = Finding(Outcome.BLOCKED, "a", "b", "c", mode=Mode.OBSERVE)
    judged = replace(EMPTY, findings=(found,))
    assert (judged.outcome, judged.effective) == (Outcome.BLOCKED, Outcome.OK)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.builds(Finding, st.sampled_from(Outcome), st.just("a"), st.just("b"), st.just("c"))),
    st.text(max_size=3),
)
def test_what_counts_is_never_worse_than_the_verdict(findings: list[Finding], broken: str) -> None:
    judged = replace(EMPTY, findings=tuple(findings), broken=broken)
    assert judged.effective <= judged.outcome
    assert not broken or judged.effective >= Outcome.INCOMPLETE
