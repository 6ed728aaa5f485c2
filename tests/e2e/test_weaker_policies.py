"""A cluster policy that a pull request makes weaker waits for a person, on the simulated GitHub."""

from __future__ import annotations

from tests.e2e.conftest import IMAGES, REVIEW, World
from tests.fakes.github.pull_request import PullRequest

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


def changed(
    world: World, before: str, after: str | None, policy: str = "version: 1\nunmatched: allow\n"
) -> PullRequest:
    world.under_policy(policy)
    world.repository.commit("main", {"policies/probes.yaml": before}, author="owner")
    world.repository.commit("edit", {"policies/probes.yaml": after}, author="dana", parents=["main"])
    pull = world.repository.open_pull_request("edit", author="dana")
    world.desk.work()
    return pull


def test_a_weaker_policy_waits_for_a_person(world: World) -> None:
    pull = changed(world, ENFORCED, AUDITED)
    states = world.desk.states(pull)
    assert (states[IMAGES], states[REVIEW]) == ("success", "pending")


def test_the_first_line_says_what_it_does(world: World) -> None:
    pull = changed(world, ENFORCED, AUDITED)
    said = "### ⚠️ REVIEW: this pull request weakens 1 policy; 1 review missing"
    assert pull.comments[-1].body.splitlines()[0].endswith(said)


def test_the_table_has_the_field_and_the_effect(world: World) -> None:
    pull = changed(world, ENFORCED, AUDITED)
    row = (
        "| `ClusterPolicy probes` | `spec.validationFailureAction` | `Enforce` | `Audit` | "
        "⚠️ weaker: violations will be logged, not blocked |"
    )
    assert row in pull.comments[-1].body


def test_an_approval_of_somebody_else_meets_it(world: World) -> None:
    pull = changed(world, ENFORCED, AUDITED)
    pull.review("alice", "APPROVED")
    world.desk.work()
    assert world.desk.states(pull)[REVIEW] == "success"


def test_a_policy_that_is_deleted_waits_for_a_person(world: World) -> None:
    assert world.desk.states(changed(world, ENFORCED, None))[REVIEW] == "pending"


def test_a_stronger_policy_needs_nobody(world: World) -> None:
    assert world.desk.states(changed(world, AUDITED, ENFORCED))[REVIEW] == "success"


def test_a_weaker_policy_is_only_said_under_observe(world: World) -> None:
    pull = changed(world, ENFORCED, AUDITED, "version: 1\nmode: observe\nunmatched: allow\n")
    assert world.desk.states(pull)[REVIEW] == "success"


def test_a_review_rule_by_effect_asks_for_its_team(world: World) -> None:
    rule = "reviews:\n  - {name: weaker, effects: [weaker], teams: [acme/security]}\n"
    pull = changed(world, ENFORCED, AUDITED, f"version: 1\nunmatched: allow\n{rule}")
    assert "waits for 1 approval from `@acme/security`" in pull.comments[-1].body


WORKFLOW = "on: push\npermissions: {contents: read}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: a/b@%s\n"
PATH = ".github/workflows/a.yml"


def bumped(world: World, before: str, after: str, policy: str = "version: 1\nunmatched: allow\n") -> PullRequest:
    world.under_policy(policy)
    world.repository.commit("main", {PATH: before}, author="owner")
    world.repository.commit("edit", {PATH: after}, author="dana", parents=["main"])
    pull = world.repository.open_pull_request("edit", author="dana")
    world.desk.work()
    return pull


def test_the_code_of_a_workflow_that_changed_asks_for_nobody_and_is_not_told(world: World) -> None:
    pull = bumped(world, WORKFLOW % ("a" * 40), WORKFLOW % ("b" * 40))
    assert (world.desk.states(pull), pull.comments) == ({IMAGES: "success", REVIEW: "success"}, [])


def test_a_workflow_that_gets_more_rights_waits_for_a_person(world: World) -> None:
    before = WORKFLOW % ("a" * 40)
    pull = bumped(world, before, before.replace("contents: read", "contents: write"))
    assert world.desk.states(pull)[REVIEW] == "pending"


def test_a_review_rule_by_effect_asks_for_the_code_of_workflows_too(world: World) -> None:
    rule = f"reviews:\n  - paths: [/{PATH}]\n    effects: [cannot-tell]\n    teams: [acme/security]\n"
    policy = f"version: 1\nunmatched: allow\n{rule}"
    pull = bumped(world, WORKFLOW % ("a" * 40), WORKFLOW % ("b" * 40), policy)
    assert world.desk.states(pull)[REVIEW] == "pending"
