"""Sign people in: GitHub's OAuth web flow for the App, of which nothing is kept but who somebody is.

1. The browser is sent to GitHub with a state and the digest of a verifier (PKCE, RFC 7636).
2. It comes back with a code, which is exchanged for a token together with the client secret and the verifier.
3. The token asks GitHub one thing, id and login, and is forgotten: who may read what is asked as the App, not as them.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

import httpx

from app.adapters.github.connection import Connection
from app.adapters.github.shapes import whole, words
from app.core.errors import Unavailable
from app.core.pull_request import Person

AUTHORIZE: Final = "/login/oauth/authorize"
TOKEN: Final = "/login/oauth/access_token"  # noqa: S105  an address
# What GitHub says of a code that was used, ran out or is somebody else's invention: the person tries again.
_TRY_AGAIN: Final = frozenset({"bad_verification_code", "access_denied", "expired_token"})


def site(api: str) -> str:
    """Return where people see the GitHub whose API has this root.

    `https://api.github.com` → `https://github.com`, `https://HOST/api/v3` → `https://HOST`.
    """
    parts = urlsplit(api)
    path = parts.path.rstrip("/")
    # An enterprise server may itself be called `api.…`: it says what it is by its path.
    host = parts.netloc if path.endswith("/api/v3") else parts.netloc.removeprefix("api.")
    return urlunsplit((parts.scheme, host, path.removesuffix("/api/v3"), "", ""))


@dataclass(frozen=True, slots=True)
class SignIn:
    """The App as people sign in with it; `callback` is the one address that GitHub sends them back to."""

    connection: Connection
    client_id: str
    client_secret: str = field(repr=False)
    callback: str

    def address(self, state: str, verifier: str) -> str:
        """Return where the browser goes to sign in."""
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "client_id": self.client_id,
            "redirect_uri": self.callback,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "allow_signup": "false",
        }
        return f"{site(self.connection.url)}{AUTHORIZE}?{urlencode(query)}"

    def person(self, code: str, verifier: str) -> Person | None:
        """Return who came back with a code; `None` when GitHub does not take the code. Raises `Unavailable`."""
        token = self._token(code, verifier)
        if token is None:
            return None
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": self.connection.api_version,
        }
        told = self._ask("GET", f"{self.connection.url}/user", headers)
        number, login = whole(told, "id"), words(told, "login")
        if number is None or login is None:
            raise Unavailable("GitHub did not say who signs in.")
        return Person(number, login)

    def _token(self, code: str, verifier: str) -> str | None:
        form = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": verifier,
        }
        told = self._ask("POST", site(self.connection.url) + TOKEN, {"Accept": "application/json"}, form)
        refusal = words(told, "error")
        if refusal in _TRY_AGAIN:
            return None
        token = words(told, "access_token")
        if refusal is not None or not token:
            # What exactly it says may hold what we sent.
            raise Unavailable("GitHub does not let people sign in: check ASSAY_CLIENT_ID and ASSAY_CLIENT_SECRET.")
        return token

    def _ask(self, method: str, url: str, headers: dict[str, str], form: dict[str, str] | None = None) -> object:
        """Send one request; no exception that holds it, and with it a secret, leaves."""
        failure = "GitHub cannot be reached to sign in."
        try:
            with httpx.Client(
                transport=self.connection.transport, timeout=self.connection.timeout, trust_env=False
            ) as client:
                answer = client.request(method, url, headers={"User-Agent": "assay", **headers}, data=form)
            if answer.is_success:
                told: object = answer.json()
                return told
            failure = f"GitHub does not sign people in now ({answer.status_code})."
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError):
            pass
        raise Unavailable(failure)
