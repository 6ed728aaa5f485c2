"""`app.yml` asks GitHub for exactly what the code answers and uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from app.adapters.github import forge
from app.adapters.github.attestations import PERMISSIONS as ATTESTATIONS_PERMISSIONS
from app.adapters.github.floor import PERMISSIONS as FLOOR_PERMISSIONS
from app.adapters.github.operations import OPERATIONS
from app.adapters.github.roster import PERMISSIONS as ROSTER_PERMISSIONS
from app.web.delivery import EVENTS

MANIFEST: dict[str, Any] = yaml.safe_load((Path(__file__).parents[1] / "app.yml").read_text(encoding="utf-8"))
LEVELS = ("read", "write")
# What an event, not a call, needs.
FOR_EVENTS = {
    "check_run": ("checks", "write"),
    "check_suite": ("checks", "write"),
    "issue_comment": ("issues", "read"),
    "member": ("members", "read"),
    "membership": ("members", "read"),
    "merge_group": ("merge_queues", "read"),
    "organization": ("members", "read"),
    "pull_request": ("pull_requests", "read"),
    "push": ("contents", "read"),
    "repository": ("metadata", "read"),
    "status": ("statuses", "read"),
    "team": ("members", "read"),
}


def highest(needs: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, level in needs:
        found[name] = max(found.get(name, "read"), level, key=LEVELS.index)
    return found


def test_the_events_are_those_that_are_answered() -> None:
    assert MANIFEST["default_events"] == sorted(EVENTS)


def test_the_permissions_are_those_that_calls_and_events_need() -> None:
    calls = [need for operation in OPERATIONS for need in operation.needs]
    assert MANIFEST["default_permissions"] == highest([*calls, *FOR_EVENTS.values()])


def test_at_210_a_token_is_never_asked_to_do_more_than_the_app_may() -> None:
    asked = [
        *forge.PAGE_PERMISSIONS,
        *forge.TEAM_PERMISSIONS,
        *forge.ASKING_PERMISSIONS,
        *forge.QUEUE_PERMISSIONS,
        *forge.REPORT_PERMISSIONS,
        *FLOOR_PERMISSIONS,
        *ATTESTATIONS_PERMISSIONS,
        *ROSTER_PERMISSIONS,
    ]
    given = MANIFEST["default_permissions"]
    assert [(n, level) for n, level in asked if LEVELS.index(given[n]) < LEVELS.index(level)] == []


def test_the_app_never_asks_to_write_code() -> None:
    assert MANIFEST["default_permissions"]["contents"] == "read"


def test_deliveries_are_switched_on() -> None:
    assert MANIFEST["hook_attributes"]["active"] is True
