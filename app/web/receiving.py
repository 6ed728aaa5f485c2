"""From a delivery's headers and bytes to stored work: proved first, read after, answered only once it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.adapters.work_queue import Work
from app.core.command import Word
from app.core.sweep import Sweep
from app.web.delivery import BadSignature, Malformed, Recheck, asks_for, verify
from app.web.server import Refused


def _asked(ask: Recheck, delivery: str) -> Work:
    command = ask.command
    if command.word is Word.RECHECK:
        return Work(ask.ref, "recheck", delivery, recheck_by=ask.login, comment=command.comment)
    said = f"{command.word.value} {command.argument}".strip()
    return Work(ask.ref, "command", delivery, recheck_by=ask.login, command=said, comment=command.comment)


@dataclass(frozen=True, slots=True)
class Receiver:
    """What `Services.receive` does; `put` and `put_sweep` store work durably or raise `Unavailable`.

    `secrets` returns those that a delivery may be signed with at this moment.
    """

    secrets: Callable[[], tuple[bytes, ...]]
    app_id: int
    put: Callable[[Work], None]
    put_sweep: Callable[[Sweep, str], None]

    def receive(self, headers: Mapping[str, str], body: bytes) -> None:
        """Take one delivery; raises `Refused` with 401 or 400, `Unavailable` when it could not be stored."""
        try:
            delivery = verify(headers, body, self.secrets(), self.app_id)
        except BadSignature as error:
            raise Refused(401) from error
        except Malformed as error:
            raise Refused(400) from error
        ask = asks_for(delivery)
        if isinstance(ask, Recheck):
            self.put(_asked(ask, delivery.id))
        elif isinstance(ask, Sweep):
            self.put_sweep(ask, delivery.id)
        elif ask is not None:
            self.put(Work(ask, f"{delivery.event}.{delivery.action}", delivery.id))
