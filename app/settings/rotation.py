"""What may be another while the process runs: the App's key and webhook secrets, where they come from a file."""

from __future__ import annotations

from pathlib import Path

from app.settings.files import file_text
from app.settings.identity import pem
from app.settings.registration import Registration, read_file
from app.settings.values import Secret, Settings, SettingsError

_VARIABLE = "ASSAY_REGISTRATION_FILE"


def key_file(settings: Settings) -> Path | None:
    """Return the file that the App's private key came from; `None` for one that the environment holds itself."""
    if settings.private_key_file is not None:
        return settings.private_key_file
    return settings.registration_file if settings.registered_at is not None else None


def key_now(settings: Settings) -> Secret:
    """Read the App's private key again; raises `SettingsError` when it cannot be read or is none."""
    if settings.private_key_file is not None:
        return pem("ASSAY_PRIVATE_KEY_FILE", file_text("ASSAY_PRIVATE_KEY_FILE", str(settings.private_key_file)))
    return settings.app().private_key if settings.registered_at is None else _same_app(settings).private_key


def webhook_secrets_now(settings: Settings) -> tuple[Secret, ...]:
    """Read the webhook secrets again, the current one first; raises `SettingsError` as `key_now` does."""
    if settings.registered_at is None:
        return settings.webhook_secrets
    found = _same_app(settings)
    old = () if found.old_webhook_secret is None else (found.old_webhook_secret,)
    return (found.webhook_secret, *old)


def _same_app(settings: Settings) -> Registration:
    """Read the registration again. One that is gone is an error: what stood in it at the start may be outdated."""
    found = read_file(settings.registration_file)
    if found is None:
        raise SettingsError(_VARIABLE, f"{settings.registration_file} is gone; put it back.")
    if found.app_id != settings.app_id:
        raise SettingsError(_VARIABLE, "now names another App; restart to go on as that one.")
    return found
