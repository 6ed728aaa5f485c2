"""The ledger's table: its columns, and how it is made or brought up to date."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    event,
    inspect,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.database import is_sqlite, open_engine, prepare_file
from app.core.errors import Unavailable

PATIENCE = 30.0
_METADATA = MetaData()
# SQLite numbers rows by itself only in a column of type INTEGER.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

RECORDS = Table(
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
    # Later than the rest: what older tables lack is added when they are prepared, empty for their rows.
    Column("policy_state", String(64)),
    Column("recheck_at", String(32)),
    Column("asks_people", Boolean),
    Index("assay_records_by_pull_request", "repository_id", "number", "id"),
    Index("assay_records_by_installation", "installation", "floor_present"),
)

MERGES = Table(
    "assay_merges",
    _METADATA,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("repository_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("installation", BigInteger, nullable=False),
    Column("sequence", Integer, nullable=False),
    # The signed envelope, byte for byte as the next record's digest of it counts.
    Column("envelope", Text, nullable=False),
    Column("copied", Boolean, nullable=False),
    # Two workers that write at once: the second finds its place taken, and writes the next.
    Index("assay_merges_by_place", "repository_id", "sequence", unique=True),
    Index("assay_merges_by_pull_request", "repository_id", "number", unique=True),
)
_LOCK = 0x61737361  # "assa": any number, as long as all of us take the same


def prepare_ledger(url: str) -> None:
    """Create the ledger's table, or add what an older one lacks; safe in several processes at once.

    Raises `Unavailable`.
    """
    prepare_file(url)
    engine = open_engine(url, patience=PATIENCE, size=1)
    if is_sqlite(url):
        # The driver begins a transaction only before changes of rows; creating a table must hold the lock too.
        event.listen(engine, "begin", _begin)
    try:
        with engine.begin() as connection:
            _lock(connection, engine)
            _METADATA.create_all(connection)
            _add_columns(connection)
    except SQLAlchemyError as error:
        raise Unavailable("the ledger's table could not be made") from error
    finally:
        engine.dispose()


def _add_columns(connection: Connection) -> None:
    present = {column["name"] for column in inspect(connection).get_columns(RECORDS.name)}
    for column in RECORDS.columns:
        if column.name not in present:
            kind = column.type.compile(connection.dialect)
            connection.execute(text(f"ALTER TABLE {RECORDS.name} ADD COLUMN {column.name} {kind}"))


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _lock(connection: Connection, engine: Engine) -> None:
    """Let one process at a time look for the table and make it; the lock ends with the transaction."""
    if engine.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
