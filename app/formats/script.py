"""Scripts, makefiles and units: whole references, and what a container command runs or pulls."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.inventory import ImageUse
from app.formats.base import Place, find_commands

NAME = "script"

_ENDINGS = (
    *(".sh", ".bash", ".zsh", ".ksh", ".fish", ".ps1", ".psm1", ".bat", ".cmd", ".mk", ".mak", ".make", ".just"),
    *(".service", ".socket", ".timer"),
)
_NAMES = frozenset({"makefile", "gnumakefile", "justfile", "earthfile", "procfile", "snakefile", "brewfile"})


def matches(path: str) -> bool:
    """Whether a file is a script, a makefile or a systemd unit by its name."""
    last = path.rpartition("/")[2].lower()
    return last.endswith(_ENDINGS) or last in _NAMES or last.startswith(("makefile.", "justfile."))


def extract(path: str, text: str) -> Iterable[ImageUse]:
    """Return the images that a script names with a registry and a tag or a digest, or hands to a container command."""
    return find_commands(text, Place(path, NAME))
