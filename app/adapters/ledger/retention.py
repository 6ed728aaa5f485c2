"""What becomes of old records: thinned in small batches, or deleted with the installation that they are of.

Of each pull request and base branch the newest record is always kept whole. An older one is deleted once it is old
enough; but the last word that a policy or a floor was in force, or which comment is ours, stays without its document.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, delete, exists, func, not_, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.ledger.tables import MERGES, RECORDS
from app.core.errors import Unavailable

BATCH: Final = 200
"""Records of one transaction: whoever judges meanwhile waits for it."""

MAX_BATCHES: Final = 50
_LATER = RECORDS.alias("later")
_FOLLOWING = MERGES.alias("following")


def thin(engine: Engine, before: str) -> int:
    """Thin records that were last looked at before a time, written as records write it; return how many.

    At most so many that it ends soon: the next time goes on. Raises `Unavailable`.
    """
    count = 0
    for _ in range(MAX_BATCHES):
        thinned = _in_transaction(engine, lambda connection: _thin(connection, before))
        count += thinned
        if thinned < BATCH:
            break
    return count


def forget(engine: Engine, installation: int) -> int:
    """Delete every record of an installation; return how many. Raises `Unavailable`.

    The record of a merge stays where its chain goes on under another installation, to which the repository went: what
    is deleted from the middle of a chain is a gap in it for ever.
    """
    goes_on = exists(
        select(_FOLLOWING.c.id)
        .where(_FOLLOWING.c.repository_id == MERGES.c.repository_id, _FOLLOWING.c.sequence > MERGES.c.sequence)
        .where(_FOLLOWING.c.installation != installation)
        .correlate(MERGES)
    )
    return _forget(engine, RECORDS, RECORDS.c.installation == installation) + _forget(
        engine, MERGES, and_(MERGES.c.installation == installation, not_(goes_on))
    )


def _thin(connection: Connection, before: str) -> int:
    seen = func.coalesce(RECORDS.c.looked_at, RECORDS.c.assessed_at)
    old = and_(RECORDS.c.assessed_at < before, seen < before, RECORDS.c.document != "", _has_later(_of_pull_request()))
    query = select(RECORDS.c.id, _is_last_word()).where(old).order_by(RECORDS.c.assessed_at).limit(BATCH)
    rows = connection.execute(query).all()
    kept = [number for number, last_word in rows if last_word]
    gone = [number for number, last_word in rows if not last_word]
    if kept:
        connection.execute(update(RECORDS).where(RECORDS.c.id.in_(kept)).values(document=""))
    if gone:
        connection.execute(delete(RECORDS).where(RECORDS.c.id.in_(gone)))
    return len(rows)


def _is_last_word() -> ColumnElement[bool]:
    """Say of a record whether it tells something that no later one does."""
    branch = and_(_LATER.c.repository_id == RECORDS.c.repository_id, _LATER.c.base_ref == RECORDS.c.base_ref)
    owner = _LATER.c.installation == RECORDS.c.installation
    thread = and_(_LATER.c.repository_id == RECORDS.c.repository_id, _LATER.c.number == RECORDS.c.number)
    return or_(
        and_(RECORDS.c.policy_in_force, not_(_has_later(branch, _LATER.c.policy_in_force))),
        and_(RECORDS.c.floor_present, not_(_has_later(owner, _LATER.c.floor_present))),
        and_(RECORDS.c.comment_id.is_not(None), not_(_has_later(thread, _LATER.c.comment_id.is_not(None)))),
    )


def _of_pull_request() -> ColumnElement[bool]:
    return and_(
        _LATER.c.repository_id == RECORDS.c.repository_id,
        _LATER.c.number == RECORDS.c.number,
        _LATER.c.base_ref == RECORDS.c.base_ref,
    )


def _has_later(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(select(_LATER.c.id).where(_LATER.c.id > RECORDS.c.id, *conditions).correlate(RECORDS))


def _forget(engine: Engine, table: Table, condition: ColumnElement[bool]) -> int:
    count = 0
    while True:
        deleted = _in_transaction(engine, lambda connection: _delete_some(connection, table, condition))
        count += deleted
        if deleted < BATCH:
            return count


def _delete_some(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    # The newest first: who is interrupted leaves the beginning of a chain, not a hole in it.
    here = select(table.c.id).where(condition).order_by(table.c.id.desc()).limit(BATCH)
    found = list(connection.execute(here).scalars())
    if found:
        connection.execute(delete(table).where(table.c.id.in_(found)))
    return len(found)


def _in_transaction(engine: Engine, act: Callable[[Connection], int]) -> int:
    try:
        with engine.begin() as connection:
            return act(connection)
    except SQLAlchemyError as error:
        raise Unavailable("the ledger does not answer") from error
