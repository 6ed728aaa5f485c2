"""Logs as lines of JSON: one event one line, no control characters, no secrets, and what was worked on in each.

Pure code never logs; an entry point opens a `scope` and everything logged below it carries the scope's fields.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

_HIDDEN = "[secret]"
_SHORTEST = 6
_LONGEST = 16_384
_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\bgh[a-z]_[A-Za-z0-9_.-]{10,}"
    r"|\bgithub_pat_[A-Za-z0-9_]{10,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
    r"|\b(?:bearer|basic|token)[ :=]+[A-Za-z0-9+/._~-]{8,}=*",
    re.DOTALL | re.IGNORECASE,
)

_scope: ContextVar[dict[str, str | int]] = ContextVar("assay_log_scope", default={})  # noqa: B039  never changed in place


@contextmanager
def scope(**fields: str | int) -> Iterator[None]:
    """Put these fields on everything that is logged inside, beside those of an outer scope."""
    token = _scope.set({**_scope.get(), **fields})
    try:
        yield
    finally:
        _scope.reset(token)


def without_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """Replace these secrets, and whatever has the shape of a token, key or password, in a text."""
    for secret in sorted((s for s in secrets if len(s) >= _SHORTEST), key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return _SHAPES.sub(_HIDDEN, text)


def configure_logs(secrets: Iterable[str], stream: TextIO | None = None) -> None:
    """Send every log record of the process to `stream` (standard error) as a line of JSON, without `secrets`."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_JsonLine(secrets))
    root = logging.getLogger()
    for old in tuple(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for chatty in ("dbos", "httpx", "httpcore", "urllib3", "hishel"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class _JsonLine(logging.Formatter):
    """Formats a record as one line of ASCII JSON."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        # A key of several lines may also be logged line by line, or escaped.
        self._secrets = tuple({part for secret in secrets for part in (secret, *secret.split("\n")) if _worth(part)})

    def format(self, record: logging.LogRecord) -> str:
        """Say when, how bad, who, what and in which scope; escape all that is not printable ASCII."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = f"{record.msg} {record.args!r}"
        line: dict[str, str | int] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._clean(message),
        }
        line |= {name: self._clean(value) if isinstance(value, str) else value for name, value in _scope.get().items()}
        if record.exc_info:
            line["error"] = self._clean(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=True)

    def _clean(self, text: str) -> str:
        return without_secrets(text, self._secrets)[:_LONGEST]


def _worth(part: str) -> bool:
    return len(part) >= _SHORTEST and not part.startswith("-----")
