"""Where a partial clone says that the rest of it is: read as text from its configuration, and believed only so far.

A remote may be reached over https, ssh, or as files of this machine. Whatever else a clone may name (a helper program,
a command) is refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from app.adapters.git_history.process import Place

_KEYS: Final = r"^(remote\..*\.(promisor|url)|extensions\.partialclone)$"
_TRUE: Final = frozenset({"true", "yes", "on", "1", ""})
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]*::")
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
# Somebody may have git write the one for the other, in a configuration of their own.
_OPEN: Final = {"https": "https:ssh", "ssh": "https:ssh", "file": "file"}


@dataclass(frozen=True, slots=True)
class Promisor:
    """A remote that has what a clone lacks: its name, its address, and the protocols that may lead there.

    The address may hold a password: `shown` is the same without. `protocols` is empty for one that is not asked.
    """

    name: str
    url: str
    protocols: str

    @property
    def shown(self) -> str:
        """The address without what may be secret."""
        if _SCHEME.match(self.url) is None:
            return self.url
        try:
            parts = urlsplit(self.url)
        except ValueError:
            return "an address that is none"
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def promisors_of(place: Place) -> tuple[Promisor, ...]:
    """Return the remotes of a repository that promised what it lacks, in the order of their names."""
    _, output, _ = place.answer("config", "--null", "--get-regexp", _KEYS)
    urls: dict[str, str] = {}
    names: set[str] = set()
    for key, value in _entries(output):
        remote, _, what = key.removeprefix("remote.").rpartition(".")
        if key == "extensions.partialclone":
            names.add(value)
        elif what == "url":
            urls.setdefault(remote, value)
        elif value.lower() in _TRUE:
            names.add(remote)
    top = _top(place)
    return tuple(_promisor(name, urls[name], top) for name in sorted(names) if name in urls)


def _entries(output: bytes) -> Iterator[tuple[str, str]]:
    for entry in output.decode("utf-8", "surrogateescape").split("\0"):
        key, _, value = entry.partition("\n")
        if key:
            yield key, value


def _top(place: Place) -> Path:
    """Return the folder that an address without a beginning is meant from."""
    code, output, _ = place.answer("rev-parse", "--show-toplevel")
    if code:
        _, output, _ = place.answer("rev-parse", "--absolute-git-dir")
    return Path(os.fsdecode(output).removesuffix("\n"))


def _promisor(name: str, url: str, top: Path) -> Promisor:
    scheme = _SCHEME.match(url)
    if scheme is not None:
        return Promisor(name, url, _protocols(url))
    if _HELPER.match(url) or url.startswith("-") or not url:
        return Promisor(name, url, "")
    if ":" in url.partition("/")[0]:
        return Promisor(name, url, _OPEN["ssh"])
    return Promisor(name, str(top / url), _OPEN["file"])


def _protocols(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return "http" if parts.scheme == "http" and parts.hostname in _LOOPBACK else _OPEN.get(parts.scheme, "")
