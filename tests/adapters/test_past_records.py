"""The ledger read for a report on the past, on both databases; it is never written."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from app.adapters.database import open_engine, prepare_file
from app.adapters.ledger import DatabaseChain, DatabaseLedger, PastRecords, prepare_ledger
from app.core.errors import Unavailable
from app.core.history import KeptRecord
from app.core.merge_record import Link
from tests.adapters.test_ledger import HEAD, RECORD, REF, other

COMMIT = "c" * 40


@pytest.fixture
def ledger(database_url: str) -> Iterator[DatabaseLedger]:
    prepare_ledger(database_url)
    opened = DatabaseLedger(database_url)
    yield opened
    opened.close()


@pytest.fixture
def past(ledger: DatabaseLedger, database_url: str) -> Iterator[PastRecords]:
    opened = PastRecords(database_url)
    yield opened
    opened.close()


def _merge(url: str, payload: object) -> None:
    chain = DatabaseChain(url)
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    envelope = json.dumps({"payload": base64.b64encode(content).decode(), "signatures": []}).encode()
    assert chain.append(REF, Link(1), envelope)
    chain.close()


def _statement(head: object = HEAD, commit: object = COMMIT) -> object:
    return {"subject": [{"digest": {"gitCommit": commit}}], "predicate": {"pullRequest": {"head": head}}}


def test_a_record_is_found_by_the_head_that_was_judged(ledger: DatabaseLedger, past: PastRecords) -> None:
    ledger.record(RECORD)
    assert past.of_head(HEAD) == [KeptRecord(1, "acme/gitops", 3, HEAD, RECORD.assessed_at)]


def test_a_record_is_found_by_its_number(ledger: DatabaseLedger, past: PastRecords) -> None:
    ledger.record(RECORD)
    ledger.record(dataclasses.replace(RECORD, ref=other(4)))
    assert [one.number for one in past.of_number(4)] == [4]


def test_every_record_of_a_head_is_found_the_newest_first(ledger: DatabaseLedger, past: PastRecords) -> None:
    ledger.record(RECORD)
    later = RECORD.assessed_at + timedelta(days=1)
    ledger.record(dataclasses.replace(RECORD, document='{"verdict": "OK"}', assessed_at=later))
    assert [one.key for one in past.of_head(HEAD)] == [2, 1]


def test_what_is_not_recorded_is_nothing(past: PastRecords) -> None:
    assert (past.of_head(HEAD), past.of_number(3)) == ((), ())


def test_the_document_is_the_one_that_was_kept(ledger: DatabaseLedger, past: PastRecords) -> None:
    ledger.record(RECORD)
    assert past.document(past.of_head(HEAD)[0]) == RECORD.document


def test_a_record_that_is_gone_is_said(ledger: DatabaseLedger, past: PastRecords) -> None:
    ledger.record(RECORD)
    with pytest.raises(Unavailable, match="the record is gone"):
        past.document(dataclasses.replace(past.of_head(HEAD)[0], key=99))


def test_the_record_of_the_merge_names_the_commit(ledger: DatabaseLedger, database_url: str) -> None:
    ledger.record(RECORD)
    _merge(database_url, _statement())
    past = PastRecords(database_url)
    assert [one.merged_as for one in past.of_number(3)] == [COMMIT]
    assert past.of_commit(COMMIT) == past.of_number(3)
    past.close()


def _document(url: str, statement: object) -> str:
    _merge(url, statement)
    past = PastRecords(url)
    found = past.document(past.of_head(HEAD)[0])
    past.close()
    return found


def test_the_document_has_the_approvals_that_stood_at_the_merge(ledger: DatabaseLedger, database_url: str) -> None:
    ledger.record(dataclasses.replace(RECORD, document='{"verdict": "OK"}'))
    predicate = {"pullRequest": {"head": HEAD}, "approvals": [{"login": "alice"}]}
    statement = {"subject": [{"digest": {"gitCommit": COMMIT}}], "predicate": predicate}
    assert json.loads(_document(database_url, statement)) == {"verdict": "OK", "approvals": [{"login": "alice"}]}


def test_an_older_record_of_the_merge_adds_nothing(ledger: DatabaseLedger, database_url: str) -> None:
    ledger.record(RECORD)
    assert _document(database_url, _statement()) == RECORD.document


@pytest.mark.parametrize("payload", [b"{", b"\xff", [], {}, _statement(head=1), _statement(commit=None)])
def test_a_merge_record_that_cannot_be_read_names_none(
    ledger: DatabaseLedger, database_url: str, payload: object
) -> None:
    ledger.record(RECORD)
    _merge(database_url, payload)
    past = PastRecords(database_url)
    assert [one.merged_as for one in past.of_number(3)] == [""]
    past.close()


def test_a_ledger_from_before_merges_were_recorded_is_read(ledger: DatabaseLedger, database_url: str) -> None:
    ledger.record(RECORD)
    engine = open_engine(database_url, patience=1, size=1)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE assay_merges"))
    engine.dispose()
    past = PastRecords(database_url)
    assert [one.number for one in past.of_head(HEAD)] == [3]
    past.close()


def test_a_database_without_a_ledger_is_refused_and_left_as_it_is(database_url: str) -> None:
    prepare_file(database_url)
    engine = open_engine(database_url, patience=1, size=1)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE other (id INTEGER)"))
    with pytest.raises(Unavailable, match="no ledger in this database"):
        PastRecords(database_url)
    with engine.connect() as connection:
        names = {str(row[0]) for row in connection.execute(_tables(database_url))}
    engine.dispose()
    assert "assay_records" not in names


def _tables(url: str) -> text:  # type: ignore[valid-type]  # what the library calls a text
    if url.startswith("sqlite"):
        return text("SELECT name FROM sqlite_master")
    return text("SELECT tablename FROM pg_tables")


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no such database file"):
        PastRecords(f"sqlite:///{tmp_path}/none.db")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("this is no database at all, and long enough to be looked at", encoding="utf-8")
    with pytest.raises(Unavailable, match="the ledger cannot be opened"):
        PastRecords(f"sqlite:///{tmp_path}/x.db")


@pytest.mark.parametrize("url", ["no url", "mysql://alice:hunter2@db.example/x"])
def test_a_url_that_cannot_be_opened_is_not_shown(url: str) -> None:
    with pytest.raises(Unavailable) as raised:
        PastRecords(url)
    assert "hunter2" not in f"{raised.value} {raised.value.__cause__}"


def test_a_ledger_that_goes_away_is_said(ledger: DatabaseLedger, past: PastRecords, database_url: str) -> None:
    engine = open_engine(database_url, patience=1, size=1)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE assay_records"))
    engine.dispose()
    with pytest.raises(Unavailable, match="does not answer"):
        past.of_head(HEAD)


def test_the_database_cannot_be_written_through_it(ledger: DatabaseLedger, past: PastRecords) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        list(past._rows(text("DELETE FROM assay_records")))  # type: ignore[arg-type]  # what it would never send
