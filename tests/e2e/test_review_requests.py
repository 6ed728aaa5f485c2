"""Whom Assay asks on GitHub for a review, and whom it leaves alone."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import REVIEW, World
from tests.fakes.github import Fault
from tests.fakes.github.pull_request import PullRequest

POLICY = """\
version: 1
unmatched: allow
reviews:
  - {name: rules, paths: ["/policies/"], WHOM}
"""


def proposal(world: World, whom: str, top: str = "", *, author: str = "dana", draft: bool = False) -> PullRequest:
    """Put a policy on main that asks these, and open a pull request that needs them."""
    world.under_policy(POLICY.replace("WHOM", whom) + top)
    world.repository.commit("edit", {"policies/a.yaml": "a: 1\n"}, author="dana")
    return world.repository.open_pull_request("edit", author=author, draft=draft)


def asked(world: World, pull: PullRequest) -> list[str]:
    """Let Assay look, and return whom it has asked, in order."""
    world.desk.work()
    bot = world.desk.github.app.bot
    return [whom if isinstance(whom, str) else whom.login for _, by, whom in pull.requests if by is bot]


def writes(world: World) -> int:
    return len(world.desk.github.calls("POST", "*/requested_reviewers"))


def test_teams_and_people_are_asked_at_once(world: World) -> None:
    pull = proposal(world, "teams: [acme/security], users: [bob]")
    assert asked(world, pull) == ["bob", "security"]
    assert writes(world) == 1


def test_nobody_is_asked_twice(world: World) -> None:
    pull = proposal(world, "teams: [acme/security]")
    assert asked(world, pull) == ["security"]
    pull.push({"policies/a.yaml": "a: 2\n"}, author="dana")
    assert asked(world, pull) == ["security"]
    assert (writes(world), len(world.desk.github.calls("GET", "*/timeline"))) == (1, 1)


def test_who_was_asked_is_remembered_by_the_timeline_after_a_restart(world: World) -> None:
    pull = proposal(world, "users: [bob]")
    assert asked(world, pull) == ["bob"]
    pull.review("bob", "COMMENTED", "Hm")  # GitHub takes people off its list of requested once they have reviewed
    world.desk.open()
    assert asked(world, pull) == ["bob"]
    assert writes(world) == 1


def test_who_was_asked_by_somebody_else_is_not_asked_again(world: World) -> None:
    pull = proposal(world, "teams: [acme/security], users: [bob]")
    account = world.desk.github.user
    pull.request([account("bob")], ["security"], account("dana"))
    assert asked(world, pull) == []


def test_the_author_and_contributors_are_not_asked(world: World) -> None:
    pull = proposal(world, "users: [owner, dana, bob]", author="owner")
    assert asked(world, pull) == ["bob"]


def test_who_has_reviewed_is_not_asked(world: World) -> None:
    pull = proposal(world, "users: [owner, bob], count: 2")
    pull.review("bob", "APPROVED")
    assert asked(world, pull) == ["owner"]


def test_nobody_is_asked_while_it_is_a_draft(world: World) -> None:
    pull = proposal(world, "users: [bob]", draft=True)
    assert asked(world, pull) == []
    pull.ready()
    assert asked(world, pull) == ["bob"]


@pytest.mark.parametrize("top", ["request-reviewers: false\n", "mode: observe\n", "solo: true\n"])
def test_nobody_is_asked_where_nobody_is_waited_for(world: World, top: str) -> None:
    assert asked(world, proposal(world, "teams: [acme/security]", top)) == []
    assert world.desk.github.calls("GET", "*/timeline") == []


def test_one_who_cannot_be_asked_does_not_keep_the_others_from_it(world: World) -> None:
    world.desk.github.team("acme/elsewhere", ["erin"])
    pull = proposal(world, "teams: [acme/elsewhere, acme/security], users: [bob]")
    assert asked(world, pull) == ["security", "bob"]
    pull.push({"policies/a.yaml": "a: 2\n"}, author="dana")
    before = writes(world)
    assert (asked(world, pull), writes(world)) == (["security", "bob"], before)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_that_fails_takes_nothing_from_the_verdict_and_is_tried_again(world: World, method: str) -> None:
    path = "*/timeline" if method == "GET" else "*/requested_reviewers"
    world.desk.github.fault(Fault(method, path, status=502, times=3 if method == "GET" else 1))
    pull = proposal(world, "users: [bob]")
    assert asked(world, pull) == []
    assert world.desk.states(pull)[REVIEW] == "pending"
    pull.comment("dana", "/assay recheck")
    assert asked(world, pull) == ["bob"]


def test_people_are_asked_where_teams_may_not_be_seen(world: World) -> None:
    held = {name: level for name, level in world.desk.github.app.permissions.items() if name != "members"}
    world.desk.github.install("acme", permissions=held)
    assert asked(world, proposal(world, "users: [bob]")) == ["bob"]


def test_a_team_is_asked_by_who_may_see_it_and_do_nothing_else(world: World) -> None:
    assert asked(world, proposal(world, "teams: [acme/security]")) == ["security"]
    tokens = [call.body["permissions"] for call in world.desk.github.calls("POST", "*/access_tokens")]
    assert {"members": "read", "metadata": "read", "pull_requests": "write"} in tokens


def test_without_the_permission_nobody_is_asked_and_nothing_breaks(world: World) -> None:
    world.desk.github.fault(Fault("POST", "*/requested_reviewers", status=403))
    pull = proposal(world, "users: [bob]")
    assert asked(world, pull) == []
    assert world.desk.states(pull)[REVIEW] == "pending"


def test_nobody_is_asked_for_what_is_met(world: World) -> None:
    pull = proposal(world, "users: [bob, owner]")
    pull.review("bob", "APPROVED")
    assert asked(world, pull) == []


def test_of_several_quorums_only_those_that_miss_somebody_are_asked(world: World) -> None:
    pull = proposal(world, "all-of: [{users: [bob]}, {teams: [acme/security]}]")
    pull.review("bob", "APPROVED")
    assert asked(world, pull) == ["security"]
