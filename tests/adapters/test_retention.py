"""Records that nothing new is known of are no new rows; old ones are thinned, and small facts outlive them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.adapters.ledger import DatabaseChain, DatabaseLedger, prepare_ledger
from app.adapters.ledger.retention import BATCH
from app.core.merge_record import Link
from app.core.pull_request import CommitStatus, PullRequestRef, Record, StatusState

REF = PullRequestRef(installation=1, repository_id=7, owner="acme", name="gitops", number=3)
THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DAY = timedelta(days=1)
LATER = THEN + 500 * DAY
GREEN = (
    CommitStatus("assay/images: main", StatusState.SUCCESS, "fine"),
    CommitStatus("assay/review: main", StatusState.SUCCESS, "fine"),
)


def record(at: datetime = THEN, verdict: str = "OK", **changes: object) -> Record:
    document = json.dumps({"verdict": verdict, "assessed_at": at.isoformat(), "trust_roots": [str(at)]})
    plain = Record(
        ref=REF,
        base_ref="main",
        base_tip="b" * 40,
        head="a" * 40,
        statuses=GREEN,
        policy_in_force=False,
        removes_policy=False,
        floor_present=False,
        comment_id=None,
        assessed_at=at,
        document=document,
    )
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]  # any field


@pytest.fixture
def ledger(database_url: str) -> Iterator[DatabaseLedger]:
    prepare_ledger(database_url)
    opened = DatabaseLedger(database_url)
    yield opened
    opened.close()


def kept(ledger: DatabaseLedger, ref: PullRequestRef = REF) -> list[str]:
    """What the records of a pull request hold, the oldest first: its verdict, or nothing."""
    return [json.loads(text)["verdict"] if text else "" for _, _, text in reversed(ledger.history(ref))]


def test_a_look_that_finds_nothing_new_adds_no_row(ledger: DatabaseLedger) -> None:
    for day in range(5):
        ledger.record(record(THEN + day * DAY))
    assert kept(ledger) == ["OK"]


def test_when_that_was_is_known(ledger: DatabaseLedger) -> None:
    ledger.record(record(policy_in_force=True))
    ledger.record(record(THEN + 3 * DAY, policy_in_force=True))
    assert ledger.looks(7)[3].at == THEN + 3 * DAY
    assert ledger.past(REF, "main").in_force_at == THEN + 3 * DAY


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "BLOCKED"},
        {"head": "c" * 40},
        {"base_tip": "c" * 40},
        {"base_ref": "stable"},
        {"statuses": (GREEN[0],)},
        {"policy_in_force": True},
        {"floor_present": True},
        {"removes_policy": True},
        {"comment_id": 12},
        {"policy_state": "x"},
        {"recheck_at": LATER},
        {"asks_people": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_is_another_is_a_row_of_its_own(ledger: DatabaseLedger, change: dict[str, object]) -> None:
    ledger.record(record())
    ledger.record(record(THEN + DAY, **change))  # type: ignore[arg-type]  # any field
    assert len(kept(ledger)) == 2


def test_what_came_and_went_is_told_in_three_rows(ledger: DatabaseLedger) -> None:
    for day, verdict in enumerate(("OK", "BLOCKED", "OK")):
        ledger.record(record(THEN + day * DAY, verdict))
    assert kept(ledger) == ["OK", "BLOCKED", "OK"]


def test_old_records_are_deleted_but_the_newest(ledger: DatabaseLedger) -> None:
    for day, verdict in enumerate(("OK", "BLOCKED", "REVIEW")):
        ledger.record(record(THEN + day * DAY, verdict))
    assert (ledger.thin(LATER), kept(ledger)) == (2, ["REVIEW"])


def test_the_newest_of_each_base_branch_is_kept(ledger: DatabaseLedger) -> None:
    for verdict, base_ref in (("OK", "main"), ("BLOCKED", "stable"), ("REVIEW", "main")):
        ledger.record(record(THEN, verdict, base_ref=base_ref))
    ledger.thin(LATER)
    assert kept(ledger) == ["BLOCKED", "REVIEW"]


def test_what_is_not_old_yet_is_kept(ledger: DatabaseLedger) -> None:
    for day, verdict in enumerate(("OK", "BLOCKED", "REVIEW")):
        ledger.record(record(THEN + day * DAY, verdict))
    assert (ledger.thin(THEN + DAY), kept(ledger)) == (1, ["BLOCKED", "REVIEW"])


def test_what_was_found_so_lately_is_not_old(ledger: DatabaseLedger) -> None:
    ledger.record(record(THEN, "BLOCKED"))
    ledger.record(record(THEN + 9 * DAY, "BLOCKED"))
    ledger.record(record(THEN + 10 * DAY, "OK"))
    assert (ledger.thin(THEN + 5 * DAY), kept(ledger)) == (0, ["BLOCKED", "OK"])


def test_that_a_policy_was_in_force_is_never_forgotten(ledger: DatabaseLedger) -> None:
    ledger.record(record(THEN, policy_in_force=True))
    ledger.record(record(THEN + DAY, "BLOCKED"))
    assert (ledger.thin(LATER), kept(ledger)) == (1, ["", "BLOCKED"])
    assert (ledger.past(REF, "main").policy_recorded, ledger.past(REF, "main").in_force_at) == (True, THEN)


def test_that_a_floor_was_seen_is_never_forgotten(ledger: DatabaseLedger) -> None:
    ledger.record(record(THEN, floor_present=True))
    ledger.record(record(THEN + DAY, "BLOCKED"))
    ledger.thin(LATER)
    assert (ledger.past(REF, "main").floor_seen, ledger.floor_seen(1), kept(ledger)) == (True, True, ["", "BLOCKED"])


def test_which_comment_is_ours_is_never_forgotten(ledger: DatabaseLedger) -> None:
    ledger.record(record(THEN, comment_id=12))
    ledger.record(record(THEN + DAY, "BLOCKED"))
    ledger.thin(LATER)
    assert ledger.past(REF, "main").comment_id == 12


def test_a_judged_removal_is_never_forgotten(ledger: DatabaseLedger) -> None:
    ledger.record(record(THEN, policy_in_force=True))
    ledger.record(record(THEN + DAY, removes_policy=True, policy_in_force=True))
    ledger.thin(LATER)
    assert ledger.past(REF, "main").removals == (3,)


def test_facts_that_a_later_record_tells_too_need_no_row(ledger: DatabaseLedger) -> None:
    for day, verdict in enumerate(("OK", "BLOCKED")):
        ledger.record(record(THEN + day * DAY, verdict, policy_in_force=True, floor_present=True, comment_id=12))
    ledger.thin(LATER)
    assert kept(ledger) == ["BLOCKED"]


def test_thinned_twice_is_thinned_once(ledger: DatabaseLedger) -> None:
    ledger.record(record(THEN, policy_in_force=True))
    ledger.record(record(THEN + DAY, "BLOCKED"))
    assert (ledger.thin(LATER), ledger.thin(LATER)) == (1, 0)


def test_more_than_a_batch_is_thinned_whole(ledger: DatabaseLedger) -> None:
    for number in range(BATCH + 5):
        ledger.record(record(THEN, f"V{number}"))
    assert (ledger.thin(LATER), len(kept(ledger))) == (BATCH + 4, 1)


def test_of_an_installation_that_is_forgotten_nothing_is_left(ledger: DatabaseLedger, database_url: str) -> None:
    other = dataclasses.replace(REF, installation=2, number=4)
    ledger.record(record(floor_present=True))
    ledger.record(record(ref=other))
    chain = DatabaseChain(database_url)
    chain.append(REF, Link(1), b"{}")
    assert ledger.forget_installation(1) == 2
    assert (kept(ledger), kept(ledger, other), ledger.floor_seen(1), list(chain.all())) == ([], ["OK"], False, [])
    chain.close()


def test_a_chain_that_goes_on_under_another_installation_keeps_its_beginning(
    ledger: DatabaseLedger, database_url: str
) -> None:
    chain, there = DatabaseChain(database_url), dataclasses.replace(REF, installation=2, number=4)
    chain.append(REF, Link(1), b"{}")
    chain.append(there, Link(2), b"{}")
    ledger.forget_installation(1)
    assert [entry.sequence for entry in chain.all()] == [1, 2]
    ledger.forget_installation(2)
    assert [entry.sequence for entry in chain.all()] == [1]
    chain.close()
