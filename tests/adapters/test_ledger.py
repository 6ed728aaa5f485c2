"""The ledger on both databases."""

from __future__ import annotations

import dataclasses
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from app.adapters.database import open_engine
from app.adapters.ledger import DatabaseLedger, prepare_ledger
from app.core.errors import Unavailable
from app.core.pull_request import CommitStatus, Past, PullRequestRef, Record, StatusState
from app.core.sweep import LastLook

REF = PullRequestRef(installation=1, repository_id=7, owner="acme", name="gitops", number=3)
HEAD = "a" * 40
GREEN = (
    CommitStatus("assay/images: main", StatusState.SUCCESS, "fine"),
    CommitStatus("assay/review: main", StatusState.SUCCESS, "fine"),
)
RED = (GREEN[0], CommitStatus("assay/review: main", StatusState.PENDING, "waits for 1 approval"))
RECORD = Record(
    ref=REF,
    base_ref="main",
    base_tip="b" * 40,
    head=HEAD,
    statuses=GREEN,
    policy_in_force=False,
    removes_policy=False,
    floor_present=False,
    comment_id=None,
    assessed_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    document='{"schema": "assay.check/v1"}',
)


def other(number: int) -> PullRequestRef:
    return dataclasses.replace(REF, number=number)


@pytest.fixture
def url(database_url: str) -> str:
    return database_url


@pytest.fixture
def ledger(url: str) -> Iterator[DatabaseLedger]:
    prepare_ledger(url)
    opened = DatabaseLedger(url)
    yield opened
    opened.close()


def test_nothing_recorded_is_an_empty_past(ledger: DatabaseLedger) -> None:
    assert ledger.past(REF, "main") == Past()


def test_a_policy_that_was_in_force_stays_known_for_its_branch(ledger: DatabaseLedger) -> None:
    ledger.record(dataclasses.replace(RECORD, ref=other(1), policy_in_force=True))
    ledger.record(RECORD)
    assert ledger.past(REF, "main").policy_recorded


def test_the_last_time_that_a_policy_was_in_force_is_known(ledger: DatabaseLedger) -> None:
    for record in (
        dataclasses.replace(RECORD, policy_in_force=True),
        dataclasses.replace(RECORD, policy_in_force=True, assessed_at=RECORD.assessed_at + timedelta(days=1)),
        dataclasses.replace(RECORD, assessed_at=RECORD.assessed_at + timedelta(days=2)),
    ):
        ledger.record(record)
    assert ledger.past(REF, "main").in_force_at == RECORD.assessed_at + timedelta(days=1)


def test_a_policy_of_another_branch_is_not_this_branchs(ledger: DatabaseLedger) -> None:
    ledger.record(dataclasses.replace(RECORD, policy_in_force=True, base_ref="scratch"))
    assert not ledger.past(REF, "main").policy_recorded


def test_a_policy_of_another_repository_under_the_same_name_is_not_this_ones(ledger: DatabaseLedger) -> None:
    ledger.record(dataclasses.replace(RECORD, policy_in_force=True))
    assert not ledger.past(dataclasses.replace(REF, repository_id=8), "main").policy_recorded


def test_a_renamed_repository_keeps_its_past(ledger: DatabaseLedger) -> None:
    ledger.record(dataclasses.replace(RECORD, policy_in_force=True))
    assert ledger.past(dataclasses.replace(REF, owner="new", name="name"), "main").policy_recorded


def test_a_floor_seen_in_one_repository_is_known_in_all_of_the_installation(ledger: DatabaseLedger) -> None:
    ledger.record(dataclasses.replace(RECORD, floor_present=True))
    assert ledger.past(dataclasses.replace(REF, repository_id=8), "main").floor_seen


def test_a_floor_of_another_installation_is_not_seen(ledger: DatabaseLedger) -> None:
    ledger.record(dataclasses.replace(RECORD, floor_present=True))
    assert not ledger.past(dataclasses.replace(REF, installation=2), "main").floor_seen


def at(hours: int) -> datetime:
    return RECORD.assessed_at + timedelta(hours=hours)


def test_a_branch_is_judged_since_a_policy_was_first_seen_there(ledger: DatabaseLedger) -> None:
    assert ledger.judged_since(REF, "main") is None
    ledger.record(RECORD)
    for hours in (1, 2):
        ledger.record(dataclasses.replace(RECORD, ref=other(hours), policy_in_force=True, assessed_at=at(hours)))
    assert (ledger.judged_since(REF, "main"), ledger.judged_since(REF, "scratch")) == (at(1), None)


def test_a_branch_is_judged_since_its_owners_floor_was_first_seen_anywhere(ledger: DatabaseLedger) -> None:
    elsewhere = dataclasses.replace(REF, repository_id=8)
    ledger.record(dataclasses.replace(RECORD, ref=elsewhere, floor_present=True, assessed_at=at(1)))
    ledger.record(dataclasses.replace(RECORD, policy_in_force=True, assessed_at=at(2)))
    stranger = dataclasses.replace(REF, installation=2, repository_id=9)
    assert (ledger.judged_since(REF, "main"), ledger.judged_since(stranger, "main")) == (at(1), None)


def test_a_removal_that_passed_is_named(ledger: DatabaseLedger) -> None:
    ledger.record(dataclasses.replace(RECORD, ref=other(5), removes_policy=True))
    assert ledger.past(REF, "main").removals == (5,)


def test_a_removal_that_did_not_pass_is_not_named(ledger: DatabaseLedger) -> None:
    ledger.record(dataclasses.replace(RECORD, ref=other(5), removes_policy=True, statuses=RED))
    assert ledger.past(REF, "main").removals == ()


def test_a_removal_without_any_status_did_not_pass(ledger: DatabaseLedger) -> None:
    ledger.record(dataclasses.replace(RECORD, ref=other(5), removes_policy=True, statuses=()))
    assert ledger.past(REF, "main").removals == ()


def test_only_the_latest_record_of_a_removal_counts(ledger: DatabaseLedger) -> None:
    ledger.record(dataclasses.replace(RECORD, ref=other(5), removes_policy=True))
    ledger.record(dataclasses.replace(RECORD, ref=other(5), removes_policy=True, statuses=RED, head="c" * 40))
    assert ledger.past(REF, "main").removals == ()


def test_the_comment_is_that_of_the_pull_request_whatever_its_base(ledger: DatabaseLedger) -> None:
    ledger.record(dataclasses.replace(RECORD, comment_id=41, base_ref="scratch"))
    ledger.record(dataclasses.replace(RECORD, ref=other(4), comment_id=99))
    assert ledger.past(REF, "main").comment_id == 41


def test_a_later_record_without_a_comment_does_not_lose_it(ledger: DatabaseLedger) -> None:
    ledger.record(dataclasses.replace(RECORD, comment_id=2**40))
    ledger.record(RECORD)
    assert ledger.past(REF, "main").comment_id == 2**40


def test_siblings_have_their_latest_statuses_at_this_head(ledger: DatabaseLedger) -> None:
    ledger.record(dataclasses.replace(RECORD, ref=other(4)))
    ledger.record(dataclasses.replace(RECORD, ref=other(4), statuses=RED))
    ledger.record(dataclasses.replace(RECORD, ref=other(5), head="c" * 40))
    assert ledger.siblings(REF, HEAD, [3, 4, 5, 6]) == {4: RED}


def test_no_siblings_asked_for_are_none(ledger: DatabaseLedger) -> None:
    assert ledger.siblings(REF, HEAD, []) == {}


def test_an_earlier_record_stays_in_the_history(ledger: DatabaseLedger) -> None:
    later = dataclasses.replace(
        RECORD, assessed_at=RECORD.assessed_at + timedelta(hours=1), document='{"later": "ẞ\\u0000"}'
    )
    ledger.record(RECORD)
    ledger.record(later)
    assert ledger.history(REF) == (
        (later.assessed_at, HEAD, later.document),
        (RECORD.assessed_at, HEAD, RECORD.document),
    )


def test_a_record_outlives_its_process(ledger: DatabaseLedger, url: str) -> None:
    ledger.record(dataclasses.replace(RECORD, policy_in_force=True))
    ledger.close()
    again = DatabaseLedger(url)
    assert again.past(REF, "main").policy_recorded
    again.close()


def test_the_file_is_private(tmp_path: Path) -> None:
    prepare_ledger(f"sqlite:///{tmp_path}/var/assay.db")
    assert stat.S_IMODE((tmp_path / "var" / "assay.db").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "ask",
    [
        lambda ledger: ledger.past(REF, "main"),
        lambda ledger: ledger.siblings(REF, HEAD, [4]),
        lambda ledger: ledger.record(RECORD),
        lambda ledger: ledger.history(REF),
    ],
    ids=["past", "siblings", "record", "history"],
)
def test_a_database_that_does_not_answer_is_unavailable(url: str, ask: object) -> None:
    prepare_ledger(url)
    engine = open_engine(url, patience=5)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE assay_records"))
    engine.dispose()
    ledger = DatabaseLedger(url)
    with pytest.raises(Unavailable):
        ask(ledger)  # type: ignore[operator]  # a parametrised call
    ledger.close()


AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_newest_record_of_each_pull_request_is_told(ledger: DatabaseLedger) -> None:
    ledger.record(RECORD)
    ledger.record(dataclasses.replace(RECORD, head="c" * 40, policy_state="f" * 64, asks_people=True, recheck_at=AT))
    ledger.record(dataclasses.replace(RECORD, ref=other(4)))
    assert ledger.looks(7) == {
        3: LastLook("main", "b" * 40, "c" * 40, AT, "f" * 64, AT, asks_people=True),
        4: LastLook("main", "b" * 40, HEAD, AT),
    }


def test_no_record_of_another_repository_is_told(ledger: DatabaseLedger) -> None:
    ledger.record(RECORD)
    assert ledger.looks(8) == {}


def test_the_repositories_that_were_judged_are_known(ledger: DatabaseLedger) -> None:
    ledger.record(RECORD)
    assert (ledger.judged(1), ledger.judged(2)) == (frozenset({7}), frozenset())


def test_a_floor_that_was_seen_is_known_for_its_installation(ledger: DatabaseLedger) -> None:
    ledger.record(RECORD)
    before = ledger.floor_seen(1)
    ledger.record(dataclasses.replace(RECORD, floor_present=True))
    assert (before, ledger.floor_seen(1), ledger.floor_seen(2)) == (False, True, False)


def test_at_153_a_status_of_an_older_record_is_not_ours_any_more(ledger: DatabaseLedger) -> None:
    ledger.record(RECORD)
    ledger.record(dataclasses.replace(RECORD, statuses=RED))
    assert ledger.said(7, HEAD) == {*RED}


def test_the_newest_statuses_of_each_pull_request_with_a_commit_are_known(ledger: DatabaseLedger) -> None:
    ledger.record(RECORD)
    ledger.record(dataclasses.replace(RECORD, ref=other(4), statuses=RED))
    assert ledger.said(7, HEAD) == {*GREEN, *RED}
    assert ledger.said(7, "d" * 40) == frozenset()
