"""Saying that a judgement is under way: only where it takes long enough to be worth a write, and never after it."""

from __future__ import annotations

import contextvars
import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from app.core.errors import Unavailable

PATIENCE: Final = 2.0
"""Seconds that a judgement may take unannounced: an absent required status lets nothing be merged either."""

_log = logging.getLogger(__name__)


class Opening:
    """Use as a context around judging: `say` is called once, in another thread, when that is not over in time.

    When the context is left, `say` was never called, or has ended, and is not called any more: so what is said after
    is never overtaken. `say` may raise `Unavailable`, which is logged: the verdict will be said all the same.
    """

    def __init__(self, say: Callable[[], None], after: float = PATIENCE) -> None:
        """Keep what to call, and after how many seconds."""
        self._say = say
        self._lock = threading.Lock()
        self._over = False
        # With the names that log lines are to carry.
        context = contextvars.copy_context()
        self._timer = threading.Timer(after, context.run, (self._announce,))
        self._timer.daemon = True

    def __enter__(self) -> Self:
        """Start to wait."""
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop waiting; what is being said at this moment is waited for."""
        self._timer.cancel()
        with self._lock:
            self._over = True

    def _announce(self) -> None:
        with self._lock:
            if self._over:
                return
            try:
                self._say()
            except Unavailable as failure:
                _log.warning("that it is being judged could not be said: %s", failure.sentence)
