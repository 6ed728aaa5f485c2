"""The environment as a frozen value; `docs/settings.md` describes each variable."""

from app.settings.reading import VARIABLES, read
from app.settings.values import AppSettings, RegistryLogin, Secret, Settings, SettingsError

__all__ = ["VARIABLES", "AppSettings", "RegistryLogin", "Secret", "Settings", "SettingsError", "read"]
