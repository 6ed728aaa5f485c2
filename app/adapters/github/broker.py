"""Credentials for GitHub: the App's signed token, and narrow installation tokens that it buys.

githubkit's own token cache is process-wide, knows no host, lets sixteen cold threads buy sixteen tokens, and keeps a
revoked token for an hour. This one:

1. keeps one token for each (installation, repositories, permissions) of one host,
2. buys it once however many threads ask (one lock each),
3. throws it away on a 401, buys one more and sends the same request once more (GitHub has not carried out what it
   answered with 401),
4. goes by GitHub's clock when ours is wrong.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from githubkit.auth import BaseAuthStrategy

from app.adapters.github.client import Client
from app.adapters.github.connection import Connection
from app.adapters.github.failures import NotGranted, Refused, permission_hint, server_time
from app.adapters.github.operations import APP, MINT
from app.adapters.github.pacing import InstallationAuth
from app.adapters.github.shapes import needed_words, words
from app.core.errors import Gone, Unavailable

if TYPE_CHECKING:
    from githubkit import GitHubCore

BACKDATED = 60  # GitHub refuses a token that was issued in its future
LIFETIME = 540  # with BACKDATED ten minutes, the most that GitHub takes
MARGIN = 120.0  # a token this near its end is no longer used
MAX_TOKENS = 10_000
UNPROCESSABLE = 422
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token may do: the least that the job needs, in exactly one repository.

    `repository` is its numeric id; or a name, for a repository of which only the name is known; or `None` for all that
    the installation covers, which only lists are read with.
    """

    installation: int
    repository: int | str | None
    permissions: tuple[tuple[str, str], ...]

    def body(self) -> dict[str, object]:
        """Return what is asked of GitHub."""
        if self.repository is None:
            return {"permissions": dict(self.permissions)}
        key = "repository_ids" if isinstance(self.repository, int) else "repositories"
        return {key: [self.repository], "permissions": dict(self.permissions)}


@dataclass(frozen=True, slots=True)
class Token:
    """A token with its end, in seconds since 1970 by GitHub's clock."""

    text: str = field(repr=False)
    ends: float


class AppToken(BaseAuthStrategy):
    """Signs each request as the App itself (RS256; nothing is ever decoded here)."""

    def __init__(
        self, connection: Connection, app_id: int, private_key: str, read_key: Callable[[], str | None] | None = None
    ) -> None:
        """Keep the key; `skew` is how far GitHub's clock is ahead of ours.

        `read_key` returns the key as it is now, `None` when it cannot be had; it never raises.
        """
        self._connection = connection
        self._app_id = app_id
        self._private_key = private_key
        self._read_key = read_key
        self._loaded: RSAPrivateKey | None = None
        self.skew = 0.0

    def __repr__(self) -> str:
        """Name the App, never the key."""
        return f"AppToken(app_id={self._app_id})"

    def get_auth_flow(self, github: GitHubCore[BaseAuthStrategy]) -> httpx.Auth:  # noqa: ARG002 - githubkit's signature
        """Return what signs requests."""
        return _AppFlow(self)

    def now(self) -> float:
        """Return the time by GitHub's clock."""
        return self._connection.now() + self.skew

    def correct(self, response: httpx.Response) -> None:
        """Learn GitHub's time from an answer."""
        told = server_time(response)
        if told is not None:
            self.skew = told - self._connection.now()

    def renew(self) -> bool:
        """Read the key again and say whether it is another; what is no key leaves the one before in force."""
        text = None if self._read_key is None else self._read_key()
        if text is None or text == self._private_key:
            return False
        try:
            loaded = _rsa_key(text)
        except Unavailable as failure:
            _log.warning("the key is not taken: %s", failure.sentence)
            return False
        self._loaded, self._private_key = loaded, text
        _log.warning("the App's private key is another one now")
        return True

    def sign(self) -> str:
        """Make a token of ten minutes; raises `Unavailable` when the key is none."""
        if self._loaded is None:
            self._loaded = _rsa_key(self._private_key)
        issued = int(self.now()) - BACKDATED
        claims = {"iss": str(self._app_id), "iat": issued, "exp": issued + BACKDATED + LIFETIME}
        return jwt.encode(claims, self._loaded, algorithm="RS256")


def _rsa_key(pem: str) -> RSAPrivateKey:
    """Read a key; loading proves it, which takes as long as a hundred signatures, so it is done once."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):  # raised out here, so that no exception in its context holds the key
        raise Unavailable("The App's private key is not an RSA key in PEM.", permanent=True)
    return key


class _AppFlow(httpx.Auth):
    def __init__(self, app: AppToken) -> None:
        self._app = app

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._app.sign()}"
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self._app.correct(response)
            self._app.renew()
            request.headers["Authorization"] = f"Bearer {self._app.sign()}"
            yield request


class TokenBroker:
    """Buys installation tokens and keeps them; safe under threads."""

    def __init__(self, connection: Connection, app: AppToken) -> None:
        """Bind the host and the App."""
        self._client = Client(connection, app)
        self._app = app
        self._lock = threading.Lock()
        self._locks: dict[Grant, threading.Lock] = {}
        self._tokens: dict[Grant, Token] = {}

    def token(self, grant: Grant) -> Token:
        """Return a token that is good for two more minutes at least; raises `Unavailable`."""
        with self._lock_of(grant):
            token = self._tokens.get(grant)
            if token is None or token.ends - MARGIN < self._app.now():
                token = self._tokens[grant] = self._buy(grant)
            return token

    def evict(self, grant: Grant, token: Token) -> None:
        """Forget a token that GitHub refused, unless another thread has replaced it already."""
        with self._lock_of(grant):
            if self._tokens.get(grant) is token:
                del self._tokens[grant]

    def slug(self) -> str:
        """Ask GitHub for the App's slug."""
        return needed_words(self._client.send(APP.at()).json(), "slug")

    def _lock_of(self, grant: Grant) -> threading.Lock:
        with self._lock:
            if len(self._locks) > MAX_TOKENS:  # bounded; a token bought twice does no harm
                self._locks.clear()
                self._tokens.clear()
            return self._locks.setdefault(grant, threading.Lock())

    def _buy(self, grant: Grant) -> Token:
        call = MINT.at(installation_id=grant.installation).saying(grant.body())
        try:
            answer = self._client.send(call).json()
        except Refused as refused:
            failure = _refusal(refused, grant)
        else:
            return Token(needed_words(answer, "token"), _end(words(answer, "expires_at")))
        raise failure


def _refusal(refused: Refused, grant: Grant) -> Unavailable:
    """Say what it means that an installation gets no token."""
    said = (words(refused.body, "message") or "").lower()
    if refused.status == httpx.codes.NOT_FOUND:
        return Gone("The App is not installed there any more.")
    if refused.status != UNPROCESSABLE:
        return refused
    hint = permission_hint(grant.permissions)
    sentence = f"The App is not installed on this repository, or not with what it asks for.{hint}"
    return NotGranted(sentence, permissions="permission" in said)


class InstallationToken(InstallationAuth):
    """Signs each request with the broker's token for one grant."""

    def __init__(self, broker: TokenBroker, grant: Grant) -> None:
        """Bind the grant; no token is bought yet."""
        self._broker = broker
        self._grant = grant
        self.installation = grant.installation

    def get_auth_flow(self, github: GitHubCore[BaseAuthStrategy]) -> httpx.Auth:  # noqa: ARG002 - githubkit's signature
        """Return what signs requests."""
        return _InstallationFlow(self._broker, self._grant)


class _InstallationFlow(httpx.Auth):
    def __init__(self, broker: TokenBroker, grant: Grant) -> None:
        self._broker = broker
        self._grant = grant

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = self._broker.token(self._grant)
        request.headers["Authorization"] = f"Bearer {token.text}"
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self._broker.evict(self._grant, token)
            request.headers["Authorization"] = f"Bearer {self._broker.token(self._grant).text}"
            yield request


def _end(text: str | None) -> float:
    """Read `expires_at`; with or without fractions of a second, and 0 (use once) when it cannot be read."""
    try:
        end = datetime.fromisoformat(text or "")
    except ValueError:
        return 0.0
    return (end if end.tzinfo else end.replace(tzinfo=UTC)).timestamp()
