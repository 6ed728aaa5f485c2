"""The settings that say which App this is: its number, key and secrets, from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.settings.files import file_text
from app.settings.values import Secret, SettingsError

OF_THE_APP = frozenset(
    {
        "ASSAY_APP_ID",
        "ASSAY_PRIVATE_KEY",
        "ASSAY_PRIVATE_KEY_FILE",
        "ASSAY_WEBHOOK_SECRET",
        "ASSAY_WEBHOOK_SECRET_OLD",
    }
)
"""What the environment must say whole, or leave wholly to the registration file."""


def app_id(text: str) -> int:
    """Read the App's number."""
    if not re.fullmatch(r"[0-9]{1,18}", text) or int(text) == 0:
        raise SettingsError("ASSAY_APP_ID", "not a number; give the App ID (not the client ID) of its settings page.")
    return int(text)


def private_key(environment: Mapping[str, str]) -> Secret | None:
    """Read the App's private key, given itself or by its file; `None` for neither."""
    inline, file = environment.get("ASSAY_PRIVATE_KEY"), environment.get("ASSAY_PRIVATE_KEY_FILE")
    if inline is not None and file is not None:
        raise SettingsError("ASSAY_PRIVATE_KEY", "set beside ASSAY_PRIVATE_KEY_FILE; unset one of the two.")
    if file is not None:
        return pem("ASSAY_PRIVATE_KEY_FILE", file_text("ASSAY_PRIVATE_KEY_FILE", file))
    # Many platforms hold one-line values only; the two characters \n then stand for a line's end.
    return None if inline is None else pem("ASSAY_PRIVATE_KEY", inline.replace("\\n", "\n"))


def pem(variable: str, text: str) -> Secret:
    """Read a private key in the form in which GitHub gives it."""
    key = text.strip()
    if not re.fullmatch(
        r"-----BEGIN (?:RSA )?PRIVATE KEY-----\n.*\n-----END (?:RSA )?PRIVATE KEY-----", key, re.DOTALL
    ):
        raise SettingsError(variable, "no private key in PEM form; give the .pem that GitHub generated, unchanged.")
    return Secret(key + "\n")


def webhook_secrets(environment: Mapping[str, str]) -> tuple[Secret, ...]:
    """Read the webhook secret and, while it is rotated, the one before."""
    secrets = []
    for name in ("ASSAY_WEBHOOK_SECRET", "ASSAY_WEBHOOK_SECRET_OLD"):
        text = environment.get(name)
        if text is None:
            continue
        if not text.strip():
            # An empty secret would make every stranger's signature right (AT-177).
            raise SettingsError(name, "empty; give the webhook secret of the App's settings page, or unset it.")
        secrets.append(Secret(text))
    if "ASSAY_WEBHOOK_SECRET_OLD" in environment and "ASSAY_WEBHOOK_SECRET" not in environment:
        raise SettingsError("ASSAY_WEBHOOK_SECRET", "not set beside ASSAY_WEBHOOK_SECRET_OLD; give the current secret.")
    return tuple(secrets)


def client(environment: Mapping[str, str]) -> tuple[str | None, Secret | None]:
    """Read what people sign in with: both or neither."""
    number = environment.get("ASSAY_CLIENT_ID", "").strip() or None
    secret = environment.get("ASSAY_CLIENT_SECRET", "").strip() or None
    if (number is None) != (secret is None):
        missing = "ASSAY_CLIENT_ID" if number is None else "ASSAY_CLIENT_SECRET"
        raise SettingsError(missing, "ASSAY_CLIENT_ID and ASSAY_CLIENT_SECRET go together; set this one too.")
    if number is None or secret is None:
        return None, None
    return client_id(number), Secret(secret)


def client_id(text: str) -> str:
    """Read a client ID."""
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", text):
        raise SettingsError("ASSAY_CLIENT_ID", "no client ID; give the one of the App's settings page.")
    return text
