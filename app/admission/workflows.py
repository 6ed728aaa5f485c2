"""GitHub workflows: what they may do, on whose code they run, and whose code runs in them.

What a step does is code. So a workflow that changed in any other way than is known here cannot be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from app.admission.base import (
    Comparator,
    Data,
    Field,
    PolicyObject,
    at,
    entries,
    undecided,
    unmatched,
)
from app.core.errors import Unreadable
from app.core.policy_edit import Effect, PolicyEdit
from app.core.tree import File
from app.core.yaml import read

NAME = "workflows"

_PATH = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
_PINNED = re.compile(r"[^@]+@[0-9a-f]{40}|docker://[^@]+@sha256:[0-9a-f]{64}|\./.*")
# Triggers with which a workflow runs with rights and secrets on what somebody else wrote.
_OF_OTHERS = ("pull_request_target", "workflow_run", "issue_comment", "issues", "discussion", "fork", "watch")
_LEVELS = {"none": 0, "read": 1, "write": 2}
_CODE = "what it does may have changed: it is code"


def matches(path: str, text: str) -> bool:  # noqa: ARG001 - an engine like the others
    """Whether a file is a workflow."""
    return _PATH.fullmatch(path) is not None


def compare(before: Sequence[File], after: Sequence[File]) -> Iterable[PolicyEdit]:
    """Return what differs between the workflows before and after."""
    olds, news = ({file.path: file for file in side} for side in (before, after))
    for path in sorted({*olds, *news}):
        old, new = olds.get(path), news.get(path)
        if old is None or new is None or old.text != new.text:
            for edit in _compared(path, old, new):
                yield replace(edit, resource=None, program=edit.sentence == _CODE)


def _compared(path: str, old: File | None, new: File | None) -> Iterator[PolicyEdit]:
    try:
        sides = [None if file is None else _workflow(file) for file in (old, new)]
    except Unreadable as error:
        said = f"it cannot be read: {error.reason}"
        yield PolicyEdit(path, None, "", _there(old), _there(new), Effect.CANNOT_TELL, said)
        return
    field = Field.of(*sides)
    if not field.changed:
        yield field.neutral("only comments or spaces changed")
    elif field.after is None:
        yield field.cannot_tell("the workflow is gone, and what it checked with it")
    else:
        yield from _whole(field)


def _there(file: File | None) -> str | None:
    return None if file is None else ""


def _workflow(file: File) -> PolicyObject:
    documents = read(file.text or "")
    if len(documents) != 1:
        raise Unreadable("it is not one document")
    return PolicyObject.of(file.path, documents[0])


def _whole(field: Field) -> Iterator[PolicyEdit]:
    found = [*_triggers(field.child("on")), *_permissions(field.child("permissions")), *_jobs(field.child("jobs"))]
    for name in field.names:
        child = field.child(name)
        if child.changed and name not in ("on", "permissions", "jobs"):
            found.append(child.neutral("how runs are called") if name == "run-name" else child.cannot_tell(_CODE))
    yield from found or [field.cannot_tell(_CODE)]
    if field.before is None:
        yield field.cannot_tell("a new workflow: what it does is code")


def _triggers(field: Field) -> Iterator[PolicyEdit]:
    if not field.changed:
        return
    before, after = _events(field.before), _events(field.after)
    newly = sorted((after - before) & frozenset(_OF_OTHERS))
    if newly:
        yield field.weaker(f"it runs on {newly[0]}, with its rights and secrets on what others wrote", newly[0])
    elif field.before is not None:
        yield field.cannot_tell("when it runs changed")


def _events(data: Data) -> frozenset[str]:
    if isinstance(data, str):
        return frozenset({data})
    listed = data if isinstance(data, Mapping) else entries(data)
    return frozenset(one for one in listed if isinstance(one, str))


def _permissions(field: Field) -> Iterator[PolicyEdit]:
    """Compare what the token may do; where nothing is written the repository's setting counts."""
    if not field.changed:
        return
    sides = [_rights(side) for side in (field.before, field.after)]
    if field.before is None:
        writes = sides[1] is None or max(sides[1].values(), default=0) == _LEVELS["write"]
        if not writes:
            yield field.stronger("its token may only read")
        elif field.after == "write-all":
            yield field.weaker("its token may write everything")
        else:
            yield field.cannot_tell("its token may write: whether it could before is up to the repository's setting")
    elif field.after is None:
        yield field.weaker("what its token may do is up to the repository's setting")
    elif sides[0] is None or sides[1] is None:
        yield field.cannot_tell("rights that are not known")
    else:
        yield _compared_rights(field, sides[0], sides[1])


_EVERY = "every other"


def _rights(data: Data) -> Mapping[str, int] | None:
    if data in ("read-all", "write-all"):
        return {_EVERY: _LEVELS[str(data).partition("-")[0]]}
    if not isinstance(data, Mapping) or not all(str(value) in _LEVELS for value in data.values()):
        return None
    return {name: _LEVELS[str(value)] for name, value in data.items()}


def _compared_rights(field: Field, before: Mapping[str, int], after: Mapping[str, int]) -> PolicyEdit:
    names = sorted({*before, *after, _EVERY})
    ranks = [(name, before.get(name, before.get(_EVERY, 0)), after.get(name, after.get(_EVERY, 0))) for name in names]
    more = [name for name, old, new in ranks if new > old]
    if more:
        return field.weaker("its token may do more", more[0])
    if any(new < old for _, old, new in ranks):
        return field.stronger("its token may do less")
    return field.neutral("it means the same")


def _jobs(field: Field) -> Iterator[PolicyEdit]:
    for name in field.names:
        job = field.child(name)
        if not job.changed:
            continue
        if job.after is None:
            yield job.cannot_tell("the job is gone, and what it checked with it")
            continue
        yield from _permissions(_inherited(job, field))
        yield from _steps(job)
        for key in job.names:
            child = job.child(key)
            if child.changed and key not in ("permissions", "steps", "uses"):
                yield from _JOB.get(key, undecided(_CODE))(child)


def _inherited(job: Field, jobs: Field) -> Field:
    """Return the rights of a job; one without its own has those of its workflow."""
    own = job.child("permissions")
    tops = [None if side is None else at(side.data, "permissions") for side in (jobs.old, jobs.new)]
    written = own.before if own.before is not None else tops[0], own.after if own.after is not None else tops[1]
    return own.with_values(*written) if own.changed else own


def _steps(job: Field) -> Iterator[PolicyEdit]:
    """Compare whose code runs in the steps; whatever else changed in them is code."""
    before, after = (_actions(side) for side in (job.before, job.after))
    place = job.child("steps" if job.child("steps").changed else "uses")
    if not place.changed:
        return
    more, fewer = unmatched(after, before), unmatched(before, after)
    loose = [str(one) for one in more if _PINNED.fullmatch(str(one)) is None]
    tied = {str(one).partition("@")[0] for one in fewer if _PINNED.fullmatch(str(one)) is not None}
    for one in loose:
        if one.partition("@")[0] in tied:
            yield place.weaker("an action is no longer pinned to a commit", one)
    yield place.cannot_tell(_CODE)


def _actions(job: Data) -> list[Data]:
    found = [at(one, "uses") for one in (*entries(at(job, "steps")), job)]
    return [one for one in found if isinstance(one, str)]


def _continues(field: Field) -> Iterable[PolicyEdit]:
    if field.after is True:
        yield field.weaker("the workflow passes although the job fails")
    else:
        yield field.cannot_tell(_CODE)


def _environment(field: Field) -> Iterable[PolicyEdit]:
    if field.after is None:
        yield field.weaker("the rules of the environment no longer apply")
    elif field.before is None:
        yield field.stronger("the rules of an environment apply")
    else:
        yield field.weaker("the rules of another environment apply")


def _secrets(field: Field) -> Iterable[PolicyEdit]:
    if field.after == "inherit":
        yield field.weaker("it hands on all secrets")
    else:
        yield field.cannot_tell("other secrets are handed on")


_JOB: dict[str, Comparator] = {"continue-on-error": _continues, "environment": _environment, "secrets": _secrets}
