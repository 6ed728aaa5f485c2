"""What kustomizations do to policies: they bring them, stop bringing them, or patch them.

A policy that stays in its file and is no longer brought is gone all the same. What a kustomization brings is followed
through others, at the base for what it lost and at the head for what it gained.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.admission.base import PolicyObject
from app.admission.comparing.held import Engines
from app.admission.comparing.kustomization import NAMES, Kustomization, is_kustomization
from app.admission.comparing.pairing import key_of
from app.admission.comparing.patches import listed_edits
from app.admission.comparing.sides import Files
from app.core.policy_edit import Effect, PolicyEdit

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Tree:
    """What is known of both sides: files by path, of which `changed` are those that the change touches."""

    before: Files
    after: Files
    changed: frozenset[str]

    def kustomizations(self) -> Iterator[tuple[str, Kustomization | None, Kustomization | None]]:
        """Return every changed kustomization with both its sides, the deepest first."""
        paths = [path for path in self.changed if is_kustomization(path)]
        for path in sorted(paths, key=lambda one: (-one.count("/"), one)):
            yield path, self.before.held(path).overlay, self.after.held(path).overlay


def wanted(tree: Tree) -> tuple[frozenset[str], frozenset[str]]:
    """Return the files that should be read besides, at the base and at the head, to know what is applied.

    To be asked again with what was read, until nothing is wanted that was not asked for already.
    """
    base: set[str] = set()
    head: set[str] = set()
    for path, old, new in tree.kustomizations():
        brings = tuple(set(one.brings) if one is not None else set() for one in (old, new))
        base |= tree.before.missing(path, sorted(brings[0] - brings[1]))
        head |= tree.after.missing(path, sorted(brings[1] - brings[0]))
        patches = tuple({one.path for one in side.patches} if side is not None else set() for side in (old, new))
        base |= {one for one in patches[0] - patches[1] if one and one not in tree.before.by_path}
        head |= {one for one in patches[1] - patches[0] if one and one not in tree.after.by_path}
    beside = {one for path in sorted(tree.changed) if _has_policy(tree, path) for one in _beside(path)}
    base |= {path for path in beside if path not in tree.before.by_path}
    head |= {path for path in beside if path not in tree.after.by_path}
    return frozenset(base - tree.changed), frozenset(head - tree.changed)


def _beside(path: str) -> Iterator[str]:
    """Return the kustomizations that may use a file as a patch: in its folder, and the one above."""
    folder = posixpath.dirname(path)
    for place in {folder, posixpath.dirname(folder)}:
        yield from (f"{place}/{name}" if place else name for name in NAMES)


def _has_policy(tree: Tree, path: str) -> bool:
    return any(files.held(path).policies for files in (tree.before, tree.after))


def overlay_edits(engines: Engines, tree: Tree, overlays: Sequence[Overlay]) -> Iterator[PolicyEdit]:
    """Return the edits of policies that kustomizations bring no more, newly bring, or patch otherwise."""
    for _, old, new in tree.kustomizations():
        yield from listed_edits(engines, old, new, (tree.before, tree.after))
    keys = [frozenset(map(key_of, files.policies(tree.changed))) for files in (tree.before, tree.after)]
    lost = _moved(overlays, tree.changed, keys[1], lambda one: (one.olds, one.news))
    gained = _moved(overlays, tree.changed, keys[0], lambda one: (one.news, one.olds))
    for key, (path, one) in sorted(lost.items()):
        yield from doubted(_no_longer(engines, path, one, gained.get(key)), overlays, one, None)
    for key, (path, one) in sorted(gained.items()):
        if key not in lost:
            yield from doubted(_newly(engines, path, one), overlays, None, one)


def _kept(overlays: Sequence[Overlay], below: Overlay, key: _Key) -> bool:
    """Say whether an overlay that brings another one brings an object on both sides."""
    return any(below.path in one.way and key in one.olds and key in one.news for one in overlays)


def replaced(overlays: Sequence[Overlay]) -> tuple[_Copies, _Copies]:
    """Return what a kustomization brings from another file than before, where nothing else brings it no more.

    By the file and key of the old object what came in its place, and by those of the new one what it came in place of.
    """
    lost = {key for one in overlays for key in one.olds.keys() - one.news.keys() if not _kept(overlays, one, key)}
    found: tuple[_Copies, _Copies] = ({}, {})
    for overlay in overlays:
        for key in sorted(overlay.olds.keys() & overlay.news.keys() - lost):
            old, new = overlay.olds[key], overlay.news[key]
            if old.path != new.path:
                found[0].setdefault((old.path, key), new)
                found[1].setdefault((new.path, key), old)
    return found


_Key = tuple[str, str, str, str]
_Moved = dict[_Key, tuple[str, PolicyObject]]
_Copies = dict[tuple[str, _Key], PolicyObject]


@dataclass(frozen=True, slots=True)
class Overlay:
    """A changed kustomization: the policies that it brings on both sides, and the files on its way to them.

    `dropped` and `added` are what it brings from elsewhere on one side only: nobody sees here what that holds.
    """

    path: str
    olds: Mapping[_Key, PolicyObject]
    news: Mapping[_Key, PolicyObject]
    way: frozenset[str]
    dropped: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()

    def unseen(self, old: PolicyObject | None, new: PolicyObject | None) -> Iterator[str]:
        """Return what is from elsewhere and may hold an object that came or went here, as it is then or was before."""
        sides = (old, self.olds, self.added), (new, self.news, self.dropped)
        for one, there, remote in sides:
            brought = None if one is None else there.get(key_of(one))
            if one is not None and brought is not None and brought.path == one.path:
                yield from remote


def overlays_of(tree: Tree) -> tuple[Overlay, ...]:
    """Return every changed kustomization with what it brings."""
    return tuple(_overlay(tree, *sides) for sides in tree.kustomizations())


def _overlay(tree: Tree, path: str, old: Kustomization | None, new: Kustomization | None) -> Overlay:
    ways = [tuple(files.reached(path)) for files in (tree.before, tree.after)]
    olds, news = (
        {key_of(one): one for one in files.policies(way)}
        for files, way in zip((tree.before, tree.after), ways, strict=True)
    )
    remote, now = (frozenset() if one is None else one.elsewhere for one in (old, new))
    return Overlay(path, olds, news, frozenset(ways[0] + ways[1]), remote - now, now - remote)


def doubted(
    edits: Iterable[PolicyEdit], overlays: Sequence[Overlay], old: PolicyObject | None, new: PolicyObject | None
) -> Iterator[PolicyEdit]:
    """Believe no `stronger` or `neutral` of an object that came or went where a list changed what it takes elsewhere.

    A manifest that was fetched and now lies here, or the other way round, is seen on one side only. A new role or
    binding is judged by itself all the same: none takes anything from anybody.
    """
    sides = () if old is not None and new is not None else (old, new)
    gives = new is not None and new.group == "rbac.authorization.k8s.io"
    found = () if not sides or gives else sorted({one for overlay in overlays for one in overlay.unseen(*sides)})
    for edit in edits:
        if found and edit.effect in {Effect.STRONGER, Effect.NEUTRAL}:
            which = "may hold it now" if new is None else "may have held it before"
            yield replace(edit, effect=Effect.CANNOT_TELL, sentence=f"{edit.sentence}; {found[0][:_SHOWN]} {which}")
        else:
            yield edit


def _moved(
    overlays: Sequence[Overlay],
    changed: frozenset[str],
    there: frozenset[_Key],
    sides: Callable[[Overlay], tuple[Mapping[_Key, PolicyObject], Mapping[_Key, PolicyObject]]],
) -> _Moved:
    """Return what an overlay brings on one side only, and no other that brings the overlay itself brings on both."""
    found: _Moved = {}
    for overlay in overlays:
        these, others = sides(overlay)
        for key in these.keys() - others.keys():
            # One that is not on the other side at all is new or gone, which is told of its file.
            stays = these[key].path not in changed or key in there
            if stays and not _kept(overlays, overlay, key):
                found.setdefault(key, (overlay.path, these[key]))
    return found


def _no_longer(
    engines: Engines, path: str, one: PolicyObject, other: tuple[str, PolicyObject] | None
) -> Iterator[PolicyEdit]:
    known = PolicyEdit(path, one.reference, "resources", one.path, None, Effect.CANNOT_TELL, "")
    engine = engines.claiming(one.reference)
    if other is not None:
        said = f"{path} no longer brings it, {other[0]} does"
        pairs = (one, None), (None, other[1]), (one, other[1])
        found = [edit for pair in pairs for edit in (() if engine is None else engine.compare(*pair))]
        if found and all(edit.effect is Effect.NEUTRAL for edit in found):
            yield replace(known, effect=Effect.NEUTRAL, sentence=f"{said}: nothing depends on whether it is there")
        else:
            yield replace(known, sentence=f"{said}: whether it is applied as before is not known")
        return
    for edit in () if engine is None else engine.compare(one, None):
        said = f"it stays in {one.path} and is no longer applied: {edit.sentence}"
        yield replace(known, effect=edit.effect, sentence=said, severity=edit.severity)


def _newly(engines: Engines, path: str, one: PolicyObject) -> Iterator[PolicyEdit]:
    engine = engines.claiming(one.reference)
    for edit in () if engine is None else engine.compare(None, one):
        said = f"it was in {one.path} and is now applied: {edit.sentence}"
        yield PolicyEdit(path, one.reference, "resources", None, one.path, edit.effect, said, severity=edit.severity)
