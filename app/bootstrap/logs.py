"""The process's logs."""

from __future__ import annotations

from app.adapters.log_lines import configure_logs
from app.settings import Secret, Settings


def to_standard_error(settings: Settings) -> None:
    """Send the process's logs to standard error as lines of JSON that hold none of the settings' secrets."""
    configure_logs(secret.reveal() for secret in _secrets(settings))


def _secrets(settings: Settings) -> tuple[Secret, ...]:
    key = () if settings.private_key is None else (settings.private_key,)
    client = () if settings.client_secret is None else (settings.client_secret,)
    passwords = tuple(login.password for login in settings.registry_logins)
    return (settings.database_url, *key, *client, *settings.webhook_secrets, *passwords)
