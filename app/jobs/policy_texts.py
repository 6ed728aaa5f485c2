"""A source and what is known from elsewhere → the texts that a policy is made of.

Everything that decides is read at the tip of the base branch; the head's policy file is read only to say what is wrong
with it (AT-141).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.core.errors import Unavailable
from app.core.history import MISSING
from app.core.pull_request import Floor, FloorState, Past
from app.core.tree import LEADS_ELSEWHERE, ChangedFile, File
from app.jobs.ports import Source
from app.policy import PATH, KeyFiles, Policy, PolicyFiles, ProposedFile
from app.policy.waivers import FOLDER, TRIVYIGNORE, WaiverFiles, is_waiver, waiver_paths


@dataclass(frozen=True, slots=True)
class Known:
    """What is known besides the two trees: the floors, the records, whether a judged removal was merged."""

    floor: Floor = field(default_factory=lambda: Floor(FloorState.NONE))
    past: Past = field(default_factory=Past)
    removal_merged: bool = False
    floor_required: bool = False
    operator_floor: str | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """What is judged: the base branch's tip, the head, and the files that differ from their merge base to the head."""

    base_tip: str
    head: str
    files: Sequence[ChangedFile]


def read_policy_files(source: Source, judged: Range, known: Known) -> PolicyFiles:
    """Read the policy file with its key files and waivers, and what of these the change proposes.

    Raises `Unavailable` when the source is a clone that lacks the policy or a key: nothing is wrong with the file.
    """
    own = _here(source.read(judged.base_tip, (PATH,))).get(PATH)
    text = own.text if own is not None else None
    return PolicyFiles(
        own=text,
        floor=known.floor,
        keys=read_keys(source, judged.base_tip, text),
        past=known.past,
        removal_merged=known.removal_merged,
        proposed=_proposed(source, judged),
        commit=judged.base_tip,
        floor_required=known.floor_required,
        problem=(own.problem or "") if own is not None else "",
        waivers=read_waivers(source, judged.base_tip, text) if text is not None or _has_floor(known) else WaiverFiles(),
        proposed_waivers=_proposed_waivers(source, judged),
        operator_floor=known.operator_floor,
    )


def _has_floor(known: Known) -> bool:
    return known.floor.state is FloorState.PRESENT or known.operator_floor is not None


def read_waivers(source: Source, commit: str, text: str | None) -> WaiverFiles:
    """Read the waivers: one listing, and all files at once; nothing where the policy does not allow any."""
    terms = Policy.heeds(text)
    if terms.allow is False:
        return WaiverFiles()
    folder = source.read(commit, (FOLDER,)).get(FOLDER)
    if folder is not None and folder.problem in LEADS_ELSEWHERE:
        return WaiverFiles(unread=f"{FOLDER} is {folder.problem}")
    listing = source.list(commit, FOLDER)
    paths, unread = waiver_paths(listing.paths, whole=listing.whole)
    wanted = (*paths, TRIVYIGNORE) if terms.trivyignore else paths
    read = source.read(commit, wanted) if wanted else {}
    files = tuple(read.get(path, File(path, None, "it is listed, and is not found under this name")) for path in paths)
    return WaiverFiles(files, read.get(TRIVYIGNORE), unread)


def _proposed_waivers(source: Source, judged: Range) -> tuple[File, ...]:
    paths = sorted(
        {file.head_path for file in judged.files if file.head_path is not None and is_waiver(file.head_path)}
    )
    read = source.read(judged.head, paths) if paths else {}
    return tuple(file for _, file in sorted(read.items()))


def _proposed(source: Source, judged: Range) -> ProposedFile | None:
    touched = any(PATH in file.paths for file in judged.files)
    return _head_file(source, judged.head) if touched else None


def _head_file(source: Source, head: str) -> ProposedFile:
    file = source.read(head, (PATH,)).get(PATH)
    if file is None:
        return ProposedFile(None, deleted=True)
    return ProposedFile(file.text, problem=file.problem or "", keys=read_keys(source, head, file.text))


def read_keys(source: Source, commit: str, text: str | None) -> KeyFiles:
    """Read the key files that a policy text names; `None` for one that is not there or is no text."""
    paths = Policy.needs(text)
    files: Mapping[str, str | None] = {path: file.text for path, file in _here(source.read(commit, paths)).items()}
    return {path: files.get(path) for path in paths}


def _here(files: Mapping[str, File]) -> Mapping[str, File]:
    for path, file in files.items():
        if file.problem is not None and file.problem.startswith(MISSING):
            raise Unavailable(f"{path}: {file.problem}")
    return files
