"""What pages show of the records: read only, bounded, found by numeric ids."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.database import open_engine
from app.adapters.ledger.tables import RECORDS
from app.core.errors import Unavailable
from app.core.pull_request import CommitStatus, StatusState
from app.core.sweep import RepositoryRef

PULL_REQUESTS: Final = 100
"""Pull requests on a repository's page, those judged last."""

LOOKS: Final = 150
"""Records whose documents a repository's page looks into for its plots."""

_PATIENCE: Final = 5.0
_BEGINNING: Final = 1000
# Documents are indented, and no text in them holds a line's end as it is: what stands so far in is a key of the whole.
_WORDS: Final = re.compile(r'^  "(verdict|effective)": "([A-Z]{1,20})",$', re.MULTILINE)
_START: Final = '{\n  "schema": "assay.check/v1",\n'
# All times are written alike, so that texts order as they do.
_SEEN: Final = func.coalesce(RECORDS.c.looked_at, RECORDS.c.assessed_at)
_COLUMNS: Final = (
    RECORDS.c.id,
    RECORDS.c.number,
    RECORDS.c.head,
    RECORDS.c.base_ref,
    RECORDS.c.assessed_at,
    RECORDS.c.statuses,
    RECORDS.c.looked_at,
    func.length(RECORDS.c.document),
    func.substr(RECORDS.c.document, 1, _BEGINNING),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """One record without its document: `size` is that of the document in characters, `verdict` its word.

    `verdict` is empty where the document does not begin as one of this version does. `number` 0 is a merge group.
    `looked_at` is when a later look last found the same, `None` where none did. Of an old record the document may have
    been deleted; its `size` is 0 then.
    """

    id: int
    number: int
    head: str
    base_ref: str
    assessed_at: datetime
    statuses: tuple[CommitStatus, ...]
    size: int
    verdict: str
    effective: str
    looked_at: datetime | None = None


class LedgerPages:
    """Reads records for pages. Connects on first use; share one object a process."""

    def __init__(self, url: str) -> None:
        """Remember the database; `prepare_ledger` must have run."""
        self._engine = open_engine(url, patience=_PATIENCE, size=5)

    def repository(self, repository_id: int) -> RepositoryRef | None:
        """Return a repository as it was called when last judged, `None` for one never judged; raises `Unavailable`."""
        query = (
            select(RECORDS.c.installation, RECORDS.c.owner, RECORDS.c.name)
            .where(RECORDS.c.repository_id == repository_id)
            .order_by(RECORDS.c.id.desc())
            .limit(1)
        )
        found = self._rows(query)
        return None if not found else RepositoryRef(found[0][0], repository_id, found[0][1], found[0][2])

    def record(self, repository_id: int, number: int, head: str | None) -> Kept | None:
        """Return the newest record of a pull request, at one head where one is given; raises `Unavailable`."""
        query = select(*_COLUMNS).where(RECORDS.c.repository_id == repository_id, RECORDS.c.number == number)
        if head is not None:
            query = query.where(RECORDS.c.head == head)
        found = self._rows(query.order_by(RECORDS.c.id.desc()).limit(1))
        return _kept(found[0]) if found else None

    def newest(self, repository_id: int) -> tuple[Kept, ...]:
        """Return the newest record of each pull request, judged last first; raises `Unavailable`."""
        latest = (
            select(func.max(RECORDS.c.id))
            .where(RECORDS.c.repository_id == repository_id, RECORDS.c.number > 0)
            .group_by(RECORDS.c.number)
        )
        query = select(*_COLUMNS).where(RECORDS.c.id.in_(latest)).order_by(_SEEN.desc(), RECORDS.c.id.desc())
        return tuple(_kept(row) for row in self._rows(query.limit(PULL_REQUESTS)))

    def documents(self, ids: Iterable[int], largest: int) -> tuple[tuple[int, str], ...]:
        """Return documents of at most `largest` characters by their record's id; raises `Unavailable`."""
        wanted = sorted(set(ids))
        query = select(RECORDS.c.id, RECORDS.c.document).where(
            RECORDS.c.id.in_(wanted), func.length(RECORDS.c.document) <= largest
        )
        return tuple((row[0], row[1]) for row in self._rows(query)) if wanted else ()

    def piece(self, record: int, start: int, size: int) -> str:
        """Return `size` characters of a document from `start` (0 is the first), empty beyond its end.

        Raises `Unavailable`.
        """
        query = select(func.substr(RECORDS.c.document, start + 1, size)).where(RECORDS.c.id == record)
        found = self._rows(query)
        return found[0][0] or "" if found else ""

    def last_document(self, largest: int) -> tuple[datetime, str] | None:
        """Return the newest document of all, with its time; raises `Unavailable`."""
        query = (
            select(RECORDS.c.assessed_at, RECORDS.c.document)
            .where(func.length(RECORDS.c.document) <= largest)
            .order_by(RECORDS.c.id.desc())
            .limit(1)
        )
        found = self._rows(query)
        return (datetime.fromisoformat(found[0][0]), found[0][1]) if found else None

    def version(self) -> str:
        """Name the database and its version; raises `Unavailable`."""
        try:
            with self._engine.connect() as connection:
                info = connection.dialect.server_version_info or ()
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error
        name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(
            self._engine.dialect.name, self._engine.dialect.name
        )
        return f"{name} {'.'.join(str(part) for part in info)}".strip()

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _rows(self, query: Select[Any]) -> Sequence[Sequence[Any]]:
        try:
            with self._engine.connect() as connection:
                return connection.execute(query).all()
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error


def _kept(row: Sequence[Any]) -> Kept:
    number, pull, head, base_ref, at, statuses, looked_at, size, beginning = row
    words = dict(_WORDS.findall(beginning)) if beginning.startswith(_START) else {}
    return Kept(
        id=number,
        number=pull,
        head=head,
        base_ref=base_ref,
        assessed_at=datetime.fromisoformat(at),
        statuses=tuple(
            CommitStatus(context, StatusState(state), said) for context, state, said in json.loads(statuses)
        ),
        size=size,
        verdict=words.get("verdict", ""),
        effective=words.get("effective", ""),
        looked_at=None if looked_at is None else datetime.fromisoformat(looked_at),
    )
