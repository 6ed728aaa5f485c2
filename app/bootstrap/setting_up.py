"""The first run: what the setup page does, wired."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path

import yaml

from app.adapters.github import Connection
from app.adapters.github.registering import CODE, NewApp, convert, set_webhook_secret
from app.bootstrap.clock import now
from app.bootstrap.ways import way_out
from app.core.network import WayOut
from app.settings import Registration, Secret, Settings, make_room, store

__all__ = ["CODE", "NewApp", "SettingUp", "manifest"]

_SECRET_BYTES = 32


def manifest() -> Mapping[str, object]:
    """Return the App's manifest: a wheel has it inside, a checkout at its root."""
    packaged = files("app").joinpath("app.yml")
    text = (
        packaged.read_text(encoding="utf-8")
        if packaged.is_file()
        else Path(__file__).parents[2].joinpath("app.yml").read_text(encoding="utf-8")
    )
    read = yaml.safe_load(text)
    if not isinstance(read, dict):
        raise TypeError("app.yml is no mapping")
    return read


@dataclass(frozen=True, slots=True)
class SettingUp:
    """Registers an App and keeps it in a file; each step may be done again when the next one failed."""

    registration_file: Path
    way: WayOut = field(default_factory=WayOut)

    @classmethod
    def of(cls, settings: Settings) -> SettingUp:
        """Wire it."""
        return cls(settings.registration_file, way_out(settings))

    def done(self) -> bool:
        """Say whether an App is registered meanwhile."""
        return self.registration_file.exists()

    def make_room(self) -> None:
        """Make sure that a registration can be kept before there is one; raises `SettingsError`."""
        make_room(self.registration_file)

    def convert(self, api: str, code: str) -> NewApp:
        """Exchange GitHub's code for the App; raises `Unavailable`."""
        connection = Connection.to(api, way=self.way)
        try:
            return convert(connection, code)
        finally:
            connection.close()

    def with_webhook_secret(self, api: str, app: NewApp) -> NewApp:
        """Give the App a webhook secret where GitHub made none: deliveries must be signed. Raises `Unavailable`."""
        if app.webhook_secret is not None:
            return app
        connection = Connection.to(api, way=self.way)
        try:
            secret = set_webhook_secret(connection, app, lambda: secrets.token_hex(_SECRET_BYTES))
        finally:
            connection.close()
        return replace(app, webhook_secret=secret)

    def keep(self, app: NewApp, addresses: tuple[str, str]) -> Registration:
        """Store the App with the addresses of GitHub's API and of this server; raises `SettingsError`."""
        api, public_url = addresses
        registration = Registration(
            app_id=app.id,
            slug=app.slug,
            client_id=app.client_id,
            client_secret=Secret(app.client_secret),
            webhook_secret=Secret(app.webhook_secret or ""),
            private_key=Secret(app.private_key),
            github_url=api,
            public_url=public_url,
            registered_at=now(),
        )
        store(self.registration_file, registration)
        return registration
