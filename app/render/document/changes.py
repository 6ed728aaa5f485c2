"""Changes of images and edits of policies as objects."""

from __future__ import annotations

from app.core.inventory import ImageChange, ImageUse, ImageVersion, ObjectReference
from app.core.policy_edit import PolicyEdit
from app.render.document.writing import Json


def change_of(change: ImageChange) -> dict[str, object]:
    """Make the object of an image change."""
    moved = {} if change.name_before is None else {"repository_before": str(change.name_before)}
    return {
        "repository": None if change.name is None else str(change.name),
        **moved,
        "artifact": change.artifact.value,
        "before": _version(change.before),
        "after": _version(change.after),
        "uses": [_use(use) for use in change.uses],
    }


def _version(version: ImageVersion | None) -> Json | None:
    if version is None:
        return None
    return {"tag": version.tag, "digest": None if version.digest is None else str(version.digest)}


def _use(use: ImageUse) -> Json:
    return {
        "path": use.path,
        **({} if use.path_before is None else {"path_before": use.path_before}),
        "line": use.line,
        "format": use.format,
        "object": object_of(use.object),
        "field": use.field,
    }


def object_of(reference: ObjectReference | None) -> Json | None:
    """Make the object of a Kubernetes reference."""
    if reference is None:
        return None
    return {
        "apiVersion": reference.api_version,
        "kind": reference.kind,
        "namespace": reference.namespace,
        "name": reference.name,
    }


def edit_of(edit: PolicyEdit) -> dict[str, object]:
    """Make the object of one edit of a policy."""
    return {
        "field": edit.field,
        "line": edit.line,
        "before": edit.before,
        "after": edit.after,
        "effect": edit.effect.value,
        "severity": edit.severity.value,
        "sentence": edit.sentence,
        "witness": edit.witness or None,
    }
