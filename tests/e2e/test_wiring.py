"""Whether the gate holds: the comment says when it does not, at one request in ten minutes, and no verdict changes."""

from __future__ import annotations

import json
from typing import Any, cast

from app.adapters.ledger import DatabaseLedger
from app.core.pull_request import PullRequestRef
from tests.e2e.conftest import IMAGES, REVIEW, World
from tests.fakes.github import Fault
from tests.fakes.github.pull_request import PullRequest

RULES = "/repos/acme/gitops/rules/branches/main"
GREEN = {IMAGES: "success", REVIEW: "success"}


def commented(world: World, branch: str = "bump") -> tuple[PullRequest, str]:
    """Open a bump and return what the comment on it says, in one text."""
    pull = world.bump(world.image()[0], branch=branch)
    world.desk.work()
    return pull, "\n".join(one.body for one in pull.comments)


def asked(world: World) -> int:
    """Return how often the rules of the branch were asked for."""
    return sum(one.path == RULES for one in world.desk.github.requests)


def test_a_gate_that_is_wired_is_not_mentioned(world: World) -> None:
    world.under_policy()
    _, text = commented(world)
    assert "⚠️" not in text


def test_a_gate_that_nothing_requires_is_said_to_be_none(world: World) -> None:
    world.under_policy()
    world.repository.protections.clear()
    pull, text = commented(world)
    assert f"No rule of this branch requires `{IMAGES}` and `{REVIEW}`: this verdict does not block the merge." in text
    assert world.desk.states(pull) == GREEN


def test_a_gate_that_anybody_can_open_is_named(world: World) -> None:
    world.under_policy()
    world.repository.protect("main", [IMAGES, REVIEW])
    assert "Anybody with write access can set" in commented(world)[1]


def test_a_gate_that_waits_for_another_app_is_named(world: World) -> None:
    world.under_policy()
    world.repository.protect("main", [IMAGES, REVIEW], app_id=world.desk.github.app.id + 1)
    assert "from another App" in commented(world)[1]


def test_classic_protection_is_not_taken_for_nothing(world: World) -> None:
    world.under_policy()
    world.repository.protect("main", [IMAGES, REVIEW], classic=True)
    assert "⚠️" not in commented(world)[1]


def test_one_context_of_two_in_classic_protection_is_named(world: World) -> None:
    world.under_policy()
    world.repository.protect("main", [IMAGES], classic=True)
    assert f"No rule of this branch requires `{REVIEW}`: it does not block the merge." in commented(world)[1]


def test_rules_that_cannot_be_read_change_no_verdict_and_are_not_guessed(world: World) -> None:
    world.under_policy()
    world.repository.protections.clear()
    world.desk.github.fault(Fault("GET", RULES, 403, times=None))
    pull, text = commented(world)
    assert "⚠️" not in text
    assert world.desk.states(pull) == GREEN


def test_the_rules_are_read_once_for_looks_that_follow(world: World) -> None:
    world.under_policy()
    for number in range(3):
        commented(world, f"bump-{number}")
    assert asked(world) == 1


def gate_of(world: World, pull: PullRequest) -> dict[str, Any]:
    """Return what the newest record says of the gate."""
    ledger = DatabaseLedger(f"sqlite:///{world.desk.folder / 'assay.db'}")
    installation = world.desk.github.installation("acme").id
    try:
        kept = ledger.history(PullRequestRef(installation, world.repository.id, "acme", "gitops", pull.number), 1)
    finally:
        ledger.close()
    return cast("dict[str, Any]", json.loads(kept[0][2])["gate"])


ACTORS: tuple[dict[str, str | int | None], ...] = (
    {"actor_type": "RepositoryRole", "actor_id": 5, "bypass_mode": "always"},
    {"actor_type": "RepositoryRole", "actor_id": 77, "bypass_mode": "always"},
    {"actor_type": "Team", "actor_id": 4, "bypass_mode": "pull_request"},
    {"actor_type": "OrganizationAdmin", "actor_id": None, "bypass_mode": "always"},
)


def test_who_may_bypass_is_said_not_to_be_known_where_github_does_not_show_it(world: World) -> None:
    world.under_policy()
    world.repository.protect("main", [IMAGES, REVIEW], app_id=world.desk.github.app.id, bypass=ACTORS)
    pull, _ = commented(world)
    found = gate_of(world, pull)
    assert (found["bypass"], found["app_may_bypass"]) == ("unknown", False)


def test_who_may_bypass_costs_one_call_in_ten_minutes(world: World) -> None:
    world.under_policy()
    commented(world)
    commented(world, "more")
    assert sum("/rulesets/" in one.path for one in world.desk.github.requests) == 1


def test_no_ruleset_is_asked_for_where_none_requires_us(world: World) -> None:
    world.under_policy()
    world.repository.protect("main", ["build"])
    commented(world)
    assert sum("/rulesets/" in one.path for one in world.desk.github.requests) == 0


def test_a_ruleset_that_is_not_shown_hides_nothing_else(world: World) -> None:
    world.under_policy()
    world.desk.github.fault(Fault("GET", "*/rulesets/*", 404, times=None))
    pull, _ = commented(world)
    found = gate_of(world, pull)
    assert (found["bypass"], found["app_may_bypass"], found["unknown"]) == ("unknown", None, None)


def test_what_github_asks_of_reviews_is_recorded(world: World) -> None:
    world.under_policy()
    app = world.desk.github.app.id
    world.repository.protect("main", [IMAGES, REVIEW], app_id=app, approvals=2, dismiss_stale=True)
    pull, _ = commented(world)
    assert gate_of(world, pull)["reviews"] == {"approvals": 2, "dismiss_stale": True, "last_push": False}


def test_a_gate_that_others_may_go_past_is_folded_with_all_that_is_known(world: World) -> None:
    world.under_policy()
    world.repository.protect("main", [IMAGES, REVIEW])
    text = commented(world)[1]
    assert "How the gate is wired" in text
    assert "is not shown to Apps without administration" in text
