"""The names that a policy gives to groups of paths, for whoever asks about one environment only."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.globs import PathGlob
from app.policy.files import PATH
from app.policy.reading import read
from app.policy.reading.signers import KeyRing


def environments(text: str) -> Mapping[str, tuple[PathGlob, ...]]:
    """Return the paths of each environment that a policy text names; nothing for a broken text."""
    document, faults = read(text, PATH, KeyRing(None))
    return {} if faults else document.environments
