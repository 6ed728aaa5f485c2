"""Sources outside of the repository that changed: charts, remote bases, git revisions. What they bring is not seen.

A source is told when it is new or another one than before, never for having moved to another file or index.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from app.core.errors import InvalidReference
from app.core.inventory.uses import Artifact, ImageUse, Source, UnreadablePlace
from app.core.oci import ImageReference

REPOSITORY = "Helm repository"
"""The kind of a source that says where charts lie whose `location` names it."""

_INDEX = re.compile(r"\[\d+\]")
_EXACT = re.compile(r"v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+_-]+)?")
_OCI = "oci://"
_ANY = "*"
_MAX_TEXT = 160
_UNSEEN = "what images it brings cannot be seen here"
_Key = tuple[object, ...]


def chart(name: str, location: str, version: str) -> ImageReference | None:
    """Return the reference of a chart that lies in a registry at one exact version; `None` for any other chart.

    `name` may be the whole `oci://…` itself, with a version of its own. A tag has no `+`: Helm writes `_` instead.
    """
    text = name if name.startswith(_OCI) else f"{location.rstrip('/')}/{name}"
    if not text.startswith(_OCI):
        return None
    try:
        found = ImageReference.parse(text.removeprefix(_OCI))
        if version and not _EXACT.fullmatch(version):
            return None
        if version:
            found = ImageReference.parse(f"{found.name}:{version.replace('+', '_')}" + _digest(found))
    except InvalidReference:
        return None
    return None if found.tag is None and found.digest is None else found


def resolved(uses: Iterable[ImageUse]) -> tuple[ImageUse, ...]:
    """Say of charts where they lie when the object that they name is among these uses of one side.

    An object that is named alike in two places and says two things leaves them as they are. A chart that is an artifact
    of its own among these uses is left out where it is only pointed to.
    """
    found = tuple(uses)
    artifacts = {name for use in found if use.artifact is not Artifact.IMAGE for name in _names(use)}
    found = tuple(use for use in found if not (use.source and use.source.kind == "chart" and _points(use, artifacts)))
    places: dict[str, set[str]] = {}
    for use in found:
        if use.source is not None and use.source.kind == REPOSITORY:
            for name in _names(use):
                places.setdefault(name, set()).add(use.source.location)
    return tuple(_resolved(use, places) for use in found) if places else found


def _names(use: ImageUse) -> tuple[str, ...]:
    """Return how others may refer to the object of a use: with its namespace, and with none."""
    if use.object is None or not use.object.name:
        return ()
    return tuple(f"{use.object.kind} {space}/{use.object.name}" for space in (use.object.namespace, _ANY))


def _loosely(name: str) -> str:
    """Say a reference as it may be meant: Kustomize often sets the namespace, so that one side leaves it out."""
    kind, _, named = name.partition(" ")
    space, _, rest = named.partition("/")
    return f"{kind} {'' if space else _ANY}/{rest}"


def _points(use: ImageUse, artifacts: set[str]) -> bool:
    location = "" if use.source is None else use.source.location
    return location in artifacts or _loosely(location) in artifacts


def _resolved(use: ImageUse, places: Mapping[str, set[str]]) -> ImageUse:
    source = use.source
    if source is None or source.kind != "chart":
        return use
    known = places.get(source.location) or places.get(_loosely(source.location)) or set()
    if len(known) != 1:
        return use
    (location,) = known
    reference = chart(source.name, location, source.version)
    if reference is None:
        return replace(use, source=replace(source, location=location))
    known_as = replace(use, name=reference.name, tag=reference.tag, digest=reference.digest, artifact=Artifact.CHART)
    return replace(known_as, problem=None, source=None)


def source_changes(
    before: Iterable[ImageUse], after: Iterable[ImageUse], renames: Mapping[str, str]
) -> tuple[UnreadablePlace, ...]:
    """Return where sources of the head side are new or others than before; what changed alike is told once."""
    pairing = _Pairing(before, after, renames)
    for step in _STEPS:
        pairing.pair(step)
    told: dict[str, list[ImageUse]] = {}
    for old, new in pairing.changed():
        told.setdefault(_sentence(old, new), []).append(new)
    return tuple(sorted(_place(sentence, uses) for sentence, uses in told.items()))


@dataclass(frozen=True, slots=True)
class _Step:
    """One way to recognise a source of the other side; `same` asks for the same one, `None` takes no part."""

    key: Callable[[ImageUse, str], _Key | None]
    same: bool


def _at_place(use: ImageUse, path: str) -> _Key:
    return (path, use.object, use.field)


def _at_any_index(use: ImageUse, path: str) -> _Key:
    return (path, use.object, _INDEX.sub("", use.field))


def _named_at_any_index(use: ImageUse, path: str) -> _Key:
    return (path, use.object, _INDEX.sub("", use.field), _of(use).name)


def _in_object(use: ImageUse, _path: str) -> _Key | None:
    # Another file may hold the object now.
    return (use.object, _INDEX.sub("", use.field)) if use.object is not None and use.object.name else None


def _anywhere(use: ImageUse, _path: str) -> _Key:
    source = _of(use)
    return (source.kind, source.name, source.location)


_STEPS = (
    _Step(_at_place, same=True),
    _Step(_at_any_index, same=True),
    _Step(_in_object, same=True),
    _Step(_named_at_any_index, same=False),
    _Step(_in_object, same=False),
    _Step(_anywhere, same=True),
    _Step(_at_place, same=False),
    _Step(_at_any_index, same=False),
    _Step(_anywhere, same=False),
)


class _Pairing:
    """The sources of two sides, paired step by step; what stays over on the old side is gone and brings nothing."""

    def __init__(self, before: Iterable[ImageUse], after: Iterable[ImageUse], renames: Mapping[str, str]) -> None:
        self._renames = renames
        self._old = sorted((use for use in before if use.source is not None), key=_order)
        self._new = sorted((use for use in after if use.source is not None), key=_order)
        self._changed: list[tuple[ImageUse | None, ImageUse]] = []

    def pair(self, step: _Step) -> None:
        """Pair what this step recognises, in order of place."""
        waiting: dict[_Key, deque[ImageUse]] = {}
        for use in self._old:
            waiting.setdefault(self._key(step, use, use.path), deque()).append(use)
        left, paired = [], set()
        for use in self._new:
            queue = waiting.get(self._key(step, use, self._renames.get(use.path, use.path)))
            if not queue:
                left.append(use)
                continue
            old = queue.popleft()
            paired.add(id(old))
            if old.source != use.source:
                self._changed.append((old, use))
        self._old = [use for use in self._old if id(use) not in paired]
        self._new = left

    @staticmethod
    def _key(step: _Step, use: ImageUse, path: str) -> _Key:
        key = step.key(use, path)
        if key is None:
            return (id(use),)
        return (*key, use.source) if step.same else key

    def changed(self) -> list[tuple[ImageUse | None, ImageUse]]:
        """Return the pairs that differ, and what is new."""
        return [*self._changed, *((None, use) for use in self._new)]


def _of(use: ImageUse) -> Source:
    assert use.source is not None  # noqa: S101 - only uses with a source take part
    return use.source


def _order(use: ImageUse) -> tuple[object, ...]:
    return (use.path, use.line, use.field, str(use.source), str(use.object))


def _sentence(old: ImageUse | None, new: ImageUse) -> str:
    now = _of(new)
    if old is None:
        return f"the {_short(str(now))} is new: {_UNSEEN}"
    was = _of(old)
    if replace(was, version="") == replace(now, version=""):
        moved = f"moves from {_short(was.version) or 'no version'} to {_short(now.version) or 'no version'}"
        return f"the {_short(str(replace(now, version='')))} {moved}: {_UNSEEN}"
    return f"the {_short(str(was))} becomes the {_short(str(now))}: {_UNSEEN}"


def _place(sentence: str, uses: list[ImageUse]) -> UnreadablePlace:
    places = sorted({(use.path, use.line) for use in uses})
    more = len(places) - 1
    also = f" (and at {more} more place{'' if more == 1 else 's'})" if more else ""
    return UnreadablePlace(*places[0], f"{sentence}{also}", elsewhere=True, source=True)


def _short(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 1]}…"


def _digest(reference: ImageReference) -> str:
    return "" if reference.digest is None else f"@{reference.digest}"
