"""Statuses: two contexts bound to the base branch; nothing unknown, unread or unanswered reads as a pass."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Sequence

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from app.core.assessment import Approval, Assessment, DemandState, Standing
from app.core.pull_request import CommitStatus, StatusState
from app.core.verdict import Finding, Mode, Outcome
from app.render.status import contexts, crashed, pending, statuses, worst_of
from tests.render import samples
from tests.render.samples import EMPTY, demand, finding

SUCCESS, PENDING, ERROR, FAILURE = (
    StatusState.SUCCESS,
    StatusState.PENDING,
    StatusState.ERROR,
    StatusState.FAILURE,
)


def images(assessment: Assessment) -> tuple[StatusState, str]:
    one = statuses(assessment)[0]
    return one.state, one.description


def review(assessment: Assessment) -> tuple[StatusState, str]:
    one = statuses(assessment)[1]
    return one.state, one.description


def with_findings(*found: Finding) -> Assessment:
    return dataclasses.replace(samples.all_clear(), findings=found)


def soft(outcome: Outcome, *, hard: bool = False) -> Finding:
    return finding(outcome, "", "it is so", mode=Mode.OBSERVE, hard=hard)


def test_the_contexts_are_bound_to_the_base_branch() -> None:
    assert [one.context for one in statuses(EMPTY)] == ["assay/images: main", "assay/review: main"]


@pytest.mark.parametrize("name", ["main", "release/1.0", "env/prod-eu_2", "a" * 200])
def test_a_plain_branch_name_stands_in_the_contexts_as_it_is(name: str) -> None:
    assert contexts(name) == (f"assay/images: {name}", f"assay/review: {name}")


def test_branches_that_differ_only_in_case_or_accent_share_no_context() -> None:
    names = ["main", "Main", "MAIN", "m\u00e4in", "ma\u0131n", "\u212aain", "kain", "\uff4dain", "a" * 255, "a" * 254]
    found = [context for name in names for context in contexts(name)]
    assert len({_as_github(context) for context in found}) == len(found)


@pytest.mark.parametrize("name", ["a" * 255, "\U0001f600" * 60, "\u202e" * 80, "Main"])
def test_a_context_is_short_enough_for_github(name: str) -> None:
    assert all(len(context) <= 255 and context.isprintable() for context in contexts(name))


def _as_github(context: str) -> str:
    """Fold as a database may that tells neither cases nor accents apart."""
    flat = unicodedata.normalize("NFKD", context.casefold())
    return "".join(one for one in flat if not unicodedata.combining(one))


def test_a_local_range_has_no_branch_in_its_contexts() -> None:
    contexts = [one.context for one in statuses(dataclasses.replace(EMPTY, base_ref=None))]
    assert contexts == ["assay/images", "assay/review"]


def test_no_image_changed_is_a_success_that_says_so() -> None:
    assert images(EMPTY) == (SUCCESS, "no image changed")


def test_all_ok_says_how_many() -> None:
    assert images(samples.all_clear()) == (SUCCESS, "OK: 2 image changes")


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Outcome.REVIEW, SUCCESS), (Outcome.INCOMPLETE, ERROR), (Outcome.BLOCKED, FAILURE)],
)
def test_each_word_has_its_state(outcome: Outcome, state: StatusState) -> None:
    assert images(with_findings(finding(outcome, "", "it is so"))) == (state, f"{outcome.word}: it is so")


def test_the_share_of_the_images_is_said() -> None:
    state, description = images(samples.blocked())
    assert (state, description[:35]) == (FAILURE, "BLOCKED (1 of 3 image changes): a s")


@pytest.mark.parametrize("outcome", [Outcome.INCOMPLETE, Outcome.BLOCKED])
def test_observe_turns_a_rule_s_failure_into_a_success_that_tells(outcome: Outcome) -> None:
    assert images(with_findings(soft(outcome))) == (SUCCESS, f"observe: would be {outcome.word}: it is so")


def test_observe_never_softens_what_is_hard() -> None:
    assert images(with_findings(soft(Outcome.INCOMPLETE, hard=True))) == (ERROR, "INCOMPLETE: it is so")


def test_under_observe_what_cannot_be_read_decides_and_is_named() -> None:
    found = with_findings(soft(Outcome.BLOCKED), finding(Outcome.INCOMPLETE, "f", "the file cannot be read", hard=True))
    assert images(found) == (ERROR, "INCOMPLETE: the file cannot be read")


def test_a_hard_finding_speaks_before_a_softened_one_of_the_same_word() -> None:
    hard = finding(Outcome.INCOMPLETE, "z", "cannot be read", mode=Mode.OBSERVE, hard=True)
    assert images(with_findings(soft(Outcome.INCOMPLETE), hard)) == (ERROR, "INCOMPLETE: cannot be read")


def test_an_unreadable_place_is_an_error_even_when_no_finding_says_so() -> None:
    found = dataclasses.replace(samples.cannot_read(), findings=())
    assert images(found) == (
        ERROR,
        "INCOMPLETE: apps/web/values.yaml cannot be read: a template, not YAML",
    )


def test_a_broken_policy_is_an_error_on_both_with_its_sentence() -> None:
    sentence = "policy broken: .github/assay.yml:7: the key limit is not known, did you mean limits?"
    assert [(one.state, one.description) for one in statuses(samples.broken())] == [(ERROR, sentence)] * 2


def test_a_broken_policy_is_not_softened_by_observe() -> None:
    found = dataclasses.replace(samples.observed(), standing=Standing.BROKEN)
    assert [one.state for one in statuses(found)] == [ERROR, ERROR]


def test_a_valid_proposed_policy_is_a_success_on_both() -> None:
    expected = (SUCCESS, "valid, in force once merged")
    assert [(one.state, one.description) for one in statuses(samples.proposed())] == [expected] * 2


def test_an_invalid_proposed_policy_is_an_error_on_both() -> None:
    sentence = "the proposed policy is not valid: .github/assay.yml:3: unknown key"
    found = statuses(samples.proposed(".github/assay.yml:3: unknown key"))
    assert [(one.state, one.description) for one in found] == [(ERROR, sentence)] * 2


def test_a_proposed_policy_with_a_demand_still_waits_for_it() -> None:
    found = dataclasses.replace(samples.proposed(), demands=(demand(DemandState.WAITING),))
    assert review(found)[0] is PENDING


def test_an_invalid_edit_of_the_policy_in_force_is_an_error_of_the_images() -> None:
    found = dataclasses.replace(EMPTY, proposed=(".github/assay.yml:3: unknown key",))
    assert images(found) == (ERROR, "INCOMPLETE: the proposed policy is not valid: .github/assay.yml:3: unknown key")


def test_without_a_policy_nothing_reads_as_a_pass() -> None:
    found = statuses(dataclasses.replace(samples.all_clear(), standing=Standing.SILENT))
    assert [one.state for one in found] == [PENDING, PENDING]


def test_no_demand_needs_no_review() -> None:
    assert review(EMPTY) == (SUCCESS, "no review needed")


def test_a_missing_review_is_pending_with_whom_it_waits_for() -> None:
    assert review(samples.policy_change()) == (PENDING, "waits for 2 approvals from @acme/policy-owners")


def test_several_missing_reviews_are_counted() -> None:
    found = dataclasses.replace(EMPTY, demands=(demand(DemandState.WAITING),) * 3)
    assert review(found)[1].endswith("@acme/policy-owners (and 2 more)")


def test_a_review_finding_without_any_demand_waits() -> None:
    found = with_findings(finding(Outcome.REVIEW, "", "a downgrade"))
    assert review(found) == (PENDING, "waits for 1 approval from a person with write access")


def test_an_observed_review_finding_without_a_demand_does_not_wait() -> None:
    assert review(with_findings(soft(Outcome.REVIEW))) == (SUCCESS, "no review needed")


def test_reviewers_who_cannot_be_found_are_an_error() -> None:
    one = demand(DemandState.ERROR, sentence="the team @acme/ghosts does not exist")
    found = dataclasses.replace(EMPTY, demands=(demand(DemandState.WAITING), one))
    assert review(found) == (ERROR, "the team @acme/ghosts does not exist")


def test_a_stated_demand_is_a_success_that_tells() -> None:
    found = dataclasses.replace(
        EMPTY, demands=(demand(DemandState.STATED, sentence="observe: would wait for 1 approval from @acme/security"),)
    )
    assert review(found) == (SUCCESS, "observe: would wait for 1 approval from @acme/security")


def test_met_demands_are_counted() -> None:
    met = demand(DemandState.MET, Approval("alice", counted=True), needed=1)
    assert review(dataclasses.replace(EMPTY, demands=(met, met))) == (SUCCESS, "approved: 2 demands met")


def test_a_demand_called_met_without_its_approvals_is_pending() -> None:
    met = demand(DemandState.MET, Approval("alice", counted=False, why="author"), needed=1)
    assert review(dataclasses.replace(EMPTY, demands=(met,)))[0] is PENDING


def test_pending_is_said_on_both() -> None:
    assert [(one.context, one.state) for one in pending("main")] == [
        ("assay/images: main", PENDING),
        ("assay/review: main", PENDING),
    ]


def test_a_crash_is_an_error_on_both_and_names_only_its_reference() -> None:
    assert [(one.state, one.description) for one in crashed("main", reference="a1b2")] == [
        (ERROR, "Assay failed while judging; `/assay recheck` tries again (a1b2)")
    ] * 2


def test_a_crash_can_say_its_own_sentence() -> None:
    assert crashed("main", "GitHub did not answer")[0].description == "GitHub did not answer"


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=400), st.sampled_from(list(DemandState)), st.sampled_from(list(Outcome)))
def test_at_196_no_description_is_longer_than_github_takes(text: str, state: DemandState, outcome: Outcome) -> None:
    found = dataclasses.replace(
        EMPTY,
        findings=(finding(outcome, "", text),),
        demands=(demand(state, sentence=f"x{text}"), demand(state, sentence=text)),
    )
    descriptions = [one.description for one in (*statuses(found), *crashed("main", text, reference="r"))]
    assert all(0 < len(one) <= 140 and one.isprintable() for one in descriptions)


def test_a_long_description_is_cut_between_code_points() -> None:
    found = with_findings(finding(Outcome.BLOCKED, "", "🙂" * 200))
    assert images(found)[1] == "BLOCKED: " + "🙂" * 130 + "…"


def test_at_199_a_token_does_not_reach_a_status() -> None:
    secret = "ghs_" + "a1B2" * 9
    assert secret not in images(with_findings(finding(Outcome.BLOCKED, "", f"got {secret}")))[1]


def pair(first: StatusState, second: StatusState) -> tuple[CommitStatus, CommitStatus]:
    return CommitStatus("assay/images: main", first, "i"), CommitStatus("assay/review: main", second, "r")


@pytest.mark.parametrize(
    ("own", "sibling", "worst"),
    [
        (SUCCESS, SUCCESS, SUCCESS),
        (SUCCESS, PENDING, PENDING),
        (PENDING, ERROR, ERROR),
        (ERROR, FAILURE, FAILURE),
        (FAILURE, SUCCESS, FAILURE),
        (ERROR, PENDING, ERROR),
    ],
)
def test_the_worst_of_the_same_head_and_base_stands(own: StatusState, sibling: StatusState, worst: StatusState) -> None:
    combined = worst_of(pair(own, SUCCESS), {7: pair(sibling, SUCCESS)})
    assert [one.state for one in combined] == [worst, SUCCESS]


def test_a_worse_sibling_is_named() -> None:
    combined = worst_of(pair(SUCCESS, SUCCESS), {7: pair(FAILURE, SUCCESS)})
    assert combined[0].description == "pull request 7 has the same head: i"


@pytest.mark.parametrize("recorded", [None, (), (CommitStatus("assay/images: other", SUCCESS, "x"),)])
def test_a_sibling_without_a_record_for_this_base_is_pending(recorded: Sequence[CommitStatus] | None) -> None:
    assert [one.state for one in worst_of(pair(SUCCESS, SUCCESS), {7: recorded})] == [PENDING, PENDING]


def test_without_siblings_one_s_own_statuses_stand() -> None:
    assert worst_of(pair(SUCCESS, PENDING), {}) == pair(SUCCESS, PENDING)
