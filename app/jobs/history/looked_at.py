"""Which files of a repository a history looks into: what is fetched for it, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from app.jobs.history.memory import Memory
from app.policy.waivers import TRIVYIGNORE

_OURS: Final = ".github/"
_NAMES: Final = ("CODEOWNERS", TRIVYIGNORE)
_KEYS: Final = (".pub", ".pem", ".key", ".crt")


@dataclass(frozen=True, slots=True)
class LookedAt:
    """Says of paths whether their content is looked at: manifests, policies, and what governs the repository.

    A policy names its key files as it likes: those with another ending are not among these, and a gap tells it.
    """

    _memory: Memory = field(default_factory=Memory)

    def __call__(self, path: str) -> bool:
        """Whether the content of a file of this path is looked at."""
        return governs(path) or self._memory.is_read(path)


def governs(path: str) -> bool:
    """Whether a file of this path may say what the repository's own policy is."""
    name = path.rpartition("/")[2]
    return path.startswith(_OURS) or name in _NAMES or name.endswith(_KEYS)
