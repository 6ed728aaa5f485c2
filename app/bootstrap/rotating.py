"""The App's key and webhook secrets as they are now: both may be changed while the process runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from app.settings import Settings, SettingsError, key_now, webhook_secrets_now

_log = logging.getLogger(__name__)


def reading_key(settings: Settings) -> Callable[[], str | None]:
    """Return what reads the App's private key again; it returns `None` when the file cannot be used now."""

    def read() -> str | None:
        try:
            return key_now(settings).reveal()
        except SettingsError as error:
            _log.warning("the App's private key is not read again: %s", error)
            return None

    return read


@dataclass(slots=True)
class WebhookSecrets:
    """The secrets that deliveries may be signed with, the current one first; `renew` reads them again."""

    settings: Settings
    known: tuple[bytes, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Begin with those that the settings have."""
        self.known = tuple(secret.reveal().encode() for secret in self.settings.webhook_secrets)

    def __call__(self) -> tuple[bytes, ...]:
        """Return them."""
        return self.known

    def renew(self) -> None:
        """Read them again; a file that cannot be used leaves those of before in force."""
        try:
            found = webhook_secrets_now(self.settings)
        except SettingsError as error:
            _log.warning("the webhook secrets are not read again: %s", error)
        else:
            self.known = tuple(secret.reveal().encode() for secret in found)
