"""The registries, with the operator's credentials."""

from __future__ import annotations

import logging

from app.adapters.oci_registry import InvalidCredentials, OciRegistries, RegistrySettings, read_credentials
from app.bootstrap.terminal import OWNER
from app.bootstrap.ways import way_out
from app.core.oci import Audience
from app.jobs.ports import Registry
from app.settings import Settings

_log = logging.getLogger(__name__)


def registries(settings: Settings, *, terminal: bool = False) -> OciRegistries:
    """Open registries with the operator's credentials; at the terminal each may be used by the person there."""
    config = settings.registry_config
    logins = "\n".join(f"{one.host}={one.user}:{one.password.reveal()}" for one in settings.registry_logins)
    try:
        credentials = read_credentials(
            docker_config=None if config is None else config.read_text(encoding="utf-8"),
            environment=logins or None,
            users={} if terminal else settings.credential_users,
            owner=OWNER if terminal else settings.owner,
        )
    except InvalidCredentials as error:
        # The logins of the environment were read before: it is the file that is wrong.
        raise InvalidCredentials(f"ASSAY_REGISTRY_CONFIG: {error} ({config}); correct the file.") from error
    return OciRegistries(
        RegistrySettings(credentials, settings.private_registries, settings.realms, way=way_out(settings))
    )


class CurrentRegistries:
    """The operator's registries, read anew when their credentials change; jobs that run keep what they opened."""

    def __init__(self, settings: Settings) -> None:
        """Read the credentials; raises `InvalidCredentials`."""
        self._settings = settings
        self._registries = registries(settings)

    def open(self, audience: Audience) -> Registry:
        """Open the registries for an audience."""
        return self._registries.open(audience)

    def reload(self) -> None:
        """Read the credentials again; what cannot be read leaves the last good ones in force."""
        try:
            self._registries = registries(self._settings)
        except (InvalidCredentials, OSError, UnicodeDecodeError) as error:
            _log.warning("the registry credentials cannot be read, the last ones stay in force: %s", error)

    def close(self) -> None:
        """Close connections that are kept open."""
        self._registries.close()
