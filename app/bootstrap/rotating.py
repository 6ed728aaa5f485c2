"""The App's key and webhook secrets as they are now: both may be changed while the process runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from app.settings import Secret, Settings, SettingsError, key_now, webhook_secrets_now

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


class WebhookSecrets:
    """The secrets that deliveries may be signed with, the current one first; share one object a process.

    Those of a registration file are read again when it changed: one that was taken out is not taken any more.
    """

    def __init__(self, settings: Settings) -> None:
        """Begin with those that the settings have."""
        self._settings = settings
        self._known = _texts(settings.webhook_secrets)
        self._file = settings.registration_file if settings.registered_at is not None else None
        self._seen = self._stamp()

    def __call__(self) -> tuple[bytes, ...]:
        """Return them as they are now; a file that cannot be used leaves those of before in force."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            try:
                self._known = _texts(webhook_secrets_now(self._settings))
            except SettingsError as error:
                _log.warning("the webhook secrets are not read again: %s", error)
        return self._known

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = None if self._file is None else self._file.stat()
        except OSError:
            return None
        return None if found is None else (found.st_ino, found.st_mtime_ns, found.st_size)


def _texts(secrets: Iterable[Secret]) -> tuple[bytes, ...]:
    return tuple(secret.reveal().encode() for secret in secrets)
