"""One listening socket through two programs: while the second starts, who connects waits and is not refused.

The first opens the socket and notes its number in the environment of what it becomes; the second serves on it.
"""

from __future__ import annotations

import os
import socket
from typing import Final

_VARIABLE: Final = "LISTENING_SOCKET"
_BACKLOG: Final = 2048
_MOST_DIGITS: Final = 6


def hold(listen: tuple[str, int]) -> None:
    """Listen for this program and the one that it becomes; raises `OSError` when the address cannot be had."""
    family = socket.AF_INET6 if ":" in listen[0] else socket.AF_INET
    # `::` is every address of the machine, as it is for the server that would open it otherwise.
    both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
    listener = socket.create_server(listen, family=family, backlog=_BACKLOG, dualstack_ipv6=both)
    listener.set_inheritable(True)
    os.environ[_VARIABLE] = str(listener.detach())


def held(listen: tuple[str, int]) -> int | None:
    """Return the number of the socket that is held for this address; `None` for none."""
    text = os.environ.get(_VARIABLE, "")
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        return None
    try:
        with socket.socket(fileno=os.dup(int(text))) as found:
            listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            fits = listens and found.getsockname()[1] == listen[1]
    except (OSError, IndexError):
        return None
    return int(text) if fits else None
