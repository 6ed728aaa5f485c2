"""Which policy judges: decided from what is there now and what was recorded before, never from the head."""

from __future__ import annotations

from app.core.assessment import Standing
from app.core.pull_request import FloorState
from app.policy.files import PolicyFiles

FLOOR_PATH = "assay.yml of the owner's .github repository"
OPERATOR_PATH = "the operator's floor"


def standing(files: PolicyFiles) -> Standing:
    """Say which policy judges; BROKEN goes with a sentence of `fault`.

    IN_FORCE: the own file or a floor is there. PROPOSED: neither is, and the change adds the file. SILENT: neither.
    """
    if fault(files) is not None:
        return Standing.BROKEN
    if files.own is not None or _has_floor(files):
        return Standing.IN_FORCE
    adds = files.proposed is not None and not files.proposed.deleted
    return Standing.PROPOSED if adds else Standing.SILENT


def _has_floor(files: PolicyFiles) -> bool:
    return files.floor.state is FloorState.PRESENT or files.operator_floor is not None


def fault(files: PolicyFiles) -> tuple[str, str] | None:
    """Return the path that is wrong and a sentence that says what to do; `None` when nothing is."""
    if files.problem:
        return files.path, f"the policy file cannot be read ({files.problem}): make it a plain text file again"
    if files.own is None and files.past.policy_recorded and not files.removal_merged:
        return files.path, (
            f"a policy was in force on this branch and {files.path} is gone, without a pull request that was judged: "
            "an administrator puts it back on the base branch, or puts it back and removes it by a pull request"
        )
    floor = files.floor
    if floor.state is FloorState.NOT_READABLE and (files.past.floor_seen or files.floor_required):
        why = f" ({floor.reason})" if floor.reason else ""
        return FLOOR_PATH, (
            f"the organisation's floor cannot be read{why}, and it must be: let the App read the .github repository"
        )
    if floor.state is FloorState.NONE and files.floor_required:
        return FLOOR_PATH, "the operator of Assay requires a floor and there is none: add the file"
    if floor.state is FloorState.PRESENT and floor.text is None:
        return FLOOR_PATH, "the organisation's floor cannot be read: make it a plain text file"
    return None


def notices(files: PolicyFiles) -> tuple[str, ...]:
    """Return sentences worth saying about where the policy comes from."""
    floor = files.floor
    why = f" ({floor.reason})" if floor.reason else ""
    said = (
        (
            floor.state is FloorState.NOT_READABLE,
            f"whether the organisation has a floor could not be found out{why}; none was seen before",
        ),
        (
            floor.state is FloorState.NONE and files.past.floor_seen,
            "the organisation's floor, which was there before, is gone",
        ),
        (
            files.own is not None and files.proposed is not None and not files.proposed.deleted,
            "the policy change takes effect after the merge; this change is judged by the policy of the base branch",
        ),
        (
            files.own is not None and files.proposed is not None and files.proposed.deleted,
            "the policy file is removed: after the merge "
            + ("only the floor judges" if _has_floor(files) else "nothing is judged any more"),
        ),
    )
    return tuple(sentence for holds, sentence in said if holds)
