"""A GitHub of a few scripted answers, for what the simulator does not do: broken answers, clocks, threads."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.adapters.github.broker import AppToken, Grant, InstallationToken, TokenBroker
from app.adapters.github.client import Client
from app.adapters.github.connection import Connection, KeepOpen

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
NOW = 1_800_000_000.0
URL = "https://github.example/api/v3"
GRANT = Grant(5, 9, (("contents", "read"),))

Answer = httpx.Response | Exception
Script = Callable[[httpx.Request], Answer]


@dataclass
class Scripted:
    """Answers by a script; remembers what was asked, and for how long was slept."""

    script: Script
    requests: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    now: float = NOW

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.script(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def connection(self) -> Connection:
        transport = KeepOpen(httpx.MockTransport(self.handle))
        return Connection(URL, transport, now=lambda: self.now, sleep=self.slept.append)

    def broker(self, key: str = PEM) -> TokenBroker:
        return TokenBroker(self.connection, AppToken(self.connection, 4711, key))

    def client(self) -> Client:
        return Client(self.connection, InstallationToken(self.broker(), GRANT))

    def asked(self, ending: str) -> list[httpx.Request]:
        return [request for request in self.requests if request.url.path.endswith(ending)]


def token(text: str = "ghs_one", ends: str = "2027-01-15T09:00:00Z") -> httpx.Response:
    return httpx.Response(201, json={"token": text, "expires_at": ends, "permissions": {"contents": "read"}})


def is_mint(request: httpx.Request) -> bool:
    return request.url.path.endswith("/access_tokens")


def body(request: httpx.Request) -> dict[str, object]:
    found: dict[str, object] = json.loads(request.content)
    return found


def after_token(script: Script) -> Script:
    """Give out a token, and answer the rest by the script."""
    return lambda request: token() if is_mint(request) else script(request)
