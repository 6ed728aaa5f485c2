"""Registering an App from a manifest: the code that GitHub sends a person back with becomes the App's secrets.

The call needs no credentials: the code is one, works once, and ends after an hour.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from githubkit.auth import UnauthAuthStrategy

from app.adapters.github.broker import AppToken
from app.adapters.github.client import Client
from app.adapters.github.connection import Connection
from app.adapters.github.operations import CONVERT, HOOK
from app.adapters.github.shapes import whole, words
from app.core.errors import Unavailable

CODE: Final = re.compile(r"[0-9A-Za-z_-]{1,200}", re.ASCII)
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,99}", re.ASCII)
_CLIENT: Final = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)
_LARGEST: Final = 262_144
_KEY: Final = re.compile(r"-----BEGIN (?:RSA )?PRIVATE KEY-----\n.*\n-----END (?:RSA )?PRIVATE KEY-----\n?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class NewApp:
    """An App that was just registered; `webhook_secret` is `None` where GitHub made none."""

    id: int
    slug: str
    client_id: str
    client_secret: str = field(repr=False)
    webhook_secret: str | None = field(repr=False)
    private_key: str = field(repr=False)


def convert(connection: Connection, code: str) -> NewApp:
    """Exchange the code for the App; raises `Unavailable`, permanently so when GitHub does not know the code.

    Sent once: were an answer lost, GitHub would not know the code a second time.
    """
    answer = Client(connection, UnauthAuthStrategy()).send(CONVERT.at(code=code))
    body = answer.json() if len(answer.content) <= _LARGEST else None
    number, secret = whole(body, "id"), words(body, "webhook_secret")
    texts = {name: words(body, name) or "" for name in ("slug", "client_id", "client_secret", "pem")}
    sound = (
        number is not None
        and number > 0
        and _SLUG.fullmatch(texts["slug"])
        and _CLIENT.fullmatch(texts["client_id"])
        and texts["client_secret"].strip()
        and _KEY.fullmatch(texts["pem"])
    )
    if not sound or number is None:
        raise Unavailable("GitHub's answer does not hold the App's number, key and secrets.", permanent=True)
    return NewApp(
        number, texts["slug"], texts["client_id"], texts["client_secret"], (secret or "").strip() or None, texts["pem"]
    )


def set_webhook_secret(connection: Connection, app: NewApp, make: Callable[[], str]) -> str:
    """Give the App a webhook secret of our making, and return it; raises `Unavailable`."""
    secret = make()
    signer = AppToken(connection, app.id, app.private_key)
    Client(connection, signer).send(HOOK.at().saying({"secret": secret}))
    return secret
