"""Writes to GitHub in their turn: what each call takes from the budget of its installation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from githubkit.auth import BaseAuthStrategy

from app.adapters.github.operations import COMMENT, EDIT, REACT, STATUS, Call
from app.adapters.github.shapes import words
from app.core.write_budget import Share


class Budget(Protocol):
    """What the installations may write, shared by all workers."""

    def book(self, installation: int, share: Share) -> float:
        """Book a write; return the seconds to wait before it is sent, or raise `NotYet`."""
        ...

    def pause(self, installation: int, seconds: float) -> None:
        """Let nobody ask GitHub anything for so long."""
        ...

    def check(self, installation: int) -> None:
        """Raise `NotYet` while paused."""
        ...


class InstallationAuth(BaseAuthStrategy):
    """A credential of one installation, whose budget its calls use."""

    installation: int


@dataclass(frozen=True, slots=True)
class Pace:
    """The budget of one installation."""

    budget: Budget
    installation: int
    sleep: Callable[[float], None]

    def before(self, call: Call) -> None:
        """Return when a call may be sent; raises `NotYet` when that would take too long."""
        share = share_of(call)
        if share is None:
            self.budget.check(self.installation)
            return
        seconds = self.budget.book(self.installation, share)
        if seconds > 0:
            self.sleep(seconds)

    def refused(self, seconds: float | None) -> None:
        """Pause the whole installation when GitHub said for how long."""
        if seconds is not None:
            self.budget.pause(self.installation, seconds)


def share_of(call: Call) -> Share | None:
    """Say which share a call takes its place from; `None` for a read."""
    operation = call.operation
    if operation == STATUS:
        # A `pending` takes a success back, which is what is urgent about a failure, too.
        return Share.STATUS if words(call.body, "state") == "success" else Share.BAD_NEWS
    if operation in (COMMENT, EDIT):
        return Share.COMMENT
    if operation == REACT:
        return Share.REST  # the one mutation of GraphQL
    if operation.copies:
        return Share.COPY
    is_read = operation.method == "GET" or operation.repeatable
    return None if is_read else Share.REST
