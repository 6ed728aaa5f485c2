"""Merge records in the database: one chain a repository, rows are added and never changed.

A row may be marked as copied to where the operator wants the records besides; nothing else of it ever changes.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, func, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from app.adapters.database import open_engine
from app.adapters.ledger.tables import MERGES, PATIENCE
from app.core.errors import Unavailable
from app.core.merge_record import Entry, Link
from app.core.pull_request import PullRequestRef

_COLUMNS = (MERGES.c.repository_id, MERGES.c.number, MERGES.c.sequence, MERGES.c.envelope)
_AT_A_TIME = 100


class DatabaseChain:
    """The chains of all repositories; share one object a process. Every method raises `Unavailable`."""

    def __init__(self, url: str) -> None:
        """Remember the database; `prepare_ledger` must have run."""
        self._engine = open_engine(url, patience=PATIENCE, size=4)

    def next_link(self, ref: PullRequestRef) -> Link | None:
        """Return where the record of a pull request belongs; `None` when it has one already."""
        here = MERGES.c.repository_id == ref.repository_id
        last = select(*_COLUMNS).where(here).order_by(MERGES.c.sequence.desc()).limit(1)
        try:
            with self._engine.connect() as connection:
                if connection.execute(select(MERGES.c.id).where(here, MERGES.c.number == ref.number)).first():
                    return None
                row = connection.execute(last).first()
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error
        if row is None:
            return Link(1)
        entry = _entry(*row)
        return Link(entry.sequence + 1, entry.digest)

    def append(self, ref: PullRequestRef, link: Link, envelope: bytes) -> bool:
        """Add a record at its place; false when another one took it meanwhile."""
        row = {
            "repository_id": ref.repository_id,
            "number": ref.number,
            "installation": ref.installation,
            "sequence": link.sequence,
            "envelope": envelope.decode(),
            "copied": False,
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(MERGES), row)
        except IntegrityError:
            return False
        except SQLAlchemyError as error:
            raise Unavailable("the merge record could not be stored") from error
        return True

    def uncopied(self, repository_id: int) -> tuple[Entry, ...]:
        """Return the oldest records of a repository that were not copied yet, in their order, at most a hundred."""
        query = (
            select(*_COLUMNS)
            .where(MERGES.c.repository_id == repository_id, MERGES.c.copied.is_(False))
            .order_by(MERGES.c.sequence)
            .limit(_AT_A_TIME)
        )
        try:
            with self._engine.connect() as connection:
                return tuple(_entry(*row) for row in connection.execute(query))
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error

    def copied(self, entry: Entry) -> None:
        """Mark a record as copied."""
        place = and_(_repository(entry), MERGES.c.sequence == entry.sequence)
        try:
            with self._engine.begin() as connection:
                connection.execute(update(MERGES).where(place).values(copied=True))
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error

    def before(self, entry: Entry) -> Entry | None:
        """Return the record before another; `None` for the first, and where that was deleted."""
        return self._at(entry.repository_id, entry.sequence - 1)

    def holds(self, repository_id: int, sequence: int, digest: str) -> bool:
        """Say whether the record of this number is the one with this digest."""
        found = self._at(repository_id, sequence)
        return found is not None and found.digest == digest

    def _at(self, repository_id: int, sequence: int) -> Entry | None:
        query = select(*_COLUMNS).where(MERGES.c.repository_id == repository_id, MERGES.c.sequence == sequence)
        try:
            with self._engine.connect() as connection:
                row = connection.execute(query).first()
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error
        return None if row is None else _entry(*row)

    def copy_again(self, entry: Entry) -> None:
        """Mark the records before another as not copied: the copy lost them, or is a new one."""
        earlier = and_(_repository(entry), MERGES.c.sequence < entry.sequence)
        try:
            with self._engine.begin() as connection:
                connection.execute(update(MERGES).where(earlier).values(copied=False))
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error

    def uncopied_count(self) -> int:
        """Return how many records of all repositories were not copied yet."""
        query = select(func.count()).select_from(MERGES).where(MERGES.c.copied.is_(False))
        try:
            with self._engine.connect() as connection:
                return int(connection.execute(query).scalar_one())
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error

    def all(self) -> Iterator[Entry]:
        """Return every record, repository by repository in their order; a hundred are held at a time."""
        place = (0, 0)
        while True:
            rows = self._after(place)
            yield from rows
            if len(rows) < _AT_A_TIME:
                return
            place = (rows[-1].repository_id, rows[-1].sequence)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _after(self, place: tuple[int, int]) -> tuple[Entry, ...]:
        repository, sequence = place
        later = (MERGES.c.repository_id > repository) | and_(
            MERGES.c.repository_id == repository, MERGES.c.sequence > sequence
        )
        query = select(*_COLUMNS).where(later).order_by(MERGES.c.repository_id, MERGES.c.sequence).limit(_AT_A_TIME)
        try:
            with self._engine.connect() as connection:
                return tuple(_entry(*row) for row in connection.execute(query))
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error


def _repository(entry: Entry) -> ColumnElement[bool]:
    return MERGES.c.repository_id == entry.repository_id


def _entry(repository_id: int, number: int, sequence: int, envelope: str) -> Entry:
    return Entry(repository_id, number, sequence, envelope.encode())
