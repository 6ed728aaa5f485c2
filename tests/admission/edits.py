"""Objects as text, and what the door says of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app import admission
from app.core.policy_edit import Effect, PolicyEdit, combined
from app.core.tree import File

WEAKER, STRONGER, NEUTRAL, CANNOT_TELL = Effect.WEAKER, Effect.STRONGER, Effect.NEUTRAL, Effect.CANNOT_TELL
Object = Mapping[str, Any]


def file(*objects: Object, path: str = "policy.yaml") -> File:
    """Write objects as the documents of a file."""
    return File(path, "\n---\n".join(json.dumps(one) for one in objects))


def edits(before: Object | None, after: Object | None) -> tuple[PolicyEdit, ...]:
    """Compare two objects of one file; `None` for one that is not there."""
    sides = ([] if one is None else [file(one)] for one in (before, after))
    return admission.compare(*sides)


def effect(before: Object | None, after: Object | None) -> Effect:
    """Say what an edit of one object does as a whole."""
    return combined(edit.effect for edit in edits(before, after))


def told(before: Object | None, after: Object | None) -> set[tuple[str, Effect]]:
    """Return the fields that are told, each with its effect."""
    return {(edit.field, edit.effect) for edit in edits(before, after)}


def with_(data: Object, path: str, value: object) -> Object:
    """Return an object with another value under a path (`spec.rules.0.match`); `None` takes it away."""
    step, _, rest = path.partition(".")
    if step.isdecimal():
        listed: Any = list(data)
        listed[int(step)] = with_(listed[int(step)], rest, value) if rest else value
        return [one for one in listed if one is not None]  # type: ignore[return-value]  # a list stands for itself
    inner = with_(data.get(step, {}), rest, value) if rest else value
    return {**{key: one for key, one in data.items() if key != step}, **({} if inner is None else {step: inner})}
