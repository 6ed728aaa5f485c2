"""Every verdict as it was recorded, to be read in order: the audit log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.database import open_engine
from app.adapters.ledger.tables import PATIENCE, RECORDS
from app.core.errors import Unavailable

_AT_A_TIME: Final = 50
_COLUMNS: Final = ("id", "repository_id", "owner", "name", "number", "installation", "base_ref", "base_tip", "head")
_REST: Final = ("assessed_at", "statuses", "document")


class VerdictLog:
    """Reads the records in the order in which they were written; some are held at a time."""

    def __init__(self, url: str) -> None:
        """Remember the database; `prepare_ledger` must have run."""
        self._engine = open_engine(url, patience=PATIENCE, size=1)

    def all(self) -> Iterator[Mapping[str, object]]:
        """Yield each record as JSON values; raises `Unavailable`."""
        last = 0
        while rows := self._after(last):
            yield from map(_record, rows)
            last = rows[-1].id

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _after(self, last: int) -> list[Row[Any]]:
        columns = (RECORDS.c[name] for name in (*_COLUMNS, *_REST))
        query = select(*columns).where(RECORDS.c.id > last).order_by(RECORDS.c.id).limit(_AT_A_TIME)
        try:
            with self._engine.connect() as connection:
                return list(connection.execute(query))
        except SQLAlchemyError as error:
            raise Unavailable("the ledger does not answer") from error


def _record(row: Row[Any]) -> Mapping[str, object]:
    return {
        "schema": "assay.verdict/v1",
        "sequence": row.id,
        "repository": {"id": row.repository_id, "owner": row.owner, "name": row.name},
        "pull_request": row.number,
        "installation": row.installation,
        "base_ref": row.base_ref,
        "base": row.base_tip,
        "head": row.head,
        "assessed_at": row.assessed_at,
        "statuses": [
            {"context": context, "state": state, "description": description}
            for context, state, description in json.loads(row.statuses)
        ],
        # Empty once it was thinned out; what it said is then no more than the statuses.
        "assessment": json.loads(row.document) if row.document else None,
    }
