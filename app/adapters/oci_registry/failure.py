"""What can go wrong with a registry: a stable code for programs, a public sentence that tells a stranger nothing."""

from __future__ import annotations

from typing import Final

from app.core.errors import Error

_UNREACHABLE: Final = "the registry could not be reached"

# One sentence for everything below HTTP: which of them it was would map the inner network for an outsider (AT-202).
DETAILS: Final = {
    "timeout": _UNREACHABLE,
    "connection": _UNREACHABLE,
    "tls": _UNREACHABLE,
    "refused-address": _UNREACHABLE,
    "redirect-refused": "answered with a redirect that is not followed",
    "realm-refused": "asked for a login at a place that is not allowed",
    "unauthorized": "asked for credentials",
    "forbidden": "refused access",
    "not-found-or-not-allowed": "is not there, or may not be read without credentials",
    "rate-limited": "asked to come back later",
    "server-error": "reported an error of its own",
    "unexpected-status": "gave an answer that is not understood",
    "too-large": "sent more than is read",
    "too-many": "holds more signatures and attestations than are read",
    "digest-mismatch": "sent something other than was asked for",
    "malformed": "sent something that cannot be read",
    "unsupported": "sent a kind of manifest that is not read",
    "encoded": "sent an encoded answer, which is not read",
}


class Failure(Error):
    """A registry did not give what was asked for; `str()` is public, `code` a key of `DETAILS`."""

    def __init__(self, code: str, *, retry_after: float | None = None) -> None:
        """Keep the code, and the seconds to wait when the registry named them."""
        super().__init__(DETAILS[code])
        self.code = code
        self.retry_after = retry_after


class NotThere(Error):
    """A registry answered that it has no such thing."""
