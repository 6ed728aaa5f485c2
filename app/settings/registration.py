"""The registration file: which App this is, as GitHub told it when the App was registered from the setup page.

It holds every secret of the App, so it is this user's alone, and a file that others could have read or written is not
used. It is written whole or not at all, and never over another.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from app.settings.addresses import github_url, public_url
from app.settings.files import FILE_LIMIT
from app.settings.identity import OF_THE_APP, app_id, client_id, pem
from app.settings.values import Secret, Settings, SettingsError

SCHEMA: Final = "assay.registration/v1"
_VARIABLE: Final = "ASSAY_REGISTRATION_FILE"
_RIGHTS: Final = frozenset({0o600, 0o400})
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Registration:
    """An App as it was registered. `old_webhook_secret` is set by hand while the secret is rotated."""

    app_id: int
    slug: str
    client_id: str
    client_secret: Secret
    webhook_secret: Secret
    private_key: Secret
    github_url: str
    public_url: str
    registered_at: datetime
    old_webhook_secret: Secret | None = None

    def text(self) -> str:
        """Write it as JSON."""
        old = {} if self.old_webhook_secret is None else {"webhook_secret_old": self.old_webhook_secret.reveal()}
        held = {
            "schema": SCHEMA,
            "app_id": self.app_id,
            "slug": self.slug,
            "client_id": self.client_id,
            "client_secret": self.client_secret.reveal(),
            "webhook_secret": self.webhook_secret.reveal(),
            **old,
            "private_key": self.private_key.reveal(),
            "github_url": self.github_url,
            "public_url": self.public_url,
            "registered_at": self.registered_at.isoformat(),
        }
        return json.dumps(held, indent=2) + "\n"


def registered(settings: Settings, environment: Mapping[str, str]) -> Settings:
    """Complete settings by the registration file where the environment does not say which App this is.

    The environment says it whole, or the file does. Raises `SettingsError` for half of each, and for a faulty file.
    """
    given = sorted(name for name in OF_THE_APP if name in environment)
    if settings.registered:
        return settings
    found = read_file(settings.registration_file)
    if found is None:
        return settings
    path = settings.registration_file
    if given:
        raise SettingsError(given[0], f"set, and the rest of the App is in {path}; give all of it here, or unset this.")
    if "ASSAY_GITHUB_URL" in environment and settings.github_url != found.github_url:
        raise SettingsError(
            "ASSAY_GITHUB_URL", f"another GitHub than the one of {path} ({found.github_url}); unset it."
        )
    old = () if found.old_webhook_secret is None else (found.old_webhook_secret,)
    return replace(
        settings,
        app_id=found.app_id,
        private_key=found.private_key,
        webhook_secrets=(found.webhook_secret, *old),
        github_url=found.github_url,
        public_url=settings.public_url or found.public_url,
        client_id=settings.client_id or found.client_id,
        client_secret=settings.client_secret or found.client_secret,
        slug=found.slug,
        registered_at=found.registered_at,
    )


def read_file(path: Path) -> Registration | None:
    """Read a registration, `None` where no file is; raises `SettingsError`."""
    try:
        with path.open("rb") as file:
            wrong = _wrong_rights(os.fstat(file.fileno()))
            content = b"" if wrong else file.read(FILE_LIMIT + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(_VARIABLE, f"{path} cannot be read ({error.strerror}); correct path or rights.") from error
    if wrong:
        raise SettingsError(_VARIABLE, f"{path} {wrong}.")
    try:
        return _parse(content)
    except (ValueError, KeyError, TypeError, RecursionError, SettingsError):
        # What is wrong may quote a secret: not chained, not repeated.
        sentence = f"{path} is no registration as Assay writes it; put back a copy, or move it away and register anew."
    raise SettingsError(_VARIABLE, sentence)


def _wrong_rights(found: os.stat_result) -> str | None:
    if not stat.S_ISREG(found.st_mode):
        return "is no file"
    if found.st_uid not in {os.geteuid(), 0}:
        return "belongs to another user; make it this user's own"
    if stat.S_IMODE(found.st_mode) not in _RIGHTS:
        return (
            f"has the rights {stat.S_IMODE(found.st_mode):04o}, and others may have its secrets; set 0600 (chmod 600)"
        )
    return None


def _parse(content: bytes) -> Registration:
    held = json.loads(content)
    if len(content) > FILE_LIMIT or held["schema"] != SCHEMA:
        raise ValueError(SCHEMA)
    moment = datetime.fromisoformat(held["registered_at"])
    if moment.tzinfo is None:
        raise ValueError("registered_at")
    old = held.get("webhook_secret_old")
    return Registration(
        app_id=app_id(str(held["app_id"])),
        slug=_filled(held["slug"]),
        client_id=client_id(held["client_id"]),
        client_secret=Secret(_filled(held["client_secret"])),
        webhook_secret=Secret(_filled(held["webhook_secret"])),
        private_key=pem(_VARIABLE, held["private_key"]),
        github_url=github_url(held["github_url"]),
        public_url=public_url(held["public_url"]),
        registered_at=moment,
        old_webhook_secret=None if old is None else Secret(_filled(old)),
    )


def _filled(value: object) -> str:
    # An empty secret would make every stranger's signature right (AT-177).
    if not isinstance(value, str) or not value.strip():
        raise ValueError("empty")
    return value


def store(path: Path, registration: Registration) -> None:
    """Keep a registration for this user alone: on disk and whole when it returns.

    Raises `SettingsError` when that fails, and when there is a file already, which stays as it is.
    """
    _written(path, lambda folder: _link(folder, path, registration.text().encode()))


def make_room(path: Path) -> None:
    """Make the folder for a registration, and try whether one can be kept there; raises `SettingsError`."""
    trial = path.with_name(f".{path.name}.{secrets.token_hex(8)}.trial")

    def attempt(folder: Path) -> None:
        if path.exists():
            raise FileExistsError
        _link(folder, trial, b"")
        trial.unlink()

    _written(path, attempt)


def _written(path: Path, write: Callable[[Path], None]) -> None:
    try:
        write(_folder(path.parent))
    except FileExistsError as error:
        raise SettingsError(_VARIABLE, f"{path} is there already and is not written over.") from error
    except OSError as error:
        sentence = f"{path} cannot be written ({error.strerror or error}); correct path, rights or space."
        raise SettingsError(_VARIABLE, sentence) from error


def _folder(folder: Path) -> Path:
    """Make a folder for this user alone; raises `SettingsError` for one that others may write to."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.stat()
        if found.st_mode & _OTHERS_WRITE or found.st_uid not in {os.geteuid(), 0}:
            sentence = f"others may write to {folder}; give it to this user alone (chmod 700)."
            raise SettingsError(_VARIABLE, sentence) from None
    return folder


def _link(folder: Path, path: Path, content: bytes) -> None:
    """Write a file beside, force it to disk, and give it its name, which must be free."""
    beside = folder / f".{path.name}.{secrets.token_hex(8)}"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link never takes the place of what is there.
        os.link(beside, path)
    finally:
        beside.unlink()
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
