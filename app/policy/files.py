"""What a policy is made from: texts as read by others, and what was recorded before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.pull_request import Floor, FloorState, Past
from app.core.tree import File
from app.policy.waivers import WaiverFiles

PATH = ".github/assay.yml"

KeyFiles = Mapping[str, bytes | str | None]
"""Key files by path; `None` (or absence) for one that is not there or cannot be read."""


@dataclass(frozen=True, slots=True)
class ProposedFile:
    """The policy file as a change proposes it; given only when the change touches that path.

    `text` is what it will hold; with `deleted` it will be gone; else `problem` says why it cannot be read. `keys` are
    the key files of the head; with `None` they were not read and are not checked.
    """

    text: str | None
    deleted: bool = False
    problem: str = ""
    keys: KeyFiles | None = None


@dataclass(frozen=True, slots=True)
class PolicyFiles:
    """Everything that decides which policy judges, read at the tip of the base branch, `commit`.

    `own` is the policy file's text, `None` when there is none; `problem` says why one that is there cannot be read.
    `waivers` are the waiver files, `proposed_waivers` those that the change adds or edits, as it leaves them.
    `removal_merged` says that a pull request which this App judged and which removes the file was merged.
    `floor_required` is the operator's word that no repository is judged without a floor, `operator_floor` the text of a
    floor of the operator's own, which holds besides.
    """

    own: str | None
    floor: Floor = field(default_factory=lambda: Floor(FloorState.NONE))
    keys: KeyFiles = field(default_factory=dict)
    past: Past = field(default_factory=Past)
    removal_merged: bool = False
    proposed: ProposedFile | None = None
    commit: str = ""
    path: str = PATH
    floor_required: bool = False
    problem: str = ""
    waivers: WaiverFiles = field(default_factory=WaiverFiles)
    proposed_waivers: tuple[File, ...] = ()
    operator_floor: str | None = None

    @property
    def state(self) -> str:
        """Identify the texts that judge (SHA-256, hexadecimal): equal states judge alike, what is proposed left out."""
        floor = (self.floor.state.value, self.floor.text)
        keys = sorted((path, _text(content)) for path, content in self.keys.items())
        texts = (self.own, self.problem, floor, keys, repr(self.waivers), self.operator_floor)
        return hashlib.sha256(repr(texts).encode("utf-8", "surrogatepass")).hexdigest()


def _text(content: bytes | str | None) -> str:
    return repr(content)
