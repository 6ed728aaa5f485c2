"""The environment as a frozen value; `docs/settings.md` describes each variable."""

from app.settings.addresses import origin
from app.settings.reading import VARIABLES, read, read_registered
from app.settings.registration import Registration, make_room, store
from app.settings.rotation import key_file, key_now, webhook_secrets_now
from app.settings.values import AppSettings, RegistryLogin, Secret, Settings, SettingsError, SettingsErrors

__all__ = [
    "VARIABLES",
    "AppSettings",
    "Registration",
    "RegistryLogin",
    "Secret",
    "Settings",
    "SettingsError",
    "SettingsErrors",
    "key_file",
    "key_now",
    "make_room",
    "origin",
    "read",
    "read_registered",
    "store",
    "webhook_secrets_now",
]
