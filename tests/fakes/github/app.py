"""The GitHub App that is being tested, as GitHub knows it: keys, permissions, tokens."""

from __future__ import annotations

import base64
import binascii
import functools
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.fakes.github.deliveries import Deliveries
from tests.fakes.github.exchange import Caller, Refused
from tests.fakes.github.state import Account, Installation, Token
from tests.fakes.github.world import World

PERMISSIONS: Final[Mapping[str, str]] = {
    "attestations": "read",
    "checks": "write",
    "contents": "read",
    "pull_requests": "write",
    "statuses": "write",
    "members": "read",
    "merge_queues": "read",
    "metadata": "read",
}
EVENTS: Final = (
    *("pull_request", "pull_request_review", "push", "issue_comment", "member", "membership", "organization", "status"),
    *("team", "repository", "merge_group", "check_run", "check_suite", "installation_target"),
)
TOKEN_SECONDS: Final = 3600
JWT_SECONDS: Final = 600
SKEW: Final = 60
LEVELS: Final = {"read": 1, "write": 2, "admin": 3}
NARROWED_LIMIT: Final = 500


def at_least(held: Mapping[str, str], name: str, level: str) -> bool:
    """Say whether permissions held reach a level."""
    return LEVELS.get(held.get(name, ""), 0) >= LEVELS[level]


class Rate:
    """One bucket of the primary rate limit."""

    def __init__(self, world: World, resource: str, limit: int = 5000) -> None:
        self._world: Final = world
        self._resource: Final = resource
        self.limit = limit
        self.used = 0
        self.reset = int(world.seconds()) + 3600

    @property
    def remaining(self) -> int:
        """How many requests are left."""
        return max(0, self.limit - self.used)

    def take(self) -> bool:
        """Count a request; false when none was left."""
        if self._world.seconds() >= self.reset:
            self.used, self.reset = 0, int(self._world.seconds()) + 3600
        allowed = self.remaining > 0
        self.used += allowed
        return allowed

    def shape(self) -> dict[str, int]:
        """Return what `GET /rate_limit` says."""
        return {"limit": self.limit, "remaining": self.remaining, "reset": self.reset, "used": self.used}

    def headers(self) -> dict[str, str]:
        """Return the headers of every answer."""
        return {f"X-RateLimit-{key.title()}": str(value) for key, value in self.shape().items()} | {
            "X-RateLimit-Resource": self._resource
        }


class App:
    """Identity, permissions and events of the App; checks who calls and hands out installation tokens."""

    def __init__(
        self,
        world: World,
        app_id: int,
        slug: str,
        private_key_pem: bytes,
        *,
        permissions: Mapping[str, str] | None = None,
    ) -> None:
        self.world: Final = world
        self.id: Final = app_id
        self.slug: Final = slug
        self.client_id: Final = f"Iv23li{app_id:014d}"
        self.permissions: Final = {**(permissions or PERMISSIONS), "metadata": "read"}
        self.events: tuple[str, ...] = EVENTS
        self.deliveries: Final = Deliveries(world, (app_id, slug), lambda: self.events)
        self.manifest_codes: Final[set[str]] = set()
        self.rates: Final = {name: Rate(world, name) for name in ("core", "graphql")}
        self.public_key = public_key(private_key_pem)
        self.private_key_pem: Final = private_key_pem
        self.bot: Final = Account(
            world.new_id(), f"{slug}[bot]", "Bot", slug, f"{app_id}+{slug}[bot]@users.noreply.github.com"
        )
        world.accounts[self.bot.login.lower()] = self.bot

    def caller(self, authorization: str | None) -> Caller:
        """Return who calls; raises `Refused` with 401 or 403 for credentials that GitHub does not take."""
        if not authorization:
            return Caller("none")
        scheme, _, value = authorization.partition(" ")
        value = value.strip()
        if scheme.lower() not in ("token", "bearer") or not value:
            raise Refused(401, "Bad credentials")
        if value in self.world.tokens:
            return Caller("installation", self._live(self.world.tokens[value]))
        if value.count(".") == 2 and scheme.lower() == "bearer":
            self._verify(value)
            return Caller("jwt")
        raise Refused(401, "Bad credentials")

    def _live(self, token: Token) -> Token:
        if (
            token.revoked
            or token.expires <= self.world.seconds()
            or token.installation.id not in self.world.installations
        ):
            raise Refused(401, "Bad credentials")
        if token.installation.suspended:
            raise Refused(403, "This installation has been suspended")
        return token

    def _verify(self, jwt: str) -> None:
        """Check signature, issuer and times as GitHub does."""
        head, payload, signature = jwt.split(".")
        try:
            header, claims = json.loads(unpadded(head)), json.loads(unpadded(payload))
            if header.get("alg") != "RS256":
                raise Refused(401, "A JSON web token could not be decoded")
            signed = f"{head}.{payload}".encode()
            self.public_key.verify(unpadded(signature), signed, padding.PKCS1v15(), hashes.SHA256())
        except (ValueError, binascii.Error, InvalidSignature) as wrong:
            raise Refused(401, "A JSON web token could not be decoded") from wrong
        if str(claims.get("iss")) not in (str(self.id), self.client_id):
            raise Refused(401, "Integration not found")
        self._check_times(claims)

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now, issued, expires = self.world.seconds(), claims.get("iat"), claims.get("exp")
        if not isinstance(expires, int) or expires > now + JWT_SECONDS:
            raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")
        if expires <= now:
            raise Refused(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time")
        if not isinstance(issued, int) or issued > now + SKEW:
            raise Refused(401, "'Issued at' claim ('iat') must be an Integer representing a time in the past")

    def mint(self, installation: Installation, wish: Mapping[str, Any]) -> Token:
        """Make an installation token, narrowed to the repositories and permissions wished for."""
        if installation.suspended:
            raise Refused(403, "This installation has been suspended")
        repositories = self._narrowed(installation, wish)
        permissions = dict(installation.permissions)
        if wish.get("permissions"):
            asked = wish["permissions"]
            if not all(at_least(permissions, name, level) for name, level in asked.items()):
                raise Refused(422, "The permissions requested are not granted to this installation.")
            permissions = {**asked, "metadata": "read"}
        expires = int(self.world.seconds()) + TOKEN_SECONDS
        token = Token(f"ghs_{secrets.token_urlsafe(40)}", installation, repositories, permissions, expires)
        self.world.tokens[token.value] = token
        return token

    def _narrowed(self, installation: Installation, wish: Mapping[str, Any]) -> frozenset[int] | None:
        if "repositories" not in wish and "repository_ids" not in wish:
            return None
        mine = {repo.id: repo for repo in self.world.repositories.values() if self.covers(installation, repo.id)}
        names = {repo.name.lower(): number for number, repo in mine.items()}
        asked: list[int | None] = [names.get(name.lower()) for name in wish.get("repositories", ())]
        asked += [number if number in mine else None for number in wish.get("repository_ids", ())]
        found = frozenset(number for number in asked if number is not None)
        if None in asked or not asked or len(asked) > NARROWED_LIMIT:
            raise Refused(
                422,
                "There is at least one repository that does not exist or is not accessible to the parent installation.",
            )
        return found

    def covers(self, installation: Installation, repository: int, token: Token | None = None) -> bool:
        """Say whether an installation (through a token, when given) reaches a repository."""
        repo = self.world.repositories.get(repository)
        if repo is None or repo.deleted or repo.owner is not installation.account:
            return False
        if installation.repositories is not None and repository not in installation.repositories:
            return False
        return token is None or token.repositories is None or repository in token.repositories


@functools.cache
def app_key() -> bytes:
    """Return an App's private key as PEM, made once a process."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(*form, serialization.NoEncryption())


@functools.cache
def public_key(private_key_pem: bytes) -> rsa.RSAPublicKey:
    """Return the public half of a private key, read once a process: reading checks the key, which is slow."""
    key = serialization.load_pem_private_key(private_key_pem, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.public_key()


def unpadded(value: str) -> bytes:
    """Decode base64url without padding."""
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
