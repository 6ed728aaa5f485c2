"""Assessments kept as records, in the database that holds the queue.

Rows are added, and what one says never changes: a look that finds nothing new only notes when that was.

Everything is found by numeric ids: names of owners and repositories move to other people.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.database import open_engine
from app.adapters.ledger import retention
from app.adapters.ledger.tables import PATIENCE, RECORDS
from app.core.errors import Unavailable
from app.core.pull_request import CommitStatus, Past, PullRequestRef, Record, StatusState
from app.core.sweep import LastLook

_LOOK_COLUMNS = ("base_ref", "base_tip", "head", "policy_state", "recheck_at", "asks_people")
_SEEN = func.coalesce(RECORDS.c.looked_at, RECORDS.c.assessed_at)
_OF_ITS_TIME = ("assessed_at", "trust_roots")
"""What of a document is another with each look, though nothing is."""


class DatabaseLedger:
    """Keeps records in SQLite or PostgreSQL. Connects on first use; share one object a process."""

    def __init__(self, url: str) -> None:
        """Remember the database; `prepare_ledger` must have run."""
        self._engine = open_engine(url, patience=PATIENCE, size=10)

    def past(self, ref: PullRequestRef, base_ref: str) -> Past:
        """Return what was recorded before of this pull request and its base branch; raises `Unavailable`."""
        here = RECORDS.c.repository_id == ref.repository_id
        branch = and_(here, RECORDS.c.base_ref == base_ref)
        try:
            with self._engine.connect() as connection:
                in_force_at = _in_force_at(connection, branch)
                return Past(
                    policy_recorded=in_force_at is not None,
                    removals=_removals(connection, branch),
                    # An installation belongs to one owner, whose floor it is.
                    floor_seen=_any(connection, and_(_of_owner(ref), RECORDS.c.floor_present)),
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
            select(func.max(RECORDS.c.id))
            .where(RECORDS.c.repository_id == ref.repository_id, RECORDS.c.head == head)
            .where(RECORDS.c.number.in_(wanted))
            .group_by(RECORDS.c.number)
        )
        query = select(RECORDS.c.number, RECORDS.c.statuses).where(RECORDS.c.id.in_(latest))
        try:
            with self._engine.connect() as connection:
                return {number: _statuses(written) for number, written in connection.execute(query)}
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error

    def record(self, record: Record) -> None:
        """Add a record, or note on the newest one of the same pull request that it still holds.

        It is on disk when this returns. Raises `Unavailable`.
        """
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
            "assessed_at": _written(record.assessed_at),
            "document": record.document,
            "policy_state": record.policy_state or None,
            "recheck_at": None if record.recheck_at is None else _written(record.recheck_at),
            "asks_people": record.asks_people,
        }
        try:
            with self._engine.begin() as connection:
                number = _still_holds(connection, row)
                if number is None:
                    connection.execute(insert(RECORDS), row)
                else:
                    seen = update(RECORDS).where(RECORDS.c.id == number)
                    connection.execute(seen.values(looked_at=row["assessed_at"]))
        except SQLAlchemyError as error:
            raise Unavailable("the record could not be stored") from error

    def history(self, ref: PullRequestRef, limit: int = 100) -> tuple[tuple[datetime, str, str], ...]:
        """Return the newest records of a pull request, newest first: time, head, document."""
        query = (
            select(RECORDS.c.assessed_at, RECORDS.c.head, RECORDS.c.document)
            .where(_of_pull_request(ref))
            .order_by(RECORDS.c.id.desc())
            .limit(limit)
        )
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(query).all()
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error
        return tuple((datetime.fromisoformat(at), head, document) for at, head, document in rows)

    def looks(self, repository_id: int) -> Mapping[int, LastLook]:
        """Return the newest record of each pull request of a repository; raises `Unavailable`."""
        newest = (
            select(func.max(RECORDS.c.id)).where(RECORDS.c.repository_id == repository_id).group_by(RECORDS.c.number)
        )
        columns = (RECORDS.c.number, *(RECORDS.c[name] for name in _LOOK_COLUMNS), _SEEN)
        return {row[0]: _look(row[1:]) for row in self._rows(select(*columns).where(RECORDS.c.id.in_(newest)))}

    def judged(self, installation: int) -> frozenset[int]:
        """Return the ids of the repositories of an installation that have records; raises `Unavailable`."""
        query = select(RECORDS.c.repository_id).where(RECORDS.c.installation == installation).distinct()
        return frozenset(row[0] for row in self._rows(query))

    def floor_seen(self, installation: int) -> bool:
        """Say whether a floor was ever present for an installation; raises `Unavailable`."""
        here = and_(RECORDS.c.installation == installation, RECORDS.c.floor_present)
        return bool(self._rows(select(RECORDS.c.id).where(here).limit(1)))

    def judged_since(self, ref: PullRequestRef, base_ref: str) -> datetime | None:
        """Return when a policy or floor was first seen to judge a branch; `None` for never. Raises `Unavailable`."""
        branch = and_(RECORDS.c.repository_id == ref.repository_id, RECORDS.c.base_ref == base_ref)
        causes = (and_(branch, RECORDS.c.policy_in_force), and_(_of_owner(ref), RECORDS.c.floor_present))
        first = (select(RECORDS.c.assessed_at).where(cause).order_by(RECORDS.c.id).limit(1) for cause in causes)
        found = [datetime.fromisoformat(row[0]) for query in first for row in self._rows(query)]
        return min(found, default=None)

    def said(self, repository_id: int, head: str) -> frozenset[CommitStatus]:
        """Return what each pull request's newest record for a commit says; raises `Unavailable`.

        Of older records nothing: a success that no longer holds must not pass for ours when somebody sets it again.
        """
        here = and_(RECORDS.c.repository_id == repository_id, RECORDS.c.head == head)
        newest = select(func.max(RECORDS.c.id)).where(here).group_by(RECORDS.c.number)
        query = select(RECORDS.c.statuses).where(RECORDS.c.id.in_(newest))
        return frozenset(status for row in self._rows(query) for status in _statuses(row[0]))

    def thin(self, before: datetime) -> int:
        """Thin some of the records that were last looked at before a time; return how many. Raises `Unavailable`."""
        return retention.thin(self._engine, _written(before))

    def forget_installation(self, installation: int) -> int:
        """Delete every record of an installation, of merges too; return how many. Raises `Unavailable`."""
        return retention.forget(self._engine, installation)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        try:
            with self._engine.connect() as connection:
                return connection.execute(query).all()
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error


def _of_owner(ref: PullRequestRef) -> ColumnElement[bool]:
    return RECORDS.c.installation == ref.installation


def _of_pull_request(ref: PullRequestRef) -> ColumnElement[bool]:
    return and_(RECORDS.c.repository_id == ref.repository_id, RECORDS.c.number == ref.number)


def _any(connection: Connection, condition: ColumnElement[bool]) -> bool:
    return connection.execute(select(RECORDS.c.id).where(condition).limit(1)).first() is not None


def _in_force_at(connection: Connection, branch: ColumnElement[bool]) -> datetime | None:
    """Return when a policy was last in force; all times are written alike, so that texts order as they do."""
    last = select(func.max(_SEEN)).where(branch, RECORDS.c.policy_in_force)
    found = connection.execute(last).scalar()
    return None if found is None else datetime.fromisoformat(found)


def _removals(connection: Connection, branch: ColumnElement[bool]) -> tuple[int, ...]:
    """Return the pull requests whose latest record says that they remove the policy and passed.

    The latest, not any: a later push may have been judged otherwise, and then its merge was not what had passed.
    """
    latest = select(func.max(RECORDS.c.id)).where(branch).group_by(RECORDS.c.number)
    query = (
        select(RECORDS.c.number)
        .where(RECORDS.c.id.in_(latest), RECORDS.c.removes_policy, RECORDS.c.succeeded)
        .order_by(RECORDS.c.number)
    )
    return tuple(connection.execute(query).scalars())


def _comment(connection: Connection, ref: PullRequestRef) -> int | None:
    """Return the comment that the newest record names, whatever its base branch: a pull request has one comment."""
    query = (
        select(RECORDS.c.comment_id)
        .where(_of_pull_request(ref), RECORDS.c.comment_id.is_not(None))
        .order_by(RECORDS.c.id.desc())
        .limit(1)
    )
    found = connection.execute(query).scalar()
    return None if found is None else int(found)


def _still_holds(connection: Connection, row: Mapping[str, Any]) -> int | None:
    """Return the newest record of the pull request where it says the same in everything but time."""
    here = and_(RECORDS.c.repository_id == row["repository_id"], RECORDS.c.number == row["number"])
    last = connection.execute(select(RECORDS).where(here).order_by(RECORDS.c.id.desc()).limit(1)).mappings().first()
    if last is None or any(last[name] != row[name] for name in row.keys() - {"assessed_at", "document"}):
        return None
    return int(last["id"]) if _timeless(last["document"]) == _timeless(row["document"]) else None


def _timeless(document: str) -> object:
    """Return a document without what is of its time alone; a text that is none stands for itself."""
    try:
        held: object = json.loads(document)
    except (ValueError, RecursionError):
        return document
    return {name: value for name, value in held.items() if name not in _OF_ITS_TIME} if isinstance(held, dict) else held


def _written(moment: datetime) -> str:
    """Write a time so that texts order as times do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _look(row: Sequence[Any]) -> LastLook:
    base_ref, base_tip, head, policy_state, recheck_at, asks_people, at = row
    return LastLook(
        base_ref=base_ref,
        base_tip=base_tip,
        head=head,
        at=datetime.fromisoformat(at),
        policy_state=policy_state or "",
        recheck_at=None if recheck_at is None else datetime.fromisoformat(recheck_at),
        # Of a record that does not say, it must be taken for one that does.
        asks_people=asks_people is not False,
    )


def _statuses(written: str) -> tuple[CommitStatus, ...]:
    return tuple(CommitStatus(context, StatusState(state), words) for context, state, words in json.loads(written))
