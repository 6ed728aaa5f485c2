"""GitHub's web flow for signing in, as an App's client meets it: authorize, exchange, `GET /user`.

Whoever `signed_in` names has agreed before: GitHub sends them back at once. After GitHub's documentation: a code works
once, for ten minutes, with the redirect address and the verifier that it was asked for with; refusals are answered
with 200 and an `error`.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.fakes.github.app import App
from tests.fakes.github.exchange import Reply
from tests.fakes.github.state import Account
from tests.fakes.github.world import World

AUTHORIZE: Final = "/login/oauth/authorize"
TOKEN: Final = "/login/oauth/access_token"
CODE_SECONDS: Final = 600


@dataclass(slots=True)
class OAuthDoor:
    """Answers what browsers and the App's server ask; `signed_in` is whose browser comes by, `None` for a refusal."""

    world: World
    app: App
    client_secret: str = "a client's secret"
    callbacks: tuple[str, ...] = ()
    signed_in: str | None = None
    codes: dict[str, tuple[Account, Mapping[str, str], float]] = field(default_factory=dict)
    tokens: dict[str, Account] = field(default_factory=dict)

    def answers(self, path: str, headers: Mapping[str, str]) -> bool:
        """Say whether a request is for this door."""
        token = headers.get("authorization", "").partition(" ")[2]
        return path in {AUTHORIZE, TOKEN} or (path == "/user" and token in self.tokens)

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer a request."""
        if path == AUTHORIZE:
            return self._authorize(query)
        if path == TOKEN:
            return self._exchange(dict(urllib.parse.parse_qsl(body.decode())))
        account = self.tokens[headers["authorization"].partition(" ")[2]]
        return Reply({"id": account.id, "login": account.login, "type": account.kind})

    def _authorize(self, query: Mapping[str, str]) -> Reply:
        wrong = [name for name in ("client_id", "redirect_uri", "state", "code_challenge") if not query.get(name)]
        if wrong or query["client_id"] != self.app.client_id or query.get("code_challenge_method") != "S256":
            self.world.violations.append(f"a sign-in that GitHub does not know: {query}")
            return Reply({"message": "Not Found"}, 404)
        if query["redirect_uri"] not in self.callbacks:
            self.world.violations.append(f"no callback of the App: {query['redirect_uri']}")
            return Reply({"message": "redirect_uri mismatch"}, 400)
        answer = {"state": query["state"]}
        if self.signed_in is None:
            answer |= {"error": "access_denied", "error_description": "The user has denied your application access."}
        else:
            code = secrets.token_hex(10)
            self.codes[code] = (self.world.account(self.signed_in), query, self.world.seconds())
            answer["code"] = code
        return Reply(status=302, headers={"Location": f"{query['redirect_uri']}?{urllib.parse.urlencode(answer)}"})

    def _exchange(self, form: dict[str, str]) -> Reply:
        if (form.get("client_id"), form.get("client_secret")) != (self.app.client_id, self.client_secret):
            return _no("incorrect_client_credentials")
        given = self.codes.pop(form.get("code", ""), None)
        if given is None:
            return _no("bad_verification_code")
        account, asked, at = given
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        fits = (form.get("redirect_uri"), challenge) == (asked.get("redirect_uri"), asked.get("code_challenge"))
        if not fits or self.world.seconds() - at > CODE_SECONDS:
            return _no("bad_verification_code")
        token = f"ghu_{secrets.token_hex(18)}"
        self.tokens[token] = account
        return Reply({"access_token": token, "token_type": "bearer", "scope": ""})


def _no(error: str) -> Reply:
    return Reply({"error": error, "error_description": "See the documentation."})
