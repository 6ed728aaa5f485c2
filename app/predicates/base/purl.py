"""Package URLs, compared carefully: what is not surely the same package is another one.

Grammar: the Package URL specification ("purl"). Nothing is folded by type: a spelling that differs does not match.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from app.core.errors import InvalidReference
from app.core.oci import Digest

_TYPE: Final = re.compile(r"[a-z][a-z0-9.+-]*")
IMAGES: Final = frozenset({"oci", "docker"})
"""Kinds of package URL that name images."""


@dataclass(frozen=True, slots=True)
class PackageUrl:
    """A package URL taken apart and decoded; `path` is namespace and name, `version` is empty when not stated."""

    kind: str
    path: tuple[str, ...]
    version: str
    qualifiers: frozenset[tuple[str, str]]
    subpath: str

    @classmethod
    def parse(cls, text: str) -> PackageUrl | None:
        """Read one; `None` for anything else."""
        rest, _, subpath = text.partition("#")
        rest, _, query = rest.partition("?")
        scheme, _, rest = rest.partition(":")
        kind, *parts = rest.strip("/").split("/")
        if scheme != "pkg" or not _TYPE.fullmatch(kind.lower()) or not parts:
            return None
        # Only the last part has a version: `pkg:npm/@scope/name@1`.
        name, _, version = parts[-1].partition("@")
        path = (*map(unquote, parts[:-1]), unquote(name))
        pairs = [pair.partition("=") for pair in query.split("&") if pair]
        qualifiers = frozenset((key.lower(), unquote(value)) for key, _, value in pairs)
        if not all(path) or len({key for key, _ in qualifiers}) != len(pairs):
            return None
        return cls(kind.lower(), path, unquote(version), qualifiers, unquote(subpath))

    def covers(self, other: PackageUrl) -> bool:
        """Say whether the other is this package: all that this one states must be stated there as well."""
        return (
            (self.kind, self.path) == (other.kind, other.path)
            and self.version in ("", other.version)
            and self.subpath in ("", other.subpath)
            and self.qualifiers <= other.qualifiers
        )

    @property
    def image(self) -> Digest | None:
        """The digest of the image that this names; `None` when it names none by digest."""
        return digest_of(self.version) if self.kind in IMAGES else None


def digest_of(text: str) -> Digest | None:
    """Read `sha256:<hex>`; `None` for any other text."""
    try:
        return Digest.parse(text)
    except InvalidReference:
        return None
