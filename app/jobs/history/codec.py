"""Values of a history as JSON and back, for a cache: nothing but the types that are listed here is ever made.

What was written by another release, or by anybody else, is refused: the reader asks the history again.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from app.core.errors import Error
from app.core.history import (
    Arrival,
    CommitFacts,
    Event,
    Gap,
    ImageUpdate,
    Origin,
    PolicyChange,
    Signature,
    SignedBy,
    Unseen,
)
from app.core.inventory import Artifact, ImageChange, ImageLines, ImageUse, ImageVersion, ObjectReference, Source
from app.core.oci import Digest, ImageName
from app.core.policy_edit import Effect, PolicyEdit, Severity

_VALUES: Final = (
    *(CommitFacts, Event, Gap, ImageUpdate, PolicyChange, Signature, ImageChange, ImageLines, ImageUse, ImageVersion),
    *(ObjectReference, Source, Digest, ImageName, PolicyEdit, Unseen),
)
_ENUMS: Final = (Arrival, Origin, SignedBy, Artifact, Effect, Severity)
_FIELDS: Final[dict[type, tuple[str, ...]]] = {
    one: tuple(each.name for each in dataclasses.fields(one)) for one in _VALUES
}
_LIST: Final = ""
_TIME: Final = "datetime"
_MAKERS: Final[Mapping[str, Callable[..., object]]] = {
    **{one.__name__: one for one in _VALUES},
    # Sooner than the enumeration itself looks it up.
    **{one.__name__: {member.value: member for member in one}.__getitem__ for one in _ENUMS},
    _TIME: datetime.fromisoformat,
}
_PLAIN: Final = (str, int, bool, type(None))


class NotWritten(Error):
    """The text is none that this release wrote."""


def written(value: object) -> str:
    """Return a value of these types, or a tuple of such, as text."""
    return json.dumps(_flat(value), separators=(",", ":"), ensure_ascii=True)


def read(text: str) -> object:
    """Return what `written` was given; raises `NotWritten`."""
    try:
        found = json.loads(text)
        return _whole(found) if isinstance(found, list) else found
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, Error) as error:
        raise NotWritten("not what was written") from error


def _flat(value: object) -> object:
    """Turn a value into a list whose first item says its type; plain values stay as they are."""
    if value.__class__ in _PLAIN:
        return value
    if isinstance(value, tuple):
        return [_LIST, *map(_flat, value)]
    if isinstance(value, datetime):
        return [_TIME, value.isoformat()]
    if isinstance(value, enum.Enum):
        return [type(value).__name__, value.value]
    return [type(value).__name__, *(_flat(getattr(value, name)) for name in _FIELDS[type(value)])]


def _whole(value: list[Any]) -> object:
    name, *rest = value
    # Most are plain values, and to ask for each in a call would take most of the time.
    fields = [_whole(one) if one.__class__ is list else one for one in rest]
    if name == _LIST:
        return tuple(fields)
    # The types are listed above, and a wrong number of fields is an error.
    made: Callable[..., object] = _MAKERS[name]
    return made(*fields)
