"""What a browser holds of somebody who signed in: texts that we sealed. Nothing about it is kept here. No I/O.

Every key is derived from the App's private key with a label of its own, so that a text of one purpose is worth nothing
for another, and a new private key signs everybody out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from app.core.pull_request import Person

SESSION_SECONDS: Final = 8 * 3600
BEGUN_SECONDS: Final = 600
_AHEAD: Final = 60.0  # clocks of several machines differ
_LONGEST: Final = 2000
_LOGIN: Final = re.compile(r"[0-9A-Za-z_-]{1,100}", re.ASCII)
# Where somebody may be sent after signing in: a page of ours, named in full.
_BACK: Final = re.compile(
    r"/operator|/start(?:/[0-9]{1,12})?|/repositories/[0-9]{1,18}(?:/pulls/[0-9]{1,9}"
    r"(?:/[0-9a-f]{40,64}(?:/assessment\.json|/changes/[0-9]{1,9}(?:/[a-z]{1,20})?)?)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who signed in, and the token that their forms carry."""

    person: Person
    csrf: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way: what GitHub is told, and the text that the browser holds meanwhile."""

    state: str
    verifier: str
    held: str


@dataclass(frozen=True, slots=True)
class Sessions:
    """Seals and opens texts; `clock` tells seconds since 1970."""

    secret: bytes = field(repr=False)
    clock: Callable[[], float]

    def write(self, person: Person) -> str:
        """Write what the browser of somebody holds who has just signed in."""
        return self._sealed("session", {"id": person.id, "login": person.login, "at": int(self.clock())})

    def read(self, text: str | None) -> Session | None:
        """Return who a browser belongs to; `None` for nobody, for what we did not seal, and after eight hours."""
        told = self._opened("session", text, SESSION_SECONDS)
        number, login = told.get("id"), told.get("login")
        if not isinstance(number, int) or not isinstance(login, str) or not _LOGIN.fullmatch(login):
            return None
        return Session(Person(number, login), self._code("form", text or ""))

    def begin(self, back: str | None) -> Begun:
        """Begin a sign-in that leads back to one of our pages; to none of them where `back` names none."""
        state = secrets.token_urlsafe(32)
        where = back if back is not None and _BACK.fullmatch(back) else ""
        held = self._sealed("sign-in", {"state": state, "back": where, "at": int(self.clock())})
        return Begun(state, self._verifier(state), held)

    def resume(self, held: str | None, state: str | None) -> tuple[str, str] | None:
        """Return the verifier, and where to go, of the sign-in that this browser began; `None` when it began none."""
        told = self._opened("sign-in", held, BEGUN_SECONDS)
        begun, back = told.get("state"), told.get("back")
        if not isinstance(begun, str) or not isinstance(back, str) or state is None:
            return None
        if not hmac.compare_digest(begun.encode(), state.encode("utf-8", "surrogatepass")):
            return None
        return self._verifier(begun), back

    def _verifier(self, state: str) -> str:
        # Derived, so that not even the browser has it: whoever reads both redirects could not use the code.
        return self._code("verifier", state)

    def _sealed(self, purpose: str, told: Mapping[str, object]) -> str:
        text = _encoded(json.dumps(told, separators=(",", ":")).encode())
        return f"{text}.{self._code(purpose, text)}"

    def _opened(self, purpose: str, sealed: str | None, seconds: float) -> dict[str, object]:
        text, _, code = (sealed or "").partition(".")
        if not sealed or len(sealed) > _LONGEST or not sealed.isascii():
            return {}
        if not hmac.compare_digest(code.encode(), self._code(purpose, text).encode()):
            return {}
        try:
            told: object = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except (ValueError, binascii.Error):
            return {}
        at = told.get("at") if isinstance(told, dict) else None
        if not isinstance(told, dict) or not isinstance(at, int):
            return {}
        return told if -_AHEAD <= self.clock() - at <= seconds else {}

    def _code(self, purpose: str, text: str) -> str:
        key = hmac.new(self.secret, f"assay page {purpose} v1".encode(), hashlib.sha256).digest()
        return _encoded(hmac.new(key, text.encode(), hashlib.sha256).digest())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
