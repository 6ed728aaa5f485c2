"""The budget of each installation as one row of the database, so that all workers on all machines share it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from sqlalchemy import BigInteger, Column, Connection, Float, MetaData, Table, Text, text
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.database import bring_forward, open_engine
from app.core.errors import NotYet, Unavailable
from app.core.write_budget import GITHUB, Decision, Limits, Share, Spent, admit, book, left, read, write

_PATIENCE = 5.0
_CONNECTIONS = 8
_MAX_REMEMBERED = 10_000
_METADATA = MetaData()

BUDGETS = Table(
    "assay_write_budgets",
    _METADATA,
    Column("installation", BigInteger, primary_key=True, autoincrement=False),
    Column("written", Text, nullable=False),
    Column("paused", Float(53), nullable=False),
    Column("turn", Float(53), nullable=False),
    Column("began", Float(53), nullable=False, server_default="0"),
)
# Changing the row locks it on PostgreSQL, and the database on SQLite; both then show what the last holder left.
_LOCK = text(
    "INSERT INTO assay_write_budgets (installation, written, paused, turn) VALUES (:installation, '', 0, 0)"
    " ON CONFLICT (installation) DO UPDATE SET turn = assay_write_budgets.turn RETURNING written, paused, turn, began"
)
_KEEP = text(
    "UPDATE assay_write_budgets SET written = :written, paused = :paused, turn = :turn, began = :began"
    " WHERE installation = :installation"
)

LATER = "Writes to GitHub are spread over time; this one's turn comes."
PAUSED = "GitHub asked the App to wait."


def prepare_budget(url: str) -> None:
    """Create the table where it is not there; raises `Unavailable` as `bring_forward` does."""
    bring_forward(url, _METADATA)


class WriteBudget:
    """Books writes for installations. Connects on first use; share one object a process.

    `clock` gives seconds since 1970. `limits` of `None` paces nothing: only GitHub's own refusals pause then.
    `seen` is told, at each write, of which installation which part of the tighter limit is left.
    """

    def __init__(
        self,
        url: str,
        limits: Limits | None = GITHUB,
        clock: Callable[[], float] = time.time,
        seen: Callable[[int, float], None] = lambda _installation, _left: None,
    ) -> None:
        """Remember the database; `prepare_budget` must have run."""
        self._engine = open_engine(url, patience=_PATIENCE, size=_CONNECTIONS)
        self._limits = limits
        self._clock = clock
        self._seen = seen
        self._paused: dict[int, float] = {}
        self._lock = threading.Lock()

    def book(self, installation: int, share: Share) -> float:
        """Book a write and return for how many seconds to wait before it is sent.

        Raises `NotYet` when it would be too long to wait in place, `Unavailable` when the database does not answer;
        then bad news alone goes on: nothing is worse than a success that stands.
        """
        self.check(installation)
        try:
            decision = self._change(installation, lambda spent, now: book(spent, share, self._limits, now))
        except Unavailable:
            if share is Share.BAD_NEWS:
                return 0.0
            raise
        if self._limits is not None:
            self._seen(installation, left(decision.spent, self._limits, self._clock()))
        if decision.granted:
            return decision.wait
        raise NotYet(LATER, retry_after=decision.wait)

    def admit(self, installation: int, *, promised: float | None) -> None:
        """Return when a look may begin; `promised` is the turn that its pull request has, `None` without one.

        Raises `NotYet` with its turn when it may not begin, `Unavailable` as `book` does.
        """
        decision = self._change(installation, lambda spent, now: admit(spent, self._limits, now, promised=promised))
        if not decision.granted:
            raise NotYet(LATER, retry_after=decision.wait)

    def pause(self, installation: int, seconds: float) -> None:
        """Let nobody ask GitHub anything for this installation for so long; never raises."""
        until = self._clock() + seconds
        with self._lock:
            if len(self._paused) > _MAX_REMEMBERED:
                self._paused.clear()
            self._paused[installation] = max(until, self._paused.get(installation, 0.0))
        try:
            self._change(installation, lambda spent, _now: Decision(spent.paused_until(until), 0.0, granted=True))
        except Unavailable:
            return  # this process knows; the others will be told by GitHub as well

    def check(self, installation: int) -> None:
        """Raise `NotYet` while this process knows of a pause; asks no database, so that it can stand before reads."""
        with self._lock:
            until = self._paused.get(installation, 0.0)
        wait = until - self._clock()
        if wait > 0:
            raise NotYet(PAUSED, retry_after=wait)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _change(self, installation: int, decide: Callable[[Spent, float], Decision]) -> Decision:
        try:
            with self._engine.begin() as connection:
                spent = _locked(connection, installation)
                decision = decide(spent, self._clock())
                if decision.spent != spent:
                    after = decision.spent
                    values = {"written": write(after), "paused": after.paused, "turn": after.turn, "began": after.began}
                    connection.execute(_KEEP, {"installation": installation, **values})
        except SQLAlchemyError as error:
            raise Unavailable("the database does not say what may be written to GitHub now") from error
        return decision


def _locked(connection: Connection, installation: int) -> Spent:
    written, paused, turn, began = connection.execute(_LOCK, {"installation": installation}).one()
    return Spent(read(written), paused, turn, began)
