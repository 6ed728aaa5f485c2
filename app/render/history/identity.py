"""Which policy an event is about, whatever version of its kind it names, and as what it went on elsewhere."""

from __future__ import annotations

from typing import TypeAlias

from app.core.history import ImageUpdate, PolicyChange
from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit

Identity: TypeAlias = tuple[str, str, str, str] | None
"""Group, kind, namespace and name of an object; `None` for a file as a whole."""

Place: TypeAlias = tuple[str, Identity]
"""A file, and which object in it."""

_NAME = "metadata.name"


def identity(resource: ObjectReference | None) -> Identity:
    """Return what an object is known by."""
    if resource is None:
        return None
    group, slash, _ = resource.api_version.rpartition("/")
    return group if slash else "", resource.kind, resource.namespace, resource.name


def place(what: PolicyChange) -> Place:
    """Return where a policy stands after a change, or stood until then."""
    return what.path, identity(what.resource)


def came_from(what: PolicyChange) -> Place | None:
    """Return where a policy stood before it was moved to another file or given another name; `None` where it was not.

    A move is told by an edit of the whole from one path to another, a new name by an edit of that.
    """
    path, known = place(what)
    old = path
    for edit in what.edits:
        if is_move(edit):
            old = edit.before or path
        elif edit.field == _NAME and known is not None and edit.before and edit.after == known[3]:
            known = (*known[:3], edit.before)
    found = old, known
    return None if found == place(what) else found


def is_move(edit: PolicyEdit) -> bool:
    """Say whether an edit tells that a policy stood in another file before."""
    return not edit.field and edit.after == edit.path and edit.before not in (None, edit.path)


def is_about_places(what: ImageUpdate | PolicyChange) -> bool:
    """Say whether a change brings a policy, or moves one to another file or name."""
    return isinstance(what, PolicyChange) and (came_from(what) is not None or any(map(comes, what.edits)))


def comes(edit: PolicyEdit) -> bool:
    """Say whether an edit brings a whole policy, which lets nothing more pass."""
    return not edit.field and edit.before is None and edit.after is not None and edit.effect is not Effect.WEAKER


def goes(edit: PolicyEdit) -> bool:
    """Say whether an edit takes a whole policy away."""
    return not edit.field and edit.before is not None and edit.after is None
