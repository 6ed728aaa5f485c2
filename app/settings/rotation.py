"""What may be another while the process runs: the App's key and webhook secrets, where they come from a file."""

from __future__ import annotations

from pathlib import Path

from app.settings.files import file_text
from app.settings.identity import pem
from app.settings.registration import read_file
from app.settings.values import Secret, Settings, SettingsError


def key_file(settings: Settings) -> Path | None:
    """Return the file that the App's private key came from; `None` for one that the environment holds itself."""
    if settings.private_key_file is not None:
        return settings.private_key_file
    return settings.registration_file if settings.registered_at is not None else None


def key_now(settings: Settings) -> Secret:
    """Read the App's private key again; raises `SettingsError` when it cannot be read or is none."""
    if settings.private_key_file is not None:
        return pem("ASSAY_PRIVATE_KEY_FILE", file_text("ASSAY_PRIVATE_KEY_FILE", str(settings.private_key_file)))
    found = read_file(settings.registration_file) if settings.registered_at is not None else None
    if found is None:
        return settings.app().private_key
    if found.app_id != settings.app_id:
        raise SettingsError("ASSAY_REGISTRATION_FILE", "now names another App; restart to go on as that one.")
    return found.private_key


def webhook_secrets_now(settings: Settings) -> tuple[Secret, ...]:
    """Read the webhook secrets again, the current one first; raises `SettingsError` as `key_now` does."""
    found = read_file(settings.registration_file) if settings.registered_at is not None else None
    if found is None:
        return settings.webhook_secrets
    if found.app_id != settings.app_id:
        raise SettingsError("ASSAY_REGISTRATION_FILE", "now names another App; restart to go on as that one.")
    old = () if found.old_webhook_secret is None else (found.old_webhook_secret,)
    return (found.webhook_secret, *old)
