"""The owner's floor: `assay.yml` in the owner's `.github` repository, read with a token of its own."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from app.adapters.github.broker import Grant, InstallationToken, TokenBroker
from app.adapters.github.client import Client
from app.adapters.github.connection import Connection
from app.adapters.github.files import Files
from app.adapters.github.operations import FLOOR
from app.adapters.github.queries import FLOOR as QUERY
from app.adapters.github.shapes import dig, needed_whole, words
from app.core.errors import Unavailable
from app.core.pull_request import Floor, FloorState, PullRequestRef
from app.core.tree import File

REPOSITORY = ".github"
PATH = "assay.yml"
KEPT_SECONDS = 60.0
MAX_KEPT = 1_000
PERMISSIONS = (("contents", "read"), ("metadata", "read"))


@dataclass(frozen=True, slots=True)
class Floors:
    """Reads floors; what was read is kept for a minute an owner, failures are not kept."""

    connection: Connection
    broker: TokenBroker
    kept: dict[tuple[int, str], tuple[float, Floor]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, ref: PullRequestRef) -> Floor:
        """Return the floor that holds for this repository; raises `Unavailable` when waiting may help.

        A floor that cannot be told now must not pass for one that nobody has.
        """
        with self.lock:
            entry = self.kept.get((ref.installation, ref.owner.lower()))
        if entry is not None and entry[0] > self.connection.now():
            return entry[1]
        try:
            return self._read(ref)
        except Unavailable as error:
            if not error.permanent:
                raise
            return Floor(FloorState.NOT_READABLE, reason=_reason(ref))

    def moved(self, ref: PullRequestRef, judged: Floor) -> bool:
        """Ask anew whether the floor's text is another than the one that was judged by; raises `Unavailable`."""
        now = self._read(ref)
        return (now.state, now.text) != (judged.state, judged.text)

    def _read(self, ref: PullRequestRef) -> Floor:
        client = Client(
            self.connection, InstallationToken(self.broker, Grant(ref.installation, REPOSITORY, PERMISSIONS))
        )
        found = client.ask(FLOOR, QUERY, {"owner": ref.owner, "name": REPOSITORY, "path": PATH})
        repository = dig(found.data, "repository")
        if found.errors or repository is None:
            raise Unavailable("the repository cannot be read by the App", permanent=True)
        tip = words(repository, "defaultBranchRef", "target", "oid")
        place = PullRequestRef(ref.installation, needed_whole(repository, "databaseId"), ref.owner, REPOSITORY, 0)
        entry = Files(client, place).entry(PATH, dig(repository, "defaultBranchRef", "target", "file"))
        floor = _floor(entry.file, tip)
        with self.lock:
            if len(self.kept) > MAX_KEPT:
                self.kept.clear()
            self.kept[ref.installation, ref.owner.lower()] = (self.connection.now() + KEPT_SECONDS, floor)
        return floor


def _reason(ref: PullRequestRef) -> str:
    # GitHub answers alike for a repository that is not there and for one that the App was not given.
    return f"`{ref.owner}/{REPOSITORY}` is not there, or the App was not given it"


def _floor(file: File | None, tip: str | None) -> Floor:
    if file is None:
        return Floor(FloorState.NONE, commit=tip)
    if file.text is None:
        return Floor(FloorState.NOT_READABLE, commit=tip, reason=f"`{PATH}` is {file.problem}")
    return Floor(FloorState.PRESENT, text=file.text, commit=tip)
