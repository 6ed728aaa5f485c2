"""A database as each earlier version left it is brought forward with its rows, on both databases."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from sqlalchemy import Column, Index, Integer, MetaData, String, Table, inspect, text

from app.adapters.database import VERSION, bring_forward, is_sqlite, open_engine
from app.adapters.ledger import DatabaseLedger, prepare_ledger
from app.core.errors import Unavailable
from app.core.pull_request import PullRequestRef
from app.core.sweep import LastLook

REF = PullRequestRef(installation=1, repository_id=7, owner="acme", name="gitops", number=3)
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

FIRST = """
CREATE TABLE assay_records (
    id {number}, repository_id BIGINT NOT NULL, number INTEGER NOT NULL, installation BIGINT NOT NULL,
    owner VARCHAR(255) NOT NULL, name VARCHAR(255) NOT NULL, base_ref TEXT NOT NULL, base_tip VARCHAR(64) NOT NULL,
    head VARCHAR(64) NOT NULL, statuses TEXT NOT NULL, succeeded BOOLEAN NOT NULL, policy_in_force BOOLEAN NOT NULL,
    removes_policy BOOLEAN NOT NULL, floor_present BOOLEAN NOT NULL, comment_id BIGINT,
    assessed_at VARCHAR(32) NOT NULL, document TEXT NOT NULL
);
CREATE INDEX assay_records_by_pull_request ON assay_records (repository_id, number, id);
CREATE INDEX assay_records_by_installation ON assay_records (installation, floor_present);
INSERT INTO assay_records (repository_id, number, installation, owner, name, base_ref, base_tip, head, statuses,
    succeeded, policy_in_force, removes_policy, floor_present, comment_id, assessed_at, document)
VALUES (7, 3, 1, 'acme', 'gitops', 'main', 'bbb', 'aaa', '[]', true, true, false, true, 41,
    '2026-01-02T03:04:05+00:00', '{{}}');
"""
WITH_LOOKS = (
    FIRST
    + """
ALTER TABLE assay_records ADD COLUMN policy_state VARCHAR(64);
ALTER TABLE assay_records ADD COLUMN recheck_at VARCHAR(32);
ALTER TABLE assay_records ADD COLUMN asks_people BOOLEAN;
"""
)
WITH_VERSION = (
    WITH_LOOKS
    + """
CREATE TABLE assay_schema (version INTEGER NOT NULL);
INSERT INTO assay_schema (version) VALUES (1);
"""
)
NEWER = f"UPDATE assay_schema SET version = {VERSION + 1}"  # noqa: S608 - a number of ours
EARLIER = pytest.mark.parametrize("sql", [FIRST, WITH_LOOKS, WITH_VERSION], ids=["first", "looks", "version"])


def make(url: str, sql: str) -> None:
    """Make a database as an earlier version left it."""
    bring_forward(url, MetaData())
    number = "INTEGER PRIMARY KEY" if is_sqlite(url) else "BIGSERIAL PRIMARY KEY"
    execute(url, "DROP TABLE assay_schema;" + sql.format(number=number))


def execute(url: str, sql: str) -> None:
    engine = open_engine(url, patience=5, size=1)
    with engine.begin() as connection:
        for statement in filter(str.strip, sql.split(";")):
            connection.execute(text(statement))
    engine.dispose()


def shape(url: str) -> dict[str, tuple[list[str], list[str]]]:
    """Return what there is: of each table its columns and indexes by name."""
    engine = open_engine(url, patience=5, size=1)
    found = inspect(engine)
    names = [name for name in found.get_table_names() if name.startswith("assay_")]
    shapes = {
        name: (
            sorted(column["name"] for column in found.get_columns(name)),
            sorted(str(index["name"]) for index in found.get_indexes(name)),
        )
        for name in names
    }
    engine.dispose()
    return shapes


@EARLIER
def test_an_earlier_database_keeps_its_rows(database_url: str, sql: str) -> None:
    make(database_url, sql)
    prepare_ledger(database_url)
    ledger = DatabaseLedger(database_url)
    # What an old row does not say is taken for a pull request that people were asked about.
    assert ledger.looks(7) == {3: LastLook("main", "bbb", "aaa", AT, asks_people=True)}
    assert ledger.past(REF, "main").comment_id == 41
    ledger.close()


@EARLIER
def test_an_earlier_database_becomes_as_a_new_one_is(database_url: str, sql: str, database: object) -> None:
    make(database_url, sql)
    prepare_ledger(database_url)
    assert callable(database)
    new = database()
    prepare_ledger(new)
    assert shape(database_url) == shape(new)


def test_what_is_brought_forward_already_stays_as_it_is(database_url: str) -> None:
    make(database_url, FIRST)
    prepare_ledger(database_url)
    before = shape(database_url)
    prepare_ledger(database_url)
    assert shape(database_url) == before


@pytest.mark.parametrize("sql", ["", FIRST], ids=["empty", "first"])
def test_several_processes_may_bring_a_database_forward_at_once(database_url: str, sql: str) -> None:
    if sql:
        make(database_url, sql)
    program = f"from app.adapters.ledger import prepare_ledger; prepare_ledger({database_url!r})"
    processes = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]


def test_a_database_of_a_newer_version_is_refused_in_one_sentence(database_url: str) -> None:
    prepare_ledger(database_url)
    execute(database_url, NEWER)
    with pytest.raises(
        Unavailable, match=r"^A newer version of Assay wrote to this database \(.*\): start that"
    ) as said:
        prepare_ledger(database_url)
    assert said.value.permanent


def test_a_newer_database_is_left_as_it_is(database_url: str) -> None:
    make(database_url, WITH_VERSION + NEWER)
    before = shape(database_url)
    with pytest.raises(Unavailable):
        prepare_ledger(database_url)
    assert shape(database_url) == before


def test_columns_and_indexes_that_are_declared_later_are_added(database_url: str) -> None:
    first, later = MetaData(), MetaData()
    Table("assay_things", first, Column("id", Integer, primary_key=True))
    Table(
        "assay_things",
        later,
        Column("id", Integer, primary_key=True),
        Column("name", String(20)),
        Column("weight", Integer, nullable=False, server_default="7"),
        Index("assay_things_by_name", "name", unique=True),
    )
    bring_forward(database_url, first)
    execute(database_url, "INSERT INTO assay_things (id) VALUES (1)")
    bring_forward(database_url, later)
    engine = open_engine(database_url, patience=5, size=1)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, name, weight FROM assay_things")).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [(1, None, 7)]
    assert shape(database_url)["assay_things"] == (["id", "name", "weight"], ["assay_things_by_name"])


def test_what_cannot_be_brought_forward_is_left_as_it_was(database_url: str) -> None:
    make(database_url, FIRST)
    impossible = MetaData()
    Table("assay_first", impossible, Column("id", Integer, primary_key=True))
    Table("assay_records", impossible, Column("id", Integer, primary_key=True), Column("must", Integer, nullable=False))
    before = shape(database_url)
    with pytest.raises(Unavailable):
        bring_forward(database_url, impossible)
    assert shape(database_url) == before
