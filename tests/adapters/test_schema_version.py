"""Who changes a table says so: the shape of all tables is written down for each version of them.

    python tests/adapters/test_schema_version.py    writes the shape of the version that VERSION names

Where that version was released already, raise VERSION in app/adapters/database/forward.py first.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy.dialects import postgresql  # noqa: E402  run as a script
from sqlalchemy.schema import CreateIndex, CreateTable  # noqa: E402

from app.adapters.database import VERSION  # noqa: E402
from app.adapters.ledger.tables import RECORDS  # noqa: E402
from app.adapters.pacing.shared import BUDGETS  # noqa: E402

SHAPES = ROOT / "tests" / "data" / "tables"
DECLARED = (RECORDS.metadata, BUDGETS.metadata)


def written() -> str:
    """Write every table down as PostgreSQL makes it."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # sqlalchemy's
    parts = []
    for table in sorted((table for one in DECLARED for table in one.tables.values()), key=lambda table: table.name):
        parts.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        parts += sorted(str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes)
    return "\n".join(line.rstrip() for line in "\n".join(parts).splitlines()) + "\n"


def test_the_tables_are_those_of_their_version() -> None:
    assert written() == (SHAPES / f"{VERSION}.sql").read_text(encoding="utf-8"), __doc__


def test_no_version_is_left_out() -> None:
    assert sorted(int(file.stem) for file in SHAPES.iterdir()) == list(range(1, VERSION + 1))


if __name__ == "__main__":
    SHAPES.mkdir(exist_ok=True)
    (SHAPES / f"{VERSION}.sql").write_text(written(), encoding="utf-8")
