"""A policy that moved to the files of another environment: it stays what it is, and may be gone where it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.admission.base import Field, PolicyObject
from app.admission.comparing.held import Engines
from app.admission.comparing.overlays import Overlay
from app.admission.comparing.pairing import key_of
from app.core.environment_names import HOLDERS, NAMES
from app.core.policy_edit import Effect, PolicyEdit


def moved_away(
    engines: Engines, overlays: Sequence[Overlay], old: PolicyObject | None, new: PolicyObject | None
) -> Iterator[PolicyEdit]:
    """Return what cannot be told of a policy that left an environment's files, unless a list brings it all the same.

    Nothing is said where nothing depends on whether it is there.
    """
    if old is None or new is None or _environments(old.path) in {(), _environments(new.path)}:
        return
    engine = engines.claiming(old.reference)
    if engine is None or any(_is_carried(overlay, old, new) for overlay in overlays):
        return
    if any(edit.effect is not Effect.NEUTRAL for pair in ((old, None), (None, new)) for edit in engine.compare(*pair)):
        sentence = f"it left {old.path}: whether that environment is still under it is not known"
        yield replace(Field.of(old, new).cannot_tell(sentence), before=old.path, after=new.path)


def _environments(path: str) -> tuple[str, ...]:
    """Return the folders of a path that are called like an environment, or lie in one for them."""
    folders = path.lower().split("/")[:-1]
    above = ("", *folders)
    return tuple(one for one, outer in zip(folders, above, strict=False) if one in NAMES or outer in HOLDERS)


def _is_carried(overlay: Overlay, old: PolicyObject, new: PolicyObject) -> bool:
    before, after = overlay.olds.get(key_of(old)), overlay.news.get(key_of(new))
    return before is not None and after is not None and (before.path, after.path) == (old.path, new.path)
