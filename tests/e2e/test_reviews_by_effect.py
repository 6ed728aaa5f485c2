"""What loosens a policy of the cluster asks for more people than what tightens it, on the simulated GitHub."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import REVIEW, World
from tests.fakes.github.pull_request import PullRequest

POLICY = """\
version: 1
unmatched: allow
environments:
  production: ["/clusters/prod/"]
reviews:
  - {name: loosened, effects: [weaker], teams: [acme/security]}
  - {name: production, environments: [production], paths: ["policies/"], users: [bob]}
"""
ENFORCED = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: probes}
spec:
  validationFailureAction: Enforce
  rules:
    - name: probes
      match: {any: [{resources: {kinds: [Pod]}}]}
      validate: {pattern: {spec: {hostNetwork: false}}}
"""
AUDITED = ENFORCED.replace("Enforce", "Audit")
STAGE, PROD = "clusters/stage/policies/probes.yaml", "clusters/prod/policies/probes.yaml"


def changed(world: World, path: str, before: str, after: str) -> PullRequest:
    world.under_policy(POLICY)
    world.repository.commit("main", {path: before}, author="owner")
    world.repository.commit("edit", {path: after}, author="dana", parents=["main"])
    return world.repository.open_pull_request("edit", author="dana")


def state(world: World, pull: PullRequest) -> str:
    world.desk.work()
    return world.desk.states(pull)[REVIEW]


@pytest.mark.parametrize(
    ("path", "before", "after", "asked"),
    [
        (STAGE, ENFORCED, AUDITED, ["security"]),
        (STAGE, AUDITED, ENFORCED, []),
        (PROD, AUDITED, ENFORCED, ["bob"]),
        (PROD, ENFORCED, AUDITED, ["bob", "security"]),
    ],
)
def test_who_is_asked_follows_the_effect_and_the_environment(
    world: World, path: str, before: str, after: str, *, asked: list[str]
) -> None:
    pull = changed(world, path, before, after)
    waits = state(world, pull)
    found = sorted(whom if isinstance(whom, str) else whom.login for _, _, whom in pull.requests)
    assert (found, waits) == (asked, "pending" if asked else "success")


def test_a_member_of_the_team_and_the_user_let_it_pass(world: World) -> None:
    pull = changed(world, PROD, ENFORCED, AUDITED)
    pull.review("alice", "APPROVED")
    first = state(world, pull)
    pull.review("bob", "APPROVED")
    assert (first, state(world, pull)) == ("pending", "success")


def test_what_gets_still_weaker_was_not_approved(world: World) -> None:
    pull = changed(world, STAGE, ENFORCED, AUDITED)
    pull.review("alice", "APPROVED")
    first = state(world, pull)
    pull.push({STAGE: AUDITED.replace("[Pod]", "[Job]")}, author="dana")
    assert (first, state(world, pull)) == ("success", "pending")


def test_what_gets_weaker_through_another_file_was_not_approved(world: World) -> None:
    pull = changed(world, STAGE, ENFORCED, AUDITED)
    pull.review("alice", "APPROVED")
    first = state(world, pull)
    pull.push({"clusters/stage/policies/more.yaml": AUDITED.replace("probes", "more")}, author="dana")
    assert (first, state(world, pull)) == ("success", "pending")


def test_an_update_from_the_base_branch_keeps_the_approval(world: World) -> None:
    pull = changed(world, STAGE, ENFORCED, AUDITED)
    pull.review("alice", "APPROVED")
    first = state(world, pull)
    world.repository.commit("main", {"docs.md": "two\n"}, author="owner")
    merged = world.repository.git.merge("edit", "main", "Merge branch 'main' into edit")
    world.repository.branch("edit", at=merged, by="dana")
    assert (first, state(world, pull)) == ("success", "success")
