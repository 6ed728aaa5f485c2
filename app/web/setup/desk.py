"""Who may set up: whoever has the code that this start wrote to its log. One desk a process, in memory only.

A code opens the desk for one browser; giving it again moves the desk to another browser, with what was begun. GitHub's
answer comes back to the desk by a state that works once.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final

from app.bootstrap.setting_up import NewApp
from app.core.errors import Error
from app.web.setup.plan import Plan

TRIES: Final = 5
WINDOW: Final = 60.0
_BYTES: Final = 32


class Wait(Error):
    """The code was tried too often; nobody may try for some seconds."""

    def __init__(self, seconds: float) -> None:
        """Keep for how long."""
        super().__init__("The code was tried too often.")
        self.seconds = seconds


@dataclass(slots=True)
class Begun:
    """What was begun at the desk: the plan, the state that GitHub must bring back, its code, and the App it made."""

    plan: Plan | None = None
    state: str | None = None
    code: str | None = None
    app: NewApp | None = None


@dataclass(slots=True)
class Desk:
    """The desk of one start; safe under threads. `code` is the setup code, `now` a clock that never goes back."""

    code: str
    now: Callable[[], float] = time.monotonic
    begun: Begun = field(default_factory=Begun)
    _session: str | None = None
    _tries: deque[float] = field(default_factory=deque)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def enter(self, given: str) -> str | None:
        """Return a new session for the right code, `None` for a wrong one; raises `Wait` after too many of anybody."""
        with self._lock:
            moment = self.now()
            while self._tries and self._tries[0] <= moment - WINDOW:
                self._tries.popleft()
            if len(self._tries) >= TRIES:
                raise Wait(self._tries[0] + WINDOW - moment)
            self._tries.append(moment)
            if not _same(given, self.code):
                return None
            self._session = secrets.token_urlsafe(_BYTES)
            return self._session

    def knows(self, session: str | None) -> bool:
        """Say whether a browser brings the session."""
        return session is not None and self._session is not None and _same(session, self._session)

    def form_token(self) -> str:
        """Return what our own forms carry, so that no other page can send them."""
        return hmac.new((self._session or "").encode(), b"form", "sha256").hexdigest()

    def is_form_token(self, given: str) -> bool:
        """Say whether a form is ours."""
        return self._session is not None and _same(given, self.form_token())

    def begin(self, plan: Plan) -> str:
        """Begin a registration in place of one that was begun before; return its state."""
        with self._lock:
            self.begun = Begun(plan, secrets.token_urlsafe(_BYTES))
            return self.begun.state or ""

    def came_back(self, state: str, code: str) -> bool:
        """Take GitHub's code when the state is the one that was given out; it is taken once."""
        with self._lock:
            if self.begun.state is None or not _same(state, self.begun.state):
                return False
            self.begun.state, self.begun.code = None, code
            return True

    def alone(self) -> AbstractContextManager[object]:
        """Hold the desk while something is done once."""
        return self._lock


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), known.encode())
