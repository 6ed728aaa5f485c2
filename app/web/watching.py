"""Deliveries, counted by event and outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.bootstrap.watching import Watch
from app.core.errors import Unavailable
from app.web.server import Refused

Receive = Callable[[Mapping[str, str], bytes], None]


def counted(receive: Receive, watch: Watch) -> Receive:
    """Count what is received; without anybody who counts it is the same."""
    metrics = watch.metrics
    if metrics is None:
        return receive

    def receive_and_count(headers: Mapping[str, str], body: bytes) -> None:
        event, outcome = headers.get("x-github-event", ""), "taken"
        try:
            receive(headers, body)
        except Refused:
            event, outcome = "", "refused"  # nobody proved what it is
            raise
        except Unavailable:
            outcome = "unavailable"
            raise
        finally:
            metrics.delivery(event, outcome)

    return receive_and_count
