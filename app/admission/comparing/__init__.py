"""Compares the policies of two sets of files: which object is which, and what overlays do to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.admission.base.languages import bounded
from app.admission.comparing.kustomization import is_kustomization, kustomization
from app.admission.comparing.overlays import Tree, overlay_edits, replaced, wanted
from app.admission.comparing.pairing import compared, key_of, paired
from app.admission.comparing.patches import is_patch, patch_edits, patch_paths
from app.admission.comparing.sides import Engines, Side, objects_among, objects_of, side_of
from app.core.policy_edit import Effect, PolicyEdit
from app.core.tree import File

__all__ = [
    "Engines",
    "Tree",
    "compare_files",
    "is_kustomization",
    "kustomization",
    "objects_among",
    "objects_of",
    "tree_of",
    "wanted",
]


def tree_of(changed: tuple[Iterable[File], Iterable[File]], around: tuple[Iterable[File], Iterable[File]]) -> Tree:
    """Return what is known of both sides: the changed files, and those around them that were read besides."""
    sides = [{file.path: file for file in (*others, *files)} for files, others in zip(changed, around, strict=True)]
    return Tree(sides[0], sides[1], frozenset(file.path for files in changed for file in files))


def compare_files(engines: Engines, tree: Tree) -> tuple[PolicyEdit, ...]:
    """Return every edit of a policy between the two sides, sorted by place."""
    with bounded():
        return tuple(sorted(_edits(engines, tree), key=_place))


def _edits(engines: Engines, tree: Tree) -> list[PolicyEdit]:
    before, after = (
        [files[path] for path in sorted(tree.changed) if path in files] for files in (tree.before, tree.after)
    )
    sides = side_of(engines, before), side_of(engines, after)
    patches = patch_paths(tree.before, tree.after)
    copies = replaced(engines, tree)
    edits: list[PolicyEdit] = []
    for one, other in paired(sides[0].objects, sides[1].objects):
        # What an overlay brings from another file than before is neither gone nor new.
        new = other if other is not None or one is None else copies[0].get((one.path, key_of(one)))
        old = one if one is not None or other is None else copies[1].get((other.path, key_of(other)))
        merged = is_patch(old, patches) or is_patch(new, patches)
        edits += patch_edits(engines, old, new) if merged else compared(engines, old, new)
    edits += _unread(*sides, (_texts(before), _texts(after)))
    edits += overlay_edits(engines, tree)
    for engine in engines.of_files:
        claimed = [
            [file for file in files if file.text is not None and engine.matches(file.path, file.text)]
            for files in (before, after)
        ]
        edits += engine.compare(claimed[0], claimed[1])
    return edits


def _place(edit: PolicyEdit) -> tuple[str, int, str, str, str]:
    return edit.path, edit.line, edit.field, edit.effect.value, edit.sentence


def _texts(files: Sequence[File]) -> Mapping[str, str | None]:
    return {file.path: file.text for file in files}


def _unread(before: Side, after: Side, texts: tuple[Mapping[str, str | None], ...]) -> Iterator[PolicyEdit]:
    """Say what cannot be told of files that could not be read on either side, unless their text stayed the same."""
    for path in sorted({*before.unread, *after.unread}):
        if path in texts[0] and path in texts[1] and texts[0][path] is not None and texts[0][path] == texts[1][path]:
            continue
        reason = after.unread.get(path) or before.unread[path]
        sides = tuple("" if path in side else None for side in texts)
        sentence = f"the file may hold policies and cannot be read: {reason}"
        yield PolicyEdit(path, None, "", sides[0], sides[1], Effect.CANNOT_TELL, sentence, unread=True)
