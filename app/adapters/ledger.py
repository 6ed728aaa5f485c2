"""Assessments kept as records, in the database that holds the queue; rows are added, never changed.

Everything is found by numeric ids: names of owners and repositories move to other people.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    and_,
    event,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.database import is_sqlite, open_engine, prepare_file
from app.core.errors import Unavailable
from app.core.pull_request import CommitStatus, Past, PullRequestRef, Record, StatusState

_PATIENCE = 30.0
_METADATA = MetaData()
# SQLite numbers rows by itself only in a column of type INTEGER.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

_RECORDS = Table(
    "assay_records",
    _METADATA,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("repository_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("installation", BigInteger, nullable=False),
    Column("owner", String(255), nullable=False),
    Column("name", String(255), nullable=False),
    Column("base_ref", Text, nullable=False),
    Column("base_tip", String(64), nullable=False),
    Column("head", String(64), nullable=False),
    Column("statuses", Text, nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Column("policy_in_force", Boolean, nullable=False),
    Column("removes_policy", Boolean, nullable=False),
    Column("floor_present", Boolean, nullable=False),
    Column("comment_id", BigInteger),
    Column("assessed_at", String(32), nullable=False),
    Column("document", Text, nullable=False),
    Index("assay_records_by_pull_request", "repository_id", "number", "id"),
    Index("assay_records_by_installation", "installation", "floor_present"),
)
_LOCK = 0x61737361  # "assa": any number, as long as all of us take the same


class DatabaseLedger:
    """Keeps records in SQLite or PostgreSQL. Connects on first use; share one object a process."""

    def __init__(self, url: str) -> None:
        """Remember the database; `prepare_ledger` must have run."""
        self._engine = open_engine(url, patience=_PATIENCE, size=10)

    def past(self, ref: PullRequestRef, base_ref: str) -> Past:
        """Return what was recorded before of this pull request and its base branch; raises `Unavailable`."""
        here = _RECORDS.c.repository_id == ref.repository_id
        branch = and_(here, _RECORDS.c.base_ref == base_ref)
        try:
            with self._engine.connect() as connection:
                in_force_at = _in_force_at(connection, branch)
                return Past(
                    policy_recorded=in_force_at is not None,
                    removals=_removals(connection, branch),
                    # An installation belongs to one owner, whose floor it is.
                    floor_seen=_any(connection, and_(_of_owner(ref), _RECORDS.c.floor_present)),
                    comment_id=_comment(connection, ref),
                    in_force_at=in_force_at,
                )
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error

    def siblings(
        self, ref: PullRequestRef, head: str, numbers: Iterable[int]
    ) -> Mapping[int, tuple[CommitStatus, ...]]:
        """Return the latest recorded statuses of other pull requests at this head; raises `Unavailable`."""
        wanted = sorted(set(numbers) - {ref.number})
        latest = (
            select(func.max(_RECORDS.c.id))
            .where(_RECORDS.c.repository_id == ref.repository_id, _RECORDS.c.head == head)
            .where(_RECORDS.c.number.in_(wanted))
            .group_by(_RECORDS.c.number)
        )
        query = select(_RECORDS.c.number, _RECORDS.c.statuses).where(_RECORDS.c.id.in_(latest))
        try:
            with self._engine.connect() as connection:
                return {number: _statuses(written) for number, written in connection.execute(query)}
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error

    def record(self, record: Record) -> None:
        """Add a record; it is on disk when this returns. Raises `Unavailable`."""
        row = {
            "repository_id": record.ref.repository_id,
            "number": record.ref.number,
            "installation": record.ref.installation,
            "owner": record.ref.owner,
            "name": record.ref.name,
            "base_ref": record.base_ref,
            "base_tip": record.base_tip,
            "head": record.head,
            "statuses": json.dumps([[s.context, s.state.value, s.description] for s in record.statuses]),
            "succeeded": bool(record.statuses) and all(s.state is StatusState.SUCCESS for s in record.statuses),
            "policy_in_force": record.policy_in_force,
            "removes_policy": record.removes_policy,
            "floor_present": record.floor_present,
            "comment_id": record.comment_id,
            "assessed_at": record.assessed_at.astimezone(UTC).isoformat(timespec="milliseconds"),
            "document": record.document,
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(_RECORDS), row)
        except SQLAlchemyError as error:
            raise Unavailable("the record could not be stored") from error

    def history(self, ref: PullRequestRef, limit: int = 100) -> tuple[tuple[datetime, str, str], ...]:
        """Return the newest records of a pull request, newest first: time, head, document."""
        query = (
            select(_RECORDS.c.assessed_at, _RECORDS.c.head, _RECORDS.c.document)
            .where(_of_pull_request(ref))
            .order_by(_RECORDS.c.id.desc())
            .limit(limit)
        )
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(query).all()
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error
        return tuple((datetime.fromisoformat(at), head, document) for at, head, document in rows)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def prepare_ledger(url: str) -> None:
    """Create the ledger's table where it is missing; safe in several processes at once. Raises `Unavailable`."""
    prepare_file(url)
    engine = open_engine(url, patience=_PATIENCE, size=1)
    if is_sqlite(url):
        # The driver begins a transaction only before changes of rows; creating a table must hold the lock too.
        event.listen(engine, "begin", _begin)
    try:
        with engine.begin() as connection:
            _lock(connection, engine)
            _METADATA.create_all(connection)
    except SQLAlchemyError as error:
        raise Unavailable("the ledger's table could not be made") from error
    finally:
        engine.dispose()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _lock(connection: Connection, engine: Engine) -> None:
    """Let one process at a time look for the table and make it; the lock ends with the transaction."""
    if engine.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _of_owner(ref: PullRequestRef) -> ColumnElement[bool]:
    return _RECORDS.c.installation == ref.installation


def _of_pull_request(ref: PullRequestRef) -> ColumnElement[bool]:
    return and_(_RECORDS.c.repository_id == ref.repository_id, _RECORDS.c.number == ref.number)


def _any(connection: Connection, condition: ColumnElement[bool]) -> bool:
    return connection.execute(select(_RECORDS.c.id).where(condition).limit(1)).first() is not None


def _in_force_at(connection: Connection, branch: ColumnElement[bool]) -> datetime | None:
    """Return when a policy was last in force; all times are written alike, so that texts order as they do."""
    last = select(func.max(_RECORDS.c.assessed_at)).where(branch, _RECORDS.c.policy_in_force)
    found = connection.execute(last).scalar()
    return None if found is None else datetime.fromisoformat(found)


def _removals(connection: Connection, branch: ColumnElement[bool]) -> tuple[int, ...]:
    """Return the pull requests whose latest record says that they remove the policy and passed.

    The latest, not any: a later push may have been judged otherwise, and then its merge was not what had passed.
    """
    latest = select(func.max(_RECORDS.c.id)).where(branch).group_by(_RECORDS.c.number)
    query = (
        select(_RECORDS.c.number)
        .where(_RECORDS.c.id.in_(latest), _RECORDS.c.removes_policy, _RECORDS.c.succeeded)
        .order_by(_RECORDS.c.number)
    )
    return tuple(connection.execute(query).scalars())


def _comment(connection: Connection, ref: PullRequestRef) -> int | None:
    """Return the comment that the newest record names, whatever its base branch: a pull request has one comment."""
    query = (
        select(_RECORDS.c.comment_id)
        .where(_of_pull_request(ref), _RECORDS.c.comment_id.is_not(None))
        .order_by(_RECORDS.c.id.desc())
        .limit(1)
    )
    found = connection.execute(query).scalar()
    return None if found is None else int(found)


def _statuses(written: str) -> tuple[CommitStatus, ...]:
    return tuple(CommitStatus(context, StatusState(state), words) for context, state, words in json.loads(written))
