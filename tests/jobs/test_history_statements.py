"""Signed records of merges, joined to a history."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from app.core.errors import Unavailable, Unreadable
from app.core.history import Event, Gap, Joined, KeptRecord
from app.core.inventory import ImageVersion
from app.core.merge_record import Entry, Link, payload
from app.jobs.history_records import NOT_COVERED, RecordJoin
from app.jobs.history_statements import StatementRecords
from tests.core.test_merge_record import DOCUMENT, GREEN, MERGE, NOON, WAITING, record
from tests.render.history_samples import facts, image

COMMIT = facts(3, commit=MERGE.commit, pull_request=None, committed_at=NOON)


class NoTrees:
    """A clone that has none of the judged commits."""

    def tree(self, commit: str) -> str | None:
        return None


def _prove(envelope: bytes) -> bytes:
    """Prove what begins with `signed`."""
    if not envelope.startswith(b"signed"):
        raise Unreadable("none of the keys signed it as it is")
    return envelope.removeprefix(b"signed")


def _envelope(changed: dict[str, Any] | None = None, *statuses: Any) -> bytes:  # noqa: ANN401 - statuses
    statement = json.loads(payload(record(record_document(changed), *statuses), Link(1)))
    return b"signed" + json.dumps(statement).encode()


def record_document(changed: dict[str, Any] | None) -> Any:  # noqa: ANN401 - a document
    return None if changed is None else {**DOCUMENT, **changed}


def _records(*envelopes: bytes) -> StatementRecords:
    return StatementRecords([(f"7/{number:08d}", one) for number, one in enumerate(envelopes, start=1)], _prove)


def _event(*envelopes: bytes, about: Any = COMMIT) -> Event:  # noqa: ANN401 - facts
    moved = image(about, ImageVersion("1", None), ImageVersion("2", None))
    (found,) = RecordJoin(_records(*envelopes), NoTrees(), "").attach([moved])
    assert isinstance(found, Event)
    return found


def test_a_record_is_joined_to_the_commit_that_it_names() -> None:
    recorded = _event(_envelope({})).recorded
    assert recorded is not None
    assert (recorded.joined, recorded.verdict, recorded.policy_commit, recorded.head) == (
        Joined.MERGE_RECORD,
        "REVIEW",
        "c" * 40,
        "a" * 40,
    )


def test_it_brings_reviews_waivers_and_the_word_for_the_image() -> None:
    event = _event(_envelope({}))
    assert event.approvals is not None
    assert event.recorded is not None
    assert ([one.login for one in event.approvals], event.recorded.posture["signature"]) == (["bob"], "verified")
    assert event.recorded.waivers == ("w.yml until  by carol: soon",)


def test_what_was_gone_around_is_told() -> None:
    recorded = _event(_envelope({}, GREEN, WAITING)).recorded
    assert recorded is not None
    assert recorded.overrides == ("assay/review: main was pending",)


def test_a_head_that_was_never_judged_is_told() -> None:
    recorded = _event(_envelope(None)).recorded
    assert recorded is not None
    assert (recorded.verdict, recorded.overrides) == ("not judged", ("the merged head was never judged", NOT_COVERED))


def test_a_record_is_found_by_head_and_number() -> None:
    records = _records(_envelope({}))
    found: Sequence[KeptRecord] = records.of_head(MERGE.head)
    assert (found, records.of_number(MERGE.ref.number)) == (found, found)
    assert [one.repository for one in found] == ["acme/gitops"]


def test_another_commit_is_not_joined() -> None:
    assert _event(_envelope({}), about=replace(COMMIT, commit="f" * 40)).recorded is None


def test_a_record_that_nobody_signed_is_a_gap_and_joins_nothing() -> None:
    records = _records(b"forged" + _envelope({}))
    assert (records.of_number(3), records.gaps) == (
        (),
        (Gap("", "", "record of a merge 7/00000001: none of the keys signed it as it is"),),
    )


def test_a_record_that_is_missing_is_a_gap() -> None:
    statement = payload(record(), Link(2, Entry(7, 3, 1, b"x").digest))
    assert [("missing" in one.sentence) for one in _records(b"signed" + statement).gaps] == [True]


@pytest.mark.parametrize(
    "statement", [b"{}", b"{", b"[" * 100_000, b'{"predicateType": "https://assay.dev/merge/v1"}', b"[1]"]
)
def test_a_signed_statement_of_something_else_joins_nothing(statement: bytes) -> None:
    records = _records(b"signed" + statement)
    assert (records.of_number(3), len(records.gaps)) == ((), 1)


def test_a_record_that_is_not_there_is_said() -> None:
    with pytest.raises(Unavailable, match="the record is gone"):
        _records().document(KeptRecord(0, "acme/gitops", 3, "a" * 40, NOON))


def test_it_brings_what_was_measured() -> None:
    change = DOCUMENT["changes"][0]
    critical = {"label": "critical", "value": 2, "better": "lower", "at": None, "basis": None}
    after = {**change["evidence"]["after"], "posture": {"measures": {"vulnerabilities.critical": critical}}}
    recorded = _event(_envelope({"changes": [{**change, "evidence": {"before": None, "after": after}}]})).recorded
    assert recorded is not None
    assert recorded.posture["measures"] == {"vulnerabilities.critical": critical}


def test_a_record_from_before_there_were_measures_is_joined_without() -> None:
    statement = json.loads(_envelope({}).removeprefix(b"signed"))
    del statement["predicate"]["images"][0]["evidence"]["after"]["measures"]
    recorded = _event(b"signed" + json.dumps(statement).encode()).recorded
    assert recorded is not None
    assert (recorded.posture["measures"], recorded.posture["signature"]) == ({}, "verified")
