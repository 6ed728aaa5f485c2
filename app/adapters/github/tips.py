"""The tip of a repository's default branch, read with a token that may read and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.adapters.github.broker import Grant, InstallationToken
from app.adapters.github.client import Client
from app.adapters.github.connected import default_branch
from app.adapters.github.files import Files
from app.adapters.github.listing import below
from app.adapters.github.readers import Readers
from app.core.pull_request import PullRequestRef
from app.core.sweep import RepositoryRef
from app.core.tree import File, Listing

READING: Final = (("contents", "read"), ("metadata", "read"))


@dataclass(frozen=True, slots=True)
class Tip:
    """A branch and its newest commit, whose files can be read; fits the port `Source`."""

    branch: str
    commit: str
    files: Files

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        """Return each path's content at `commit`; a path that does not exist there is not in the answer."""
        found = self.files.at(commit, tuple(paths))
        return {path: entry.file for path, entry in found.items() if entry.file is not None}

    def list(self, commit: str, folder: str) -> Listing:
        """Return every path below a folder at `commit`."""
        return below(self.files, commit, folder)


def default_tip(readers: Readers, repository: RepositoryRef) -> Tip | None:
    """Return the tip of the default branch; `None` for an empty repository. Raises `Unavailable`."""
    found = default_branch(readers, repository)
    if found is None:
        return None
    branch, commit, _ = found
    grant = Grant(repository.installation, repository.id, READING)
    client = Client(readers.connection, InstallationToken(readers.broker, grant))
    place = PullRequestRef(repository.installation, repository.id, repository.owner, repository.name, 0)
    return Tip(branch, commit, Files(client, place))
