"""The ledger's tables. Only ever add to them: `app/adapters/database/forward.py` says how."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text

from app.adapters.database import bring_forward

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
    # When a look last found everything as this record says; empty where none did after the first.
    Column("looked_at", String(32)),
    Index("assay_records_by_pull_request", "repository_id", "number", "id"),
    Index("assay_records_by_installation", "installation", "floor_present"),
    Index("assay_records_by_age", "assessed_at"),
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


def prepare_ledger(url: str) -> None:
    """Create the ledger's tables, or add what older ones lack; raises `Unavailable` as `bring_forward` does."""
    bring_forward(url, _METADATA)
