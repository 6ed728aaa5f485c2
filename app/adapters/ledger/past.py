"""Records for a report on the past: read only, found by the commit that was judged or by the pull request's number."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Select, inspect, make_url, select
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from app.adapters.database import is_sqlite, open_engine
from app.adapters.ledger.tables import MERGES, PATIENCE, RECORDS
from app.core.errors import Unavailable
from app.core.history import Gap, KeptRecord

MOST = 500_000
"""Records of which is held what they are found by."""

_AT_A_TIME = 500


@dataclass(slots=True)
class _Index:
    """What records are found by. Neither is an index of the database: one look at all rows, not one a commit."""

    by_head: dict[str, list[KeptRecord]] = field(default_factory=dict)
    by_number: dict[int, list[KeptRecord]] = field(default_factory=dict)
    by_commit: dict[str, list[KeptRecord]] = field(default_factory=dict)
    merges: dict[int, int] = field(default_factory=dict)

    def add(self, record: KeptRecord) -> None:
        self.by_head.setdefault(record.head, []).append(record)
        self.by_number.setdefault(record.number, []).append(record)
        if record.merged_as:
            self.by_commit.setdefault(record.merged_as, []).append(record)


class PastRecords:
    """Reads the ledger of a database that the app writes. Nothing is created or brought up to date."""

    def __init__(self, url: str) -> None:
        """Open the database; raises `Unavailable` (permanent) when there is no ledger at this URL."""
        try:
            engine = open_engine(_read_only(url), patience=PATIENCE, size=1)
            self._engine = engine.execution_options(postgresql_readonly=True)
            tables = inspect(self._engine).get_table_names()
        except (ArgumentError, SQLAlchemyError, ImportError):
            # What the library says may hold the URL, and that a password.
            sentence = "the ledger cannot be opened: name the database URL of the app"
            raise Unavailable(sentence, permanent=True) from None
        if RECORDS.name not in tables:
            self.close()
            raise Unavailable("there is no ledger in this database", permanent=True)
        self._has_merges = MERGES.name in tables
        self._index: _Index | None = None
        self._cut = False

    def of_commit(self, commit: str) -> Sequence[KeptRecord]:
        """Return the records that were merged as a commit, by the record of the merge; raises `Unavailable`."""
        return self._known().by_commit.get(commit, ())

    def of_head(self, head: str) -> Sequence[KeptRecord]:
        """Return the records of a commit that was judged; raises `Unavailable`."""
        return self._known().by_head.get(head, ())

    def of_number(self, number: int) -> Sequence[KeptRecord]:
        """Return the records of pull requests with a number, of every repository; raises `Unavailable`."""
        return self._known().by_number.get(number, ())

    def document(self, record: KeptRecord) -> str:
        """Return the assessment as it was kept, with the approvals that stood at its merge; raises `Unavailable`."""
        found = list(self._rows(select(RECORDS.c.document).where(RECORDS.c.id == record.key)))
        if not found:
            raise Unavailable("the record is gone")
        text, merge = str(found[0][0]), self._known().merges.get(record.key)
        envelopes = () if merge is None else self._rows(select(MERGES.c.envelope).where(MERGES.c.id == merge))
        for (envelope,) in envelopes:
            text = _with_approvals(text, envelope)
        return text

    def gaps(self) -> tuple[Gap, ...]:
        """Say, once records were asked for, that there are more than are looked at."""
        sentence = f"the ledger holds more than {MOST:,} records: the older ones were not looked at"
        return (Gap("", "", sentence),) if self._cut else ()

    def close(self) -> None:
        """Let go of the connection."""
        self._engine.dispose()

    def _known(self) -> _Index:
        if self._index is None:
            merged = self._merged()
            self._index = _Index()
            columns = (RECORDS.c[name] for name in ("id", "repository_id", "owner", "name", "number", "head"))
            query = select(*columns, RECORDS.c.assessed_at).order_by(RECORDS.c.id.desc()).limit(MOST + 1)
            for place, row in enumerate(self._rows(query)):
                if place == MOST:
                    self._cut = True
                    continue
                key, repository, owner, name, number, head, at = row
                merge, commit = merged.get((repository, head), (0, ""))
                if merge:
                    self._index.merges[key] = merge
                self._index.add(KeptRecord(key, f"{owner}/{name}", number, head, datetime.fromisoformat(at), commit))
        return self._index

    def _merged(self) -> dict[tuple[int, str], tuple[int, str]]:
        """Return each record of a merge, and its commit, by repository and the head that was merged."""
        if not self._has_merges:
            return {}
        columns = (MERGES.c[name] for name in ("id", "repository_id", "envelope"))
        rows = self._rows(select(*columns).order_by(MERGES.c.id.desc()).limit(MOST))
        named = ((key, repository, _merge(envelope)) for key, repository, envelope in rows)
        return {(repository, merge[0]): (key, merge[1]) for key, repository, merge in named if merge is not None}

    def _rows(self, query: Select[Any]) -> Iterator[tuple[Any, ...]]:
        try:
            with self._engine.connect() as connection:
                for row in connection.execution_options(yield_per=_AT_A_TIME).execute(query):
                    yield tuple(row)
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error


def _read_only(url: str) -> str:
    """Return the URL by which a database can only be read; an SQLite file that is not there is not made."""
    if not is_sqlite(url):
        return url
    file = Path(make_url(url).database or "")
    if not file.is_file():
        raise Unavailable("there is no such database file", permanent=True)
    return f"sqlite:///file:{file.absolute()}?mode=ro&uri=true"


def _merge(envelope: str) -> tuple[str, str] | None:
    """Return head and commit that the record of a merge names; `None` for what cannot be read."""
    try:
        statement = _statement(envelope)
        head, commit = statement["predicate"]["pullRequest"]["head"], statement["subject"][0]["digest"]["gitCommit"]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None
    return (head, commit) if isinstance(head, str) and isinstance(commit, str) else None


def _with_approvals(document: str, envelope: str) -> str:
    """Add the approvals that the record of a merge holds to an assessment; as it is, where one cannot be read."""
    try:
        approvals = _statement(envelope)["predicate"]["approvals"]
        return json.dumps({**json.loads(document), "approvals": approvals})
    except (ValueError, KeyError, TypeError, RecursionError):
        # An older record has none.
        return document


def _statement(envelope: str) -> Any:  # noqa: ANN401 - JSON; every caller takes what it cannot use for unreadable
    return json.loads(base64.b64decode(json.loads(envelope)["payload"], validate=True))
