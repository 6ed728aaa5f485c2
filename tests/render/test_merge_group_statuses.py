"""Statuses of a merge group: the worst of all, and nothing waits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.assessment import Assessment, DemandState, ReviewDemand
from app.core.pull_request import CommitStatus, StatusState
from app.render.merge_group import changed, left, not_judged, of_group, of_whole
from app.render.status import Pair, statuses
from tests.render.samples import all_clear, blocked, demand, incomplete, policy_change

GREEN = statuses(all_clear())


def on_main(state: StatusState, words: str = "it says so") -> Pair:
    first, second = (replace(one, state=state, description=words) for one in GREEN)
    return first, second


def answered(assessment: Assessment, state: DemandState = DemandState.MET) -> Assessment:
    return replace(assessment, demands=tuple(replace(one, state=state) for one in assessment.demands))


def asking(*demands: ReviewDemand) -> Assessment:
    return replace(all_clear(), demands=demands)


def test_a_group_passes_when_the_whole_and_each_member_pass() -> None:
    shown = of_group("main", GREEN, {2: GREEN, 1: GREEN})
    assert {(one.state, one.description) for one in shown} == {
        (StatusState.SUCCESS, "judged together: 2 pull requests (#1, #2)")
    }


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (StatusState.PENDING, StatusState.FAILURE),
        (StatusState.ERROR, StatusState.ERROR),
        (StatusState.FAILURE, StatusState.FAILURE),
    ],
)
def test_the_worst_member_is_what_the_group_says(state: StatusState, expected: StatusState) -> None:
    shown = of_group("main", GREEN, {1: GREEN, 2: on_main(state)})
    assert {(one.state, one.description) for one in shown} == {(expected, "pull request 2: it says so")}


def test_of_members_that_are_equally_bad_the_first_is_named() -> None:
    bad = on_main(StatusState.FAILURE)
    assert of_group("main", GREEN, {3: bad, 2: bad})[0].description == "pull request 2: it says so"


def test_what_only_the_whole_says_is_said_of_all_together() -> None:
    shown = of_group("main", on_main(StatusState.FAILURE, "no"), {1: GREEN, 2: on_main(StatusState.ERROR)})
    assert {(one.state, one.description) for one in shown} == {(StatusState.FAILURE, "together: no")}


@pytest.mark.parametrize("assessment", [blocked(), incomplete()], ids=["blocked", "incomplete"])
def test_what_blocks_the_whole_is_no_less_for_being_known_of_a_member(assessment: Assessment) -> None:
    assert of_whole(assessment, (assessment,))[0].state is statuses(assessment)[0].state


def test_what_the_members_reviewers_answered_is_not_asked_of_the_group_again() -> None:
    combined = policy_change()
    assert of_whole(combined, (answered(combined),))[1].state is StatusState.SUCCESS


def test_a_demand_that_no_member_has_waits() -> None:
    combined = policy_change()
    assert of_whole(combined, (replace(combined, demands=()),))[1].state is StatusState.PENDING


def test_a_finding_that_no_member_has_waits_though_nothing_is_demanded() -> None:
    combined = replace(policy_change(), demands=())
    assert of_whole(combined, (all_clear(),))[1].state is StatusState.PENDING


@pytest.mark.parametrize("state", [DemandState.WAITING, DemandState.ERROR])
def test_a_demand_that_a_member_has_but_nobody_met_waits(state: DemandState) -> None:
    combined = policy_change()
    assert of_whole(combined, (answered(combined, state),))[1].state is not StatusState.SUCCESS


def test_a_demand_that_was_met_over_fewer_paths_waits() -> None:
    whole = replace(demand(DemandState.WAITING), paths=("a.yaml", "b.yaml"))
    part = replace(whole, state=DemandState.MET, paths=("a.yaml",))
    assert of_whole(asking(whole), (asking(part),))[1].state is StatusState.PENDING


def test_a_demand_that_fewer_people_met_waits() -> None:
    whole = demand(DemandState.WAITING, needed=2)
    fewer = replace(whole, state=DemandState.MET, needed=1)
    assert of_whole(asking(whole), (asking(fewer),))[1].state is StatusState.PENDING


def test_a_demand_may_be_met_in_parts() -> None:
    whole = replace(demand(DemandState.WAITING), paths=("a.yaml", "b.yaml"))
    parts = [asking(replace(whole, state=DemandState.MET, paths=(path,))) for path in whole.paths]
    assert of_whole(asking(whole), parts)[1].state is StatusState.SUCCESS


def test_what_a_member_lost_alone_is_taken_back() -> None:
    images, review = GREEN
    lost = left(7, (images, replace(review, state=StatusState.PENDING, description="waits")))
    assert lost == (CommitStatus(review.context, StatusState.FAILURE, "pull request 7: waits"),)


def test_a_member_that_changed_fails() -> None:
    assert {one.state for one in changed("main")} == {StatusState.FAILURE}


def test_a_group_that_is_not_known_is_an_error() -> None:
    assert {(one.state, one.description) for one in not_judged("main", "no")} == {(StatusState.ERROR, "no")}
