"""How two inventories differ: uses are paired from sure to weak, what moved alike is one change."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from app.core.inventory.uses import Artifact, ImageChange, ImageUse, ImageVersion, UnreadablePlace
from app.core.oci import ImageName


def diff(
    before: Iterable[ImageUse], after: Iterable[ImageUse], renames: Mapping[str, str], unread: Iterable[str] = ()
) -> tuple[ImageChange, ...]:
    """Pair the uses of two sides and group those that moved alike; `renames` maps a new path to its old one.

    Uses that are equal on both sides (at whatever line) are left out, and so is what only moved to another place or
    file. Uses with a `problem` are no images and left out too (`unreadable_changes` and `source_changes` tell those).
    An image that stands where such a use stood before, or anywhere in a file of `unread` (old paths that could not be
    read), is new only as far as anybody can tell (`ImageChange.before_unknown`). The answer is sorted by name, then
    versions, and does not depend on the order of the input; `diff(x, x, {})` is empty.
    """
    known = tuple(before)
    hidden = _Hidden(renames, frozenset(unread), frozenset(_spot(use, use.path) for use in known if use.problem))
    pairing = _Pairing(known, after, renames)
    for step in _STEPS:
        pairing.pair(step)
    groups: dict[_Group, list[ImageUse]] = {}
    for old, new in pairing.changed():
        group = _Group.of(old, new, unknown=hidden.behind(old, new))
        groups.setdefault(group, []).append(_pointed(old, new))
    return tuple(
        ImageChange(
            *(group.name, group.before, group.after, tuple(sorted(uses, key=_order))),
            name_before=group.name_before,
            before_unknown=group.unknown,
            artifact=group.artifact,
        )
        for group, uses in sorted(groups.items(), key=lambda item: item[0].order)
    )


def unreadable_changes(
    before: Iterable[ImageUse], after: Iterable[ImageUse], renames: Mapping[str, str] | None = None
) -> tuple[UnreadablePlace, ...]:
    """Return the places of the head side whose image cannot be judged and that are new or written otherwise.

    `renames` is as for `diff`; without it, a place in a renamed file counts as new.
    """
    renames = renames or {}
    known = Counter((use.path, use.field, use.written, use.problem) for use in before if use.problem is not None)
    places = set()
    for use in sorted(after, key=_order):
        if use.problem is None or use.source is not None:
            continue
        key = (renames.get(use.path, use.path), use.field, use.written, use.problem)
        if known[key] > 0:
            known[key] -= 1
        else:
            places.add(UnreadablePlace(use.path, use.line, use.problem))
    return tuple(sorted(places))


_INDEX = re.compile(r"\[\d+\]")
_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """One way to recognise a use of the other side, from sure to weak.

    `key` says what two uses must share; `None` means that this use takes no part. `same` asks for the same version.
    """

    key: Callable[[ImageUse, str], _Key | None]
    same: bool


def _at_place(use: ImageUse, path: str) -> _Key:
    return (path, use.object, use.container, use.field, use.name)


def _at_any_index(use: ImageUse, path: str) -> _Key | None:
    # Without a name only the place says which image it is: at another index it is another one.
    return None if use.name is None else (path, use.object, use.container, _INDEX.sub("", use.field), use.name)


def _in_file(use: ImageUse, path: str) -> _Key:
    # A chart and an image may share a name; at other places one is not taken for the other.
    return (path, use.name, use.artifact) if use.name else (path, None, _INDEX.sub("", use.field))


def _anywhere(use: ImageUse, _path: str) -> _Key | None:
    return (use.name, use.artifact) if use.name else None


def _other_name_at_place(use: ImageUse, path: str) -> _Key:
    return (path, use.object, use.container, use.field)


def _other_name_at_any_index(use: ImageUse, path: str) -> _Key:
    return (path, use.object, use.container, _INDEX.sub("", use.field))


def _other_name_at_any_object(use: ImageUse, path: str) -> _Key:
    return (path, use.container, use.field)


_STEPS = (
    _Step(_at_place, same=True),
    # The same image several times in one list: whatever is still there is no change, whatever index it has now.
    _Step(_at_any_index, same=True),
    _Step(_at_place, same=False),
    _Step(_at_any_index, same=False),
    _Step(_in_file, same=True),
    _Step(_anywhere, same=True),
    # A name that moved at its place says more than the same name elsewhere.
    _Step(_other_name_at_place, same=False),
    _Step(_in_file, same=False),
    _Step(_other_name_at_any_index, same=False),
    _Step(_other_name_at_any_object, same=False),
    _Step(_anywhere, same=False),
)


class _Pairing:
    """Two sides of uses, paired step by step; what no step pairs was added or removed."""

    def __init__(self, before: Iterable[ImageUse], after: Iterable[ImageUse], renames: Mapping[str, str]) -> None:
        self._renames = renames
        self._old = sorted((use for use in before if use.problem is None), key=_order)
        self._new = sorted((use for use in after if use.problem is None), key=_order)
        self._pairs: list[tuple[ImageUse | None, ImageUse | None]] = []

    def pair(self, step: _Step) -> None:
        """Pair what this step recognises, in order of place."""
        waiting: dict[_Key, deque[ImageUse]] = {}
        for use in self._old:
            waiting.setdefault(self._key(step, use, use.path), deque()).append(use)
        left_new, paired = [], set()
        for use in self._new:
            queue = waiting.get(self._key(step, use, self._renames.get(use.path, use.path)))
            if queue:
                old = queue.popleft()
                paired.add(id(old))
                self._pairs.append((old, use))
            else:
                left_new.append(use)
        self._old = [use for use in self._old if id(use) not in paired]
        self._new = left_new

    @staticmethod
    def _key(step: _Step, use: ImageUse, path: str) -> _Key:
        key = step.key(use, path)
        if key is None:
            return (id(use),)
        return (*key, use.tag, use.digest) if step.same else key

    def changed(self) -> Iterator[tuple[ImageUse | None, ImageUse | None]]:
        """Return the pairs that differ, then what has no counterpart: `(None, new)` and `(old, None)`."""
        for old, new in self._pairs:
            if old is None or new is None or _value(old) != _value(new):
                yield old, new
        for new in self._new:
            yield None, new
        for old in self._old:
            yield old, None


def _spot(use: ImageUse, path: str) -> _Key:
    return (path, use.object, _INDEX.sub("", use.field))


@dataclass(frozen=True, slots=True)
class _Hidden:
    """Where an old image may have stood that nobody could read: in `unread` files, at the `spots` of problems."""

    renames: Mapping[str, str]
    unread: frozenset[str]
    spots: frozenset[_Key]

    def behind(self, old: ImageUse | None, new: ImageUse | None) -> bool:
        """Say whether it is not known what was there before; an old side without repository is not known either."""
        if new is None:
            return False
        if old is not None:
            return old.name is None and new.name is not None
        path = self.renames.get(new.path, new.path)
        return path in self.unread or _spot(new, path) in self.spots


@dataclass(frozen=True, slots=True)
class _Group:
    """What uses share that are one change."""

    name: ImageName | None
    before: ImageVersion | None
    after: ImageVersion | None
    name_before: ImageName | None
    nameless_path: str
    unknown: bool
    artifact: Artifact

    @classmethod
    def of(cls, old: ImageUse | None, new: ImageUse | None, *, unknown: bool) -> _Group:
        """Say what changed; uses that name no repository are one change only within a file."""
        use = new or old
        assert use is not None  # noqa: S101 - a pair has at least one side
        moved = old.name if old and new and old.name != new.name else None
        versions = [None if side is None else ImageVersion(side.tag, side.digest) for side in (old, new)]
        path = use.path if use.name is None else ""
        return cls(use.name, versions[0], versions[1], moved, path, unknown, use.artifact)

    @property
    def order(self) -> tuple[str, ...]:
        """Sort by name, then versions; a missing one comes first."""
        artifact = self.artifact.value
        parts = (self.name, self.before, self.after, self.name_before, self.nameless_path, self.unknown, artifact)
        return tuple("" if part is None else str(part) for part in parts)


def _value(use: ImageUse) -> tuple[object, ...]:
    return (use.name, use.tag, use.digest)


def _order(use: ImageUse) -> tuple[object, ...]:
    """Sort by place; the rest makes the order total, so that the order of the input never shows."""
    rest = (use.container, str(use.name), str(use.tag), str(use.digest), use.written, use.format, str(use.object))
    return (use.path, use.line, use.field, *rest, use.artifact.value)


def _pointed(old: ImageUse | None, new: ImageUse | None) -> ImageUse:
    """Return the use that is shown, at the line of the part that moved."""
    use = new or old
    assert use is not None  # noqa: S101 - a pair has at least one side
    if old is None or new is None:
        return use
    if old.path != new.path:
        use = replace(use, path_before=old.path)
    if use.parts is None:
        return use
    if old.name != new.name:
        line = use.parts.name
    elif old.tag != new.tag:
        line = use.parts.tag
    else:
        line = use.parts.digest
    return replace(use, line=line or use.line)
