"""What goes wrong on demand."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.github.contracts import Shape

DROPPED = 0
"""A status for: the connection ends without an answer."""


@dataclass(slots=True)
class Fault:
    """Answer matching requests wrongly, `times` times (`None`: always).

    `path` is what the API path must look like, `*` standing for anything. With `after` the request is carried out
    and its answer lost. `wait` holds the request until the event is set; with `status` `None` nothing else happens
    to it. `act` happens just before the request is carried out: a push between a read and a write. `hits` counts.
    """

    method: str
    path: str
    status: int | None = 502
    times: int | None = 1
    after: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    wait: threading.Event | None = None
    act: Callable[[], object] | None = None
    hits: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Say whether a request is hit, and count it."""
        wanted = re.escape(self.path).replace(r"\*", ".*")
        if self.method not in ("*", method) or not re.fullmatch(wanted, path) or self.spent:
            return False
        self.hits += 1
        return True

    @property
    def spent(self) -> bool:
        """Whether it has struck as often as it should."""
        return self.times is not None and self.hits >= self.times

    def answer(self) -> Shape:
        """Return the body of the wrong answer."""
        if self.body is not None:
            return dict(self.body)
        words = {502: "Server Error", 503: "Service unavailable", 404: "Not Found", 401: "Bad credentials"}
        return {"message": words.get(self.status or 0, "Error"), "documentation_url": "https://docs.github.com/rest"}


def secondary_limit(method: str = "POST", path: str = "*", *, retry_after: int | None = 1, times: int = 1) -> Fault:
    """Return GitHub's secondary rate limit, with or without the header that says how long to wait."""
    body = {
        "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        "documentation_url": "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api"
        "#about-secondary-rate-limits",
    }
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Fault(method, path, 403, times, headers=headers, body=body)


def graphql_error(kind: str = "RATE_LIMITED", message: str = "API rate limit exceeded", *, times: int = 1) -> Fault:
    """Return a GraphQL answer with status 200 that holds an error and no data."""
    return Fault("POST", "/graphql", 200, times, body={"data": None, "errors": [{"type": kind, "message": message}]})
