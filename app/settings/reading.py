"""The environment, read once into a frozen value. Every error names its variable and says what to do.

Nothing here is required for the commands that need no GitHub App; `Settings.app` says what is missing for the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from app.settings.addresses import github_url, public_url, split
from app.settings.evidence_files import evidence_files
from app.settings.files import named_file
from app.settings.folders import folder, switched_on
from app.settings.identity import app_id, client, private_key, webhook_secrets
from app.settings.ledger import ledger_copy
from app.settings.network import ca_file, direct, proxy
from app.settings.operators import operators
from app.settings.registration import registered
from app.settings.registries import credential_users, hosts, logins, mirrors, realms
from app.settings.retention import keep_days
from app.settings.roots import trusted_roots, tuf_folder
from app.settings.tuf_sites import Site, tuf_sites
from app.settings.values import Secret, Settings, SettingsError, SettingsErrors
from app.settings.watching import metrics_listen, traces_url, write_limits

VARIABLES = frozenset(
    {
        "ASSAY_ALLOWED_PRIVATE_REGISTRIES",
        "ASSAY_APP_ID",
        "ASSAY_CA_FILE",
        "ASSAY_CLIENT_ID",
        "ASSAY_CLIENT_SECRET",
        "ASSAY_DATABASE_URL",
        "ASSAY_DELETE_ON_UNINSTALL",
        "ASSAY_EPSS_FILE",
        "ASSAY_EVIDENCE_FILES",
        "ASSAY_FLOOR_FILE",
        "ASSAY_FLOOR_REQUIRED",
        "ASSAY_GITHUB_BUNDLE_HOSTS",
        "ASSAY_GITHUB_URL",
        "ASSAY_GITHUB_WRITES",
        "ASSAY_GIT_FETCH",
        "ASSAY_GIT_FETCH_DIR",
        "ASSAY_KEEP_DAYS",
        "ASSAY_KEV_FILE",
        "ASSAY_LEDGER_COPY",
        "ASSAY_LEDGER_KEY_FILE",
        "ASSAY_LISTEN",
        "ASSAY_LOOK_MINUTES",
        "ASSAY_NO_PROXY",
        "ASSAY_OPERATORS",
        "ASSAY_METRICS_LISTEN",
        "ASSAY_OWNER",
        "ASSAY_PRIVATE_KEY",
        "ASSAY_PRIVATE_KEY_FILE",
        "ASSAY_PROXY",
        "ASSAY_PUBLIC_URL",
        "ASSAY_REGISTRATION_FILE",
        "ASSAY_REGISTRY_AUTH",
        "ASSAY_REGISTRY_CONFIG",
        "ASSAY_REGISTRY_CREDENTIAL_USERS",
        "ASSAY_REGISTRY_MIRRORS",
        "ASSAY_REGISTRY_REALMS",
        "ASSAY_SWEEP_MINUTES",
        "ASSAY_RENDER",
        "ASSAY_TRACES_URL",
        "ASSAY_TRUSTED_ROOT",
        "ASSAY_TRUSTED_ROOTS",
        "ASSAY_TUF",
        "ASSAY_TUF_DIR",
        "ASSAY_TUF_SOURCES",
        "ASSAY_WEB_PROCESSES",
        "ASSAY_WEBHOOK_SECRET",
        "ASSAY_WEBHOOK_SECRET_OLD",
        "ASSAY_WORKER_ID",
    }
)
"""Every variable that is read; each has its heading in `docs/settings.md`."""

_WORKER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"", "0", "false", "no", "off"})
_LAST_PORT = 65_535
_DAY_MINUTES = 1440
_MOST_PROCESSES = 64

_T = TypeVar("_T")


_HANGS_ON: Mapping[str, tuple[str, ...]] = {
    "ASSAY_CLIENT_ID": ("ASSAY_CLIENT_SECRET",),
    "ASSAY_CLIENT_SECRET": ("ASSAY_CLIENT_ID",),
    "ASSAY_TRUSTED_ROOT": ("ASSAY_TUF_SOURCES",),
    "ASSAY_TRUSTED_ROOTS": ("ASSAY_TUF_SOURCES",),
    "ASSAY_TUF": ("ASSAY_TUF_SOURCES",),
    "ASSAY_WEBHOOK_SECRET": ("ASSAY_WEBHOOK_SECRET_OLD",),
}
"""What cannot be judged when a variable is wrong, and is left out with it."""


def read(environment: Mapping[str, str]) -> Settings:
    """Read the environment; raises `SettingsError` that says everything that is wrong."""
    return _whole(environment, lambda settings: settings)


def read_registered(environment: Mapping[str, str]) -> Settings:
    """Read the environment and, where that does not say which App this is, the registration file.

    Raises `SettingsError` that says everything that is wrong.
    """
    return _whole(environment, lambda settings: registered(settings, environment))


def _whole(environment: Mapping[str, str], complete: Callable[[Settings], Settings]) -> Settings:
    """Read again without what is wrong, until nothing is, so that every mistake is known at once."""
    left, wrong = dict(environment), list[SettingsError]()
    while True:
        try:
            settings = _read(left)
        except SettingsError as error:
            wrong.append(error)
            without = {error.variable, *_HANGS_ON.get(error.variable, ())} & left.keys()
            if not without:
                break
            for name in without:
                del left[name]
            continue
        try:
            settings = complete(settings)
        except SettingsError as error:
            wrong.append(error)
        if not wrong:
            return settings
        break
    raise SettingsErrors.of(wrong)


def _read(environment: Mapping[str, str]) -> Settings:
    _refuse_debuggers(environment)
    _refuse_unknown(environment)
    return Settings(
        database_url=_database_url(environment.get("ASSAY_DATABASE_URL", "sqlite:///var/assay.db")),
        app_id=_maybe(environment, "ASSAY_APP_ID", app_id),
        private_key=private_key(environment),
        private_key_file=_maybe(environment, "ASSAY_PRIVATE_KEY_FILE", Path),
        webhook_secrets=webhook_secrets(environment),
        github_url=github_url(environment.get("ASSAY_GITHUB_URL", "https://api.github.com")),
        trusted_root=_maybe(environment, "ASSAY_TRUSTED_ROOT", lambda text: named_file("ASSAY_TRUSTED_ROOT", text)),
        registry_config=_maybe(
            environment, "ASSAY_REGISTRY_CONFIG", lambda text: named_file("ASSAY_REGISTRY_CONFIG", text)
        ),
        registry_logins=logins(environment.get("ASSAY_REGISTRY_AUTH", "")),
        credential_users=credential_users(environment.get("ASSAY_REGISTRY_CREDENTIAL_USERS", "")),
        private_registries=_hosts(environment, "ASSAY_ALLOWED_PRIVATE_REGISTRIES"),
        listen=_listen(environment.get("ASSAY_LISTEN", "127.0.0.1:8000")),
        worker_id=_worker_id(environment.get("ASSAY_WORKER_ID", "worker-1")),
        realms=realms(environment.get("ASSAY_REGISTRY_REALMS", "")),
        mirrors=mirrors(environment.get("ASSAY_REGISTRY_MIRRORS", "")),
        owner=_maybe(environment, "ASSAY_OWNER", _owner),
        floor_required=_flag("ASSAY_FLOOR_REQUIRED", environment.get("ASSAY_FLOOR_REQUIRED", "")),
        trusted_roots=trusted_roots(environment.get("ASSAY_TRUSTED_ROOTS", ""), named_file),
        tuf=_tuf(environment),
        tuf_sites=_tuf_sites(environment),
        git_fetch=_git_fetch(environment),
        render=switched_on("ASSAY_RENDER", environment.get("ASSAY_RENDER", "off")),
        # Read whole, and refused when wrong, by what looks images up.
        floor_file=_maybe(environment, "ASSAY_FLOOR_FILE", Path),
        kev_file=_maybe(environment, "ASSAY_KEV_FILE", Path),
        epss_file=_maybe(environment, "ASSAY_EPSS_FILE", Path),
        ca_file=_maybe(environment, "ASSAY_CA_FILE", ca_file),
        proxy=_maybe(environment, "ASSAY_PROXY", proxy),
        no_proxy=direct(environment.get("ASSAY_NO_PROXY", "")),
        ledger_key_file=_maybe(environment, "ASSAY_LEDGER_KEY_FILE", Path),
        ledger_copy=ledger_copy(environment.get("ASSAY_LEDGER_COPY", "")),
        evidence_files=evidence_files(environment.get("ASSAY_EVIDENCE_FILES", "")),
        bundle_hosts=_hosts(environment, "ASSAY_GITHUB_BUNDLE_HOSTS"),
        registration_file=_registration_file(environment),
        public_url=_maybe(environment, "ASSAY_PUBLIC_URL", public_url),
        client_id=client(environment)[0],
        client_secret=client(environment)[1],
        operators=operators(environment.get("ASSAY_OPERATORS", "")),
        sweep_seconds=_minutes("ASSAY_SWEEP_MINUTES", environment.get("ASSAY_SWEEP_MINUTES", "") or "15") * 60.0,
        look_seconds=_minutes("ASSAY_LOOK_MINUTES", environment.get("ASSAY_LOOK_MINUTES", "") or "30") * 60.0,
        keep_days=keep_days("ASSAY_KEEP_DAYS", environment.get("ASSAY_KEEP_DAYS", "") or "400"),
        delete_on_uninstall=_flag("ASSAY_DELETE_ON_UNINSTALL", environment.get("ASSAY_DELETE_ON_UNINSTALL", "")),
        web_processes=_processes("ASSAY_WEB_PROCESSES", environment.get("ASSAY_WEB_PROCESSES", "") or "1"),
        write_limits=write_limits(environment.get("ASSAY_GITHUB_WRITES", "") or "80/500"),
        metrics_listen=_maybe(
            environment,
            "ASSAY_METRICS_LISTEN",
            lambda text: metrics_listen(text, _listen(environment.get("ASSAY_LISTEN", "127.0.0.1:8000"))),
        ),
        traces_url=_maybe(environment, "ASSAY_TRACES_URL", traces_url),
    )


def _processes(variable: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:3]) <= _MOST_PROCESSES):
        raise SettingsError(variable, f"give how many processes serve the web, from 1 to {_MOST_PROCESSES}.")
    return int(text)


def _minutes(variable: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:9]) > _DAY_MINUTES:
        raise SettingsError(variable, f"{text[:20]!r} is no number of minutes; give 0 (never) to {_DAY_MINUTES}.")
    return int(text)


def _hosts(environment: Mapping[str, str], variable: str) -> frozenset[str]:
    return hosts(variable, environment.get(variable, ""))


def _git_fetch(environment: Mapping[str, str]) -> Path | None:
    if not switched_on("ASSAY_GIT_FETCH", environment.get("ASSAY_GIT_FETCH", "on")):
        return None
    database = _database_url(environment.get("ASSAY_DATABASE_URL", "sqlite:///var/assay.db")).reveal()
    return folder(environment.get("ASSAY_GIT_FETCH_DIR", ""), "git-fetch", database)


def _registration_file(environment: Mapping[str, str]) -> Path:
    database = _database_url(environment.get("ASSAY_DATABASE_URL", "sqlite:///var/assay.db")).reveal()
    return folder(environment.get("ASSAY_REGISTRATION_FILE", ""), "registration.json", database)


def _tuf(environment: Mapping[str, str]) -> Path | None:
    database = _database_url(environment.get("ASSAY_DATABASE_URL", "sqlite:///var/assay.db")).reveal()
    return tuf_folder(environment.get("ASSAY_TUF", "off"), environment.get("ASSAY_TUF_DIR", ""), database)


def _tuf_sites(environment: Mapping[str, str]) -> Mapping[str, Site]:
    roots = trusted_roots(environment.get("ASSAY_TRUSTED_ROOTS", ""), lambda _, file: Path(file))
    default = {"default"} if environment.get("ASSAY_TRUSTED_ROOT", "").strip() else set()
    sites = tuf_sites(environment.get("ASSAY_TUF_SOURCES", ""), roots.keys() | default, named_file)
    if sites and _tuf(environment) is None:
        raise SettingsError("ASSAY_TUF_SOURCES", "set while ASSAY_TUF is off; set that to on, or unset this.")
    return sites


def _refuse_debuggers(environment: Mapping[str, str]) -> None:
    """Refuse to start beside the web framework's debugger: it runs code for whoever reaches it (AT-188)."""
    for name in sorted(environment):
        if name == "FLASK_DEBUG" or name.startswith("WERKZEUG_"):
            raise SettingsError(name, "set; a debugger must not run beside secrets. Unset it.")


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    """Refuse a misspelt name, which would silently leave a default in force."""
    for name in sorted(environment):
        if name.startswith("ASSAY_") and name not in VARIABLES:
            raise SettingsError(name, "no such setting; correct the name (docs/settings.md lists all) or unset it.")


def _maybe(environment: Mapping[str, str], name: str, parse: Callable[[str], _T]) -> _T | None:
    text = environment.get(name, "").strip()
    return parse(text) if text else None


def _database_url(text: str) -> Secret:
    if text.startswith("sqlite:///") and text.removeprefix("sqlite:///") not in {"", ":memory:"} and "?" not in text:
        return Secret(text)
    parts = split("ASSAY_DATABASE_URL", text)
    if parts.scheme.partition("+")[0] in {"postgresql", "postgres"} and parts.path.strip("/"):
        return Secret("postgresql" + text[len(parts.scheme) :])
    # The text itself may hold a password and is not repeated.
    raise SettingsError("ASSAY_DATABASE_URL", "give sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE.")


def _owner(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})", text):
        raise SettingsError(
            "ASSAY_OWNER", "no account name; give the organisation or user whose repositories these are."
        )
    return text.lower()


def _listen(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and 0 <= int(port) <= _LAST_PORT):
        raise SettingsError("ASSAY_LISTEN", "give HOST:PORT, such as 127.0.0.1:8000.")
    return host.strip("[]"), int(port)


def _worker_id(text: str) -> str:
    if not _WORKER.fullmatch(text):
        raise SettingsError(
            "ASSAY_WORKER_ID", "give letters, digits, '_', '.', '-' (64 at most), other for each worker."
        )
    return text


def _flag(variable: str, text: str) -> bool:
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise SettingsError(variable, "give true or false.")
    return word in _YES
