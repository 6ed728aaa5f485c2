"""Tables brought forward: what an older version did not know is added, and nothing else is ever done to them.

To change a table, add to its declaration: a column (empty for old rows, so nullable or with a `server_default`), an
index, a table. Then write the shape anew (`tests/adapters/test_schema_version.py` says how) and, once a release, raise
`VERSION`. Nothing is renamed, removed or given another meaning: what changes its meaning gets a new column. So a
process of the version before goes on beside those of the new one while they are exchanged, and there is no order of
steps to get wrong (docs/decisions/0011).
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    event,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateColumn

from app.adapters.database.opening import is_sqlite, open_engine, prepare_file
from app.core.errors import Unavailable

VERSION = 1
"""Of all tables together. Raise it by one in a release that adds to any; a program refuses what a later one wrote."""

_PATIENCE = 60.0
_LOCK = 0x61737361  # "assa": any number, as long as all of us take the same
_SCHEMA = MetaData()
_VERSIONS = Table("assay_schema", _SCHEMA, Column("version", Integer, nullable=False))


def bring_forward(url: str, tables: MetaData) -> None:
    """Create these tables, or add what older ones lack: whole or not at all, and safe in several processes at once.

    Raises `Unavailable`, a permanent one when a newer version of this program wrote to the database.
    """
    prepare_file(url)
    engine = open_engine(url, patience=_PATIENCE, size=1)
    if is_sqlite(url):
        # The driver begins a transaction only before changes of rows; creating a table must hold the lock too.
        event.listen(engine, "begin", _begin)
    try:
        with engine.begin() as connection:
            _lock(connection, engine)
            _raise_version(connection)
            tables.create_all(connection)
            for table in tables.sorted_tables:
                _add(connection, table)
    except SQLAlchemyError as error:
        raise Unavailable("the database does not answer, or its tables could not be made") from error
    finally:
        engine.dispose()


def _raise_version(connection: Connection) -> None:
    """Write our version over an older one. Refuse a newer one: we would leave out what it needs of each row."""
    _SCHEMA.create_all(connection)
    found = connection.execute(select(_VERSIONS.c.version)).scalar()
    if found is None:
        connection.execute(insert(_VERSIONS).values(version=VERSION))
    elif found < VERSION:
        connection.execute(update(_VERSIONS).values(version=VERSION))
    elif found > VERSION:
        raise Unavailable(_too_new(found), permanent=True)


def newer_version(engine: Engine) -> str:
    """Say that a newer version of this program wrote to the database; empty when none did. Nothing is changed.

    Raises `Unavailable`.
    """
    try:
        with engine.connect() as connection:
            there = inspect(connection).has_table(_VERSIONS.name)
            found = connection.execute(select(_VERSIONS.c.version)).scalar() if there else None
    except SQLAlchemyError as error:
        raise Unavailable("the database does not answer") from error
    return _too_new(found) if found is not None and found > VERSION else ""


def _too_new(found: int) -> str:
    return (
        f"A newer version of Assay wrote to this database (its tables are of version {found}, this program knows"
        f" {VERSION}): start that version again, or put back the backup from before the update."
    )


def _add(connection: Connection, table: Table) -> None:
    present = {column["name"] for column in inspect(connection).get_columns(table.name)}
    for column in table.columns:
        if column.name not in present:
            declared = str(CreateColumn(column).compile(dialect=connection.dialect)).replace(":", "\\:")
            connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {declared}"))
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        index.create(connection, checkfirst=True)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _lock(connection: Connection, engine: Engine) -> None:
    """Let one process at a time look for tables and make them; the lock ends with the transaction."""
    if engine.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
