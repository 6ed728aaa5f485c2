"""Images whose name only a comment says: a comment that is new or says another image than before is told (AT-139)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from app.core.inventory.uses import ImageUse, UnreadablePlace

_INDEX = re.compile(r"\[\d+\]")


def newly_said(
    before: Iterable[ImageUse], after: Iterable[ImageUse], renames: Mapping[str, str]
) -> tuple[UnreadablePlace, ...]:
    """Return the places of the head side where a comment names an image that did not stand at this place before.

    The version is judged as that image's, and what runs may be another: nothing but the comment says so. `renames` is
    as for `diff`.
    """
    known = {_key(use, use.path) for use in before if use.name is not None}
    return tuple(
        sorted(
            {
                UnreadablePlace(use.path, use.line, _sentence(use), elsewhere=True)
                for use in after
                if use.said and use.name is not None and _key(use, renames.get(use.path, use.path)) not in known
            }
        )
    )


def _key(use: ImageUse, path: str) -> tuple[object, ...]:
    return (path, use.object, _INDEX.sub("", use.field), use.name)


def _sentence(use: ImageUse) -> str:
    return f"only a comment says that this is a version of {use.name}, and it is new"
