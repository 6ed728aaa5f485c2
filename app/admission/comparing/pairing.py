"""Which object of the new files is which of the old ones, over a whole change, and what became of each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from app.admission.base import Data, Engine, Field, PolicyObject, blind, hooks, not_applied
from app.admission.comparing.held import Engines
from app.core.policy_edit import Effect, PolicyEdit

Pair = tuple[PolicyObject | None, PolicyObject | None]
_Key = tuple[str, str, str, str]
_MAY = "which may be applied only at times, or not at all"
_HOOKED = "with it a tool applies the object only at times, or takes it away again"


def key_of(found: PolicyObject) -> _Key:
    """Return what an object is known by: never its version, never its file."""
    return found.group, found.reference.kind, found.reference.namespace, found.reference.name


def paired(before: Sequence[PolicyObject], after: Sequence[PolicyObject]) -> Iterator[Pair]:
    """Pair objects: in their file by key, then moved unchanged, then moved, then renamed; the rest is new or gone."""
    olds, news = list(before), list(after)
    marks: tuple[Callable[[PolicyObject], object], ...] = (
        lambda one: (key_of(one), one.path),
        lambda one: (key_of(one), json.dumps(one.data, sort_keys=True)),
        key_of,
        lambda one: (key_of(one)[:3], json.dumps(_bare(one.data), sort_keys=True)),
    )
    for mark in marks:
        yield from _drawn(olds, news, mark)
    yield from ((None, new) for new in news)
    yield from ((old, None) for old in olds)


def _drawn(
    olds: list[PolicyObject], news: list[PolicyObject], mark: Callable[[PolicyObject], object]
) -> Iterator[Pair]:
    """Take pairs with the same mark out of both lists."""
    waiting: dict[object, list[PolicyObject]] = {}
    for old in olds:
        waiting.setdefault(mark(old), []).append(old)
    left = []
    for new in news:
        same_mark = waiting.get(mark(new))
        if same_mark:
            yield same_mark.pop(0), new
        else:
            left.append(new)
    news[:] = left
    kept = {id(old) for some in waiting.values() for old in some}
    olds[:] = [old for old in olds if id(old) in kept]


def _bare(data: Data) -> Data:
    """Return what an object says besides what it is called."""
    known = data if isinstance(data, Mapping) else {}
    return {key: value for key, value in known.items() if key not in ("apiVersion", "metadata", "status")}


def compared(engines: Engines, old: PolicyObject | None, new: PolicyObject | None) -> Iterator[PolicyEdit]:
    """Return every edit of one policy; its engine is only asked where something differs."""
    known = new or old
    engine = None if known is None else engines.claiming(known.reference)
    field = Field.of(old, new)
    if old is not None and new is not None and old.path != new.path:
        # What follows a policy through a history reads both paths here, as in the move of a waiver.
        yield replace(field.neutral(f"moved here from {old.path}"), before=old.path, after=new.path)
    if engine is not None and field.changed:
        found = [*_doubted(engine.compare(old, new), old, new), *_around(engine, old, new)]
        # What an engine overlooks must not become none.
        yield from found or (field.cannot_tell("it changed in a way that is not known"),)


def _doubted(edits: Iterable[PolicyEdit], old: PolicyObject | None, new: PolicyObject | None) -> Iterator[PolicyEdit]:
    """Believe no `stronger` of an object that came or went and may never have been applied, or not for long."""
    one = old or new
    marks = () if one is None or (old and new) else (not_applied(one.data), *hooks(one.data))
    mark = next((mark for mark in marks if mark), "")
    for edit in edits:
        doubted = mark and edit.effect is Effect.STRONGER
        yield (
            replace(edit, effect=Effect.CANNOT_TELL, sentence=f"{edit.sentence}, {_MAY} ({mark})") if doubted else edit
        )


def _around(engine: Engine, old: PolicyObject | None, new: PolicyObject | None) -> Iterator[PolicyEdit]:
    """Judge the annotations with which tools leave an object out, or let its copy in the cluster be."""
    if old is None or new is None:
        return
    marks = not_applied(old.data), not_applied(new.data)
    # Its rules are compared as well: not everybody applies with the tool that reads the annotation.
    if marks[1] and not marks[0]:
        yield from _told(f"{marks[1]} leaves it out of what is applied", engine.compare(old, None))
    elif marks[0] and not marks[1]:
        yield from _told(f"{marks[0]} no longer leaves it out of what is applied", engine.compare(None, new))
    for key in sorted(dict(hooks(old.data).items() ^ hooks(new.data).items())):
        yield Field.of(old, new).child("metadata", "annotations", key).cannot_tell(_HOOKED)
    marks = blind(old.data), blind(new.data)
    field = Field.of(old, new).child("metadata", "annotations", marks[1] or marks[0])
    if marks[1] and not marks[0]:
        yield field.weaker("the cluster's copy is no longer kept as it is in git")
    elif marks[0] and not marks[1]:
        yield field.stronger("the cluster's copy is kept as it is in git")


def _told(why: str, edits: Iterable[PolicyEdit]) -> Iterator[PolicyEdit]:
    return (replace(edit, sentence=f"{why}: {edit.sentence}") for edit in edits)
