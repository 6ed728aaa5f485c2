"""Pull requests and what identifies them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.pull_request import Past, Permission, PullRequestRef, StatusState
from tests.policy.samples import pull_request

REF = PullRequestRef(1, 22, "acme", "gitops", 7)
MERGED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_key_is_made_of_numbers_that_no_rename_changes() -> None:
    assert REF.key == replace(REF, owner="other", name="renamed").key == "22#7"


def test_a_person_reads_owner_name_and_number() -> None:
    assert str(REF) == "acme/gitops#7"


def test_hints_of_a_delivery_tell_no_two_pull_requests_apart() -> None:
    assert replace(REF, base_ref="main", head="a" * 40) == REF


@pytest.mark.parametrize(("head", "fork"), [(2, False), (3, True), (None, True)])
def test_a_head_elsewhere_or_gone_is_a_fork(head: int | None, *, fork: bool) -> None:
    assert replace(pull_request(), head_repository_id=head).from_fork is fork


def test_permissions_are_ordered() -> None:
    assert sorted(Permission) == [
        Permission.NONE,
        Permission.READ,
        Permission.TRIAGE,
        Permission.WRITE,
        Permission.MAINTAIN,
        Permission.ADMIN,
    ]


def test_there_is_no_state_that_passes_without_saying_success() -> None:
    assert {state.value for state in StatusState} == {"success", "pending", "error", "failure"}


@pytest.mark.parametrize(
    ("in_force_at", "after"),
    [(None, False), (MERGED, False), (MERGED + timedelta(minutes=9), False), (MERGED + timedelta(minutes=11), True)],
)
def test_a_policy_in_force_after_its_removal_was_merged_is_another_one(
    in_force_at: datetime | None, *, after: bool
) -> None:
    assert Past(in_force_at=in_force_at).in_force_after(MERGED) is after
