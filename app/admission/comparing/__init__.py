"""Compares the policies of two sets of files: which object is which, and what overlays do to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.admission.base.languages import bounded
from app.admission.comparing.away import moved_away
from app.admission.comparing.held import Engines, Held, Look
from app.admission.comparing.kustomization import is_kustomization
from app.admission.comparing.overlays import Tree, doubted, overlay_edits, overlays_of, replaced, wanted
from app.admission.comparing.pairing import compared, key_of, paired
from app.admission.comparing.patches import is_patch, patch_edits, patch_paths
from app.admission.comparing.sides import Files, Side
from app.core.policy_edit import Effect, PolicyEdit
from app.core.tree import File

__all__ = [
    "Engines",
    "Held",
    "Look",
    "Tree",
    "compare_files",
    "is_kustomization",
    "tree_of",
    "wanted",
]


def tree_of(
    look: Look, changed: tuple[Iterable[File], Iterable[File]], around: tuple[Iterable[File], Iterable[File]]
) -> Tree:
    """Return what is known of both sides: the changed files, and those around them that were read besides."""
    before, after = (
        Files({file.path: file for file in (*others, *files)}, look)
        for files, others in zip(changed, around, strict=True)
    )
    return Tree(before, after, frozenset(file.path for files in changed for file in files))


def compare_files(engines: Engines, tree: Tree) -> tuple[PolicyEdit, ...]:
    """Return every edit of a policy between the two sides, sorted by place."""
    with bounded():
        return tuple(sorted(_edits(engines, tree), key=_place))


def _edits(engines: Engines, tree: Tree) -> list[PolicyEdit]:
    paths = sorted(tree.changed)
    both = tree.before, tree.after
    sides = tree.before.side(paths), tree.after.side(paths)
    patches = patch_paths(*both)
    overlays = overlays_of(tree)
    copies = replaced(overlays)
    edits: list[PolicyEdit] = []
    for one, other in paired(sides[0].objects, sides[1].objects):
        # What an overlay brings from another file than before is neither gone nor new.
        new = other if other is not None or one is None else copies[0].get((one.path, key_of(one)))
        old = one if one is not None or other is None else copies[1].get((other.path, key_of(other)))
        merged = is_patch(old, patches) or is_patch(new, patches)
        found = patch_edits(engines, old, new) if merged else compared(engines, old, new)
        edits += (*doubted(found, overlays, old, new), *moved_away(engines, overlays, old, new))
    edits += _unread(*sides, both)
    edits += overlay_edits(engines, tree, overlays)
    for engine in engines.of_files:
        before, after = ([files.by_path[path] for path in paths if engine in files.held(path).whole] for files in both)
        edits += engine.compare(before, after)
    return edits


def _place(edit: PolicyEdit) -> tuple[str, int, str, str, str]:
    return edit.path, edit.line, edit.field, edit.effect.value, edit.sentence


def _unread(before: Side, after: Side, both: tuple[Files, Files]) -> Iterator[PolicyEdit]:
    """Say what cannot be told of files that could not be read on either side, unless their text stayed the same."""
    for path in sorted({*before.unread, *after.unread}):
        old, new = (files.by_path.get(path) for files in both)
        if old is not None and new is not None and old.text is not None and old.text == new.text:
            continue
        reason = after.unread.get(path) or before.unread[path]
        sides = tuple(None if file is None else "" for file in (old, new))
        sentence = f"the file may hold policies and cannot be read: {reason}"
        yield PolicyEdit(path, None, "", sides[0], sides[1], Effect.CANNOT_TELL, sentence, unread=True)
