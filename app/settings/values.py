"""What a configuration is, once it was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.core.errors import Error
from app.core.oci import Mirrors


class SettingsError(Error):
    """A setting is wrong or missing; `variable` names it."""

    def __init__(self, variable: str, sentence: str) -> None:
        """Keep the variable beside the sentence, which begins with its name."""
        super().__init__(f"{variable}: {sentence}")
        self.variable = variable


class SettingsErrors(SettingsError):
    """Several settings are wrong; `variable` is that of the first."""

    def __init__(self, errors: tuple[SettingsError, ...]) -> None:
        """Keep each of them."""
        Error.__init__(self, "\n".join(str(error) for error in errors))
        self.variable = errors[0].variable
        self.errors = errors

    @classmethod
    def of(cls, errors: Sequence[SettingsError]) -> SettingsError:
        """Return the one error, or all of them as one."""
        return errors[0] if len(errors) == 1 else cls(tuple(errors))

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is to be said, a sentence a line."""
        return tuple(str(error) for error in self.errors)


@dataclass(frozen=True, slots=True)
class Secret:
    """Text that no `repr`, log line or error shows; `reveal` is the one way to it."""

    _text: str

    def __repr__(self) -> str:
        """Hide the text and its length."""
        return "Secret(***)"

    __str__ = __repr__

    def reveal(self) -> str:
        """Return the text."""
        return self._text


@dataclass(frozen=True, slots=True)
class RegistryLogin:
    """A registry's host, or host:port, and the credential for exactly it."""

    host: str
    user: str
    password: Secret


@dataclass(frozen=True, slots=True)
class AppSettings:
    """What a registered GitHub App has; `webhook_secrets` has the current one first, then the old while it rotates."""

    app_id: int
    private_key: Secret
    webhook_secrets: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration. `None` and empty mean not set; see `docs/settings.md` for each variable.

    `credential_users` maps a registry's host to the owners and `owner/repository` names whose pull requests may use
    the credential for it, in lower case; a registry that is not in it serves `owner` alone. `private_registries` may
    lie at private addresses; `realms` maps one to its token services on other hosts. `mirrors` says which names
    stand for which upstream. `trusted_roots` are further ones by name; `tuf` is the folder of those that are refreshed,
    `None` when none are; `tuf_sites` are the operator's TUF repositories by the name of their root: the address, and
    the first root metadata where it is not a built-in's. `kev_file` and `epss_file` are local lists of exploitation.
    `git_fetch` is the folder for fetches of huge pull requests, `None` when there are none. `render`: kustomizations
    and charts may be rendered. `bundle_hosts` are where GitHub may keep bundles besides the storage of github.com.
    `sweep_seconds` lie between two sweeps over open pull requests, 0 when there are none. `ca_file`, `proxy` and
    `no_proxy` are how the world is reached. `ledger_key_file` is the key that signs merge records, `ledger_copy` where
    they are copied to: `folder` or `branch`, and its name. `evidence_files` are the repositories (`owner/name`,
    `owner/*`, in lower case) in which evidence files are proposed. `public_url` is where browsers and GitHub reach the
    web, no slash at its end. `client_id` and `client_secret` are what people sign in with, both or neither; `slug` is
    the App's name in URLs. `operators` are the logins, in lower case, of those who may see the operator's page.
    `registration_file` is where a registration is kept; `registered_at` is when the one in force was, if it is there.
    `web_processes` serve the web beside each other.
    `write_limits` are how many writes GitHub takes of an installation in a minute and an hour. Metrics are served at
    `metrics_listen`, traces sent to `traces_url`. `private_key_file` is where the key came from, if from a file of its
    own. Old records are thinned after `keep_days`, 0 for never; `delete_on_uninstall`: all at once where the App is
    removed. A look that takes longer than `look_seconds` ends its worker, 0 for never.
    """

    database_url: Secret
    app_id: int | None
    private_key: Secret | None
    webhook_secrets: tuple[Secret, ...]
    github_url: str
    trusted_root: Path | None
    registry_config: Path | None
    registry_logins: tuple[RegistryLogin, ...]
    credential_users: Mapping[str, frozenset[str]]
    private_registries: frozenset[str]
    listen: tuple[str, int]
    worker_id: str
    floor_required: bool
    owner: str | None
    realms: Mapping[str, frozenset[str]]
    mirrors: Mirrors = field(default_factory=Mirrors)
    trusted_roots: Mapping[str, Path] = field(default_factory=dict)
    tuf: Path | None = None
    kev_file: Path | None = None
    epss_file: Path | None = None
    git_fetch: Path | None = None
    render: bool = False
    bundle_hosts: frozenset[str] = frozenset()
    tuf_sites: Mapping[str, tuple[str, Path | None]] = field(default_factory=dict)
    sweep_seconds: float = 0.0
    floor_file: Path | None = None
    ca_file: Path | None = None
    proxy: Secret | None = None
    no_proxy: frozenset[str] = frozenset()
    ledger_key_file: Path | None = None
    ledger_copy: tuple[str, str] | None = None
    public_url: str | None = None
    client_id: str | None = None
    client_secret: Secret | None = None
    slug: str | None = None
    operators: frozenset[str] = frozenset()
    registration_file: Path = Path("var/registration.json")
    registered_at: datetime | None = None
    web_processes: int = 1
    write_limits: tuple[int, int] | None = (80, 500)
    metrics_listen: tuple[str, int] | None = None
    traces_url: str | None = None
    private_key_file: Path | None = None
    keep_days: int = 0
    delete_on_uninstall: bool = False
    evidence_files: frozenset[str] = frozenset()
    look_seconds: float = 0.0

    @property
    def pages_url(self) -> str | None:
        """Where people read pages; `None` while nobody can sign in, so that no link leads nowhere."""
        return None if self.client_id is None or self.client_secret is None else self.public_url

    @property
    def registered(self) -> bool:
        """Whether all that a registered App has is set."""
        return self.app_id is not None and self.private_key is not None and bool(self.webhook_secrets)

    @property
    def untouched(self) -> bool:
        """Whether nothing of an App is set, so that one may be registered."""
        return self.app_id is None and self.private_key is None and not self.webhook_secrets

    def app(self) -> AppSettings:
        """Return the App's settings; raises `SettingsError` that says all that is missing."""
        if self.app_id is None or self.private_key is None or not self.webhook_secrets:
            raise SettingsErrors.of(tuple(self._missing()))
        return AppSettings(self.app_id, self.private_key, self.webhook_secrets)

    def _missing(self) -> Iterator[SettingsError]:
        if self.app_id is None:
            yield SettingsError("ASSAY_APP_ID", "not set; give the number on the App's settings page.")
        if self.private_key is None:
            yield SettingsError(
                "ASSAY_PRIVATE_KEY_FILE",
                "not set; generate a private key on the App's settings page and name its file.",
            )
        if not self.webhook_secrets:
            yield SettingsError("ASSAY_WEBHOOK_SECRET", "not set; give the webhook secret of the App's settings page.")
