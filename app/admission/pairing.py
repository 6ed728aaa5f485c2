"""Which object of the new files is which of the old ones, over a whole change."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.admission.base import (
    Data,
    Engine,
    Field,
    FileEngine,
    PolicyObject,
    at,
    blind,
    not_applied,
)
from app.core.errors import Unreadable
from app.core.policy_edit import Effect, PolicyEdit
from app.core.tree import File
from app.core.yaml import Mapping as MappingNode
from app.core.yaml import Node, NotYaml, read
from app.core.yaml import Sequence as SequenceNode

MAX_OBJECTS = 2_000
"""Policy objects of either side; more of them is one edit that cannot be told."""

_POLICY = re.compile(
    r"kyverno\.io/|gatekeeper\.sh/|sigstore\.dev/|admissionregistration\.k8s\.io/|ratify\.deislabs\.io/"
    r"|pod-security\.kubernetes\.io/|NetworkPolicy|ClusterImagePolicy|networking\.k8s\.io/v1\b|rbac\.authorization"
)
_TEMPLATE = re.compile(r"\{\{|<%|\$\{")
_MAX_LISTS = 4


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines of objects and those of whole files."""

    of_objects: tuple[Engine, ...]
    of_files: tuple[FileEngine, ...]

    def claiming(self, found: PolicyObject) -> Engine | None:
        """Return the engine that compares this object; `None` when it is no policy."""
        return next((engine for engine in self.of_objects if engine.claims(found.reference)), None)


@dataclass(frozen=True, slots=True)
class _Side:
    objects: tuple[PolicyObject, ...]
    unread: Mapping[str, str]


def compare_files(engines: Engines, before: Sequence[File], after: Sequence[File]) -> tuple[PolicyEdit, ...]:
    """Return every edit of a policy between these files, sorted by place."""
    sides = _side(engines, before), _side(engines, after)
    edits = [edit for old, new in _paired(*(side.objects for side in sides)) for edit in _compared(engines, old, new)]
    edits += _unread(*sides, (_texts(before), _texts(after)))
    for engine in engines.of_files:
        edits += engine.compare(*(_claimed(engine, files) for files in (before, after)))
    return tuple(sorted(edits, key=_place))


def _place(edit: PolicyEdit) -> tuple[str, int, str, str, str]:
    return edit.path, edit.line, edit.field, edit.effect.value, edit.sentence


def _claimed(engine: FileEngine, files: Iterable[File]) -> list[File]:
    return [file for file in files if file.text is not None and engine.matches(file.path, file.text)]


def _texts(files: Iterable[File]) -> Mapping[str, str | None]:
    return {file.path: file.text for file in files}


def _side(engines: Engines, files: Iterable[File]) -> _Side:
    objects: list[PolicyObject] = []
    unread: dict[str, str] = {}
    for file in files:
        try:
            found = [one for one in _objects(file) if engines.claiming(one) is not None]
        except Unreadable as error:
            if _may_be_policy(file, error):
                unread[file.path] = error.reason
            continue
        if len(objects) + len(found) > MAX_OBJECTS:
            unread[file.path] = f"the change touches more than {MAX_OBJECTS:,} policy objects"
        else:
            objects += found
    return _Side(tuple(objects), unread)


def _may_be_policy(file: File, error: Unreadable) -> bool:
    """Say whether a file that cannot be read may be a policy: it says so, or nothing explains why it cannot be read."""
    if file.text is None:
        return True
    explained = isinstance(error, NotYaml) and (_TEMPLATE.search(file.text) is not None or not _is_yaml(file.path))
    return not explained or _POLICY.search(file.text) is not None


def _is_yaml(path: str) -> bool:
    return path.lower().endswith((".yaml", ".yml", ".json"))


def _objects(file: File) -> Iterator[PolicyObject]:
    if file.text is None:
        raise Unreadable(file.problem or "it could not be read")
    for document in read(file.text):
        for node in _opened(document, _MAX_LISTS):
            yield PolicyObject.of(file.path, node)


def _opened(node: Node, depth: int) -> Iterator[Node]:
    """Return an object, or those that a `List` holds."""
    if isinstance(node, SequenceNode) and depth:
        for item in node.items:
            yield from _opened(item, depth - 1)
    elif isinstance(node, MappingNode):
        items = node.get("items")
        if depth and isinstance(items, SequenceNode) and (node.text("kind") or "").endswith("List"):
            for item in items.items:
                yield from _opened(item, depth - 1)
        else:
            yield node


_Pair = tuple[PolicyObject | None, PolicyObject | None]
_Key = tuple[str, str, str, str]


def _key(found: PolicyObject) -> _Key:
    return found.group, found.reference.kind, found.reference.namespace, found.reference.name


def _paired(before: Sequence[PolicyObject], after: Sequence[PolicyObject]) -> Iterator[_Pair]:
    """Pair objects: in their file by key, then moved unchanged, then moved, then renamed; the rest is new or gone."""
    olds, news = list(before), list(after)
    marks: tuple[Callable[[PolicyObject], object], ...] = (
        lambda one: (_key(one), one.path),
        lambda one: (_key(one), json.dumps(one.data, sort_keys=True)),
        _key,
        lambda one: (_key(one)[:3], json.dumps(_nameless(one.data), sort_keys=True)),
    )
    for mark in marks:
        yield from _drawn(olds, news, mark)
    yield from ((None, new) for new in news)
    yield from ((old, None) for old in olds)


def _drawn(
    olds: list[PolicyObject], news: list[PolicyObject], mark: Callable[[PolicyObject], object]
) -> Iterator[_Pair]:
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


def _nameless(data: Data) -> Data:
    named = at(data, "metadata")
    if not isinstance(data, Mapping) or not isinstance(named, Mapping):
        return data
    return {**data, "metadata": {key: value for key, value in named.items() if key != "name"}}


def _compared(engines: Engines, old: PolicyObject | None, new: PolicyObject | None) -> Iterator[PolicyEdit]:
    known = new or old
    engine = None if known is None else engines.claiming(known)
    if engine is None:
        return
    found = [*engine.compare(old, new), *_around(engine, old, new)]
    field = Field.of(old, new)
    if old is not None and new is not None and old.path != new.path:
        found.append(field.neutral(f"moved here from {old.path}"))
    # An engine that overlooks a difference must not make it none.
    yield from found if found or not field.changed else (field.cannot_tell("it changed in a way that is not known"),)


def _around(engine: Engine, old: PolicyObject | None, new: PolicyObject | None) -> Iterator[PolicyEdit]:
    """Judge the annotations with which tools leave an object out, or let its copy in the cluster be."""
    if old is None or new is None:
        return
    for without, (one, other) in ((new, (old, None)), (old, (None, new))):
        mark = not_applied(without.data)
        # Its rules are compared as well: not everybody applies with the tool that reads the annotation.
        if mark and not not_applied((one or new).data):
            yield from (
                replace(edit, sentence=f"{mark} leaves it out of what is applied: {edit.sentence}")
                for edit in engine.compare(one, other)
            )
    marks = blind(old.data), blind(new.data)
    field = Field.of(old, new).child("metadata", "annotations", marks[1] or marks[0])
    if marks[1] and not marks[0]:
        yield field.weaker("the cluster's copy is no longer kept as it is in git")
    elif marks[0] and not marks[1]:
        yield field.stronger("the cluster's copy is kept as it is in git")


def _unread(before: _Side, after: _Side, texts: tuple[Mapping[str, str | None], ...]) -> Iterator[PolicyEdit]:
    """Say what cannot be told of files that could not be read on either side, unless their text stayed the same."""
    for path in sorted({*before.unread, *after.unread}):
        if path in texts[0] and path in texts[1] and texts[0][path] is not None and texts[0][path] == texts[1][path]:
            continue
        reason = after.unread.get(path) or before.unread[path]
        sides = tuple("" if path in side else None for side in texts)
        sentence = f"the file may hold policies and cannot be read: {reason}"
        yield PolicyEdit(path, None, "", sides[0], sides[1], Effect.CANNOT_TELL, sentence, unread=True)
