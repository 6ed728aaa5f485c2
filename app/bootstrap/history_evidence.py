"""What registries prove today of a history's images, wired: by the policy at its tip, and the floors that are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.bootstrap.reviewing import commit_range_job
from app.core.errors import PolicyError
from app.core.history import Event, Gap
from app.core.pull_request import Floor, FloorState
from app.core.tree import MAX_FILE, file_of
from app.jobs.history_evidence import EvidenceJob
from app.jobs.policy_texts import Known, Range, read_policy_files
from app.jobs.ports import Source
from app.policy import Policy
from app.settings import Settings

OPERATOR: Final = "the operator's floor"
OWNER: Final = "the owner's floor"


@dataclass(frozen=True, slots=True)
class Judging:
    """Who judges what registries prove: the job, and which floors it heeds besides the policy at the tip."""

    job: EvidenceJob
    floors: tuple[str, ...]

    def attach(self, stream: Iterable[Event | Gap]) -> Iterator[Event | Gap]:
        """Answer as the job does."""
        return self.job.attach(stream)


def judging_at(source: Source, tip: str, floor: str, settings: Settings) -> Judging:
    """Wire the search for evidence of today; `floor` is a file with the owner's floor, empty for none.

    Raises `PolicyError` when the policy or the floor is broken.
    """
    check = commit_range_job(".", settings)
    known = Known(
        floor=Floor(FloorState.PRESENT, _floor(floor)) if floor else Floor(FloorState.NONE),
        operator_floor=check.operator_floor,
    )
    policy = Policy.parse(read_policy_files(source, Range(tip, tip, ()), known))
    floors = [*([f"{OWNER} ({floor})"] if floor else []), *([OPERATOR] if check.operator_floor is not None else [])]
    return Judging(EvidenceJob(check.assessor, policy, check.clock, check.audience), tuple(floors))


def _floor(path: str) -> str:
    try:
        with Path(path).open("rb") as opened:
            file = file_of(path, "100644", opened.read(MAX_FILE + 1))
    except OSError as error:
        raise PolicyError(f"it cannot be read ({error.strerror})", path=path) from error
    if file.text is None:
        raise PolicyError(f"it cannot be read: it is {file.problem}", path=path)
    for fault in Policy.faults(file.text, {}, path=path, floor=True):
        raise fault
    return file.text
