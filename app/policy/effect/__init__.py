"""What a change does to our own policy: the policy file, the keys that it names, and waivers. Never raises.

An edit is stronger only when nothing more passes by it; what cannot be decided is `cannot tell`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.admission.base import PolicyObject
from app.core import yaml
from app.core.errors import PolicyError
from app.core.policy_edit import Effect, PolicyEdit
from app.core.tree import File
from app.policy.document import Document
from app.policy.effect.documents import documents, whole
from app.policy.effect.languages import Comparer
from app.policy.effect.sides import Sides, told
from app.policy.effect.waivers import ignored, waivers
from app.policy.files import PATH, KeyFiles
from app.policy.reading import read
from app.policy.reading.signers import KeyRing

__all__ = ["PolicyTexts", "compare"]


@dataclass(frozen=True, slots=True)
class PolicyTexts:
    """Our own policy at one commit: the file (`None`: not there), its keys, and the waiver files that changed.

    With `floor` the file is one, and there are neither keys nor waivers beside it.
    """

    policy: File | None = None
    keys: KeyFiles = field(default_factory=dict)
    waivers: tuple[File, ...] = ()
    trivyignore: File | None = None
    floor: bool = False


def compare(before: PolicyTexts, after: PolicyTexts) -> tuple[PolicyEdit, ...]:
    """Return every edit, in the order of their places."""
    old, new = _read(before), _read(after)
    edits = [*_policy(old, new), *waivers(before.waivers, after.waivers, Comparer())]
    if any(side.document is not None and side.document.waivers.trivyignore for side in (old, new)):
        edits += _ignored(before.trivyignore, after.trivyignore)
    return told(edits)


@dataclass(frozen=True, slots=True)
class _Side:
    file: File | None
    document: Document | None
    object: PolicyObject | None
    errors: tuple[PolicyError, ...]
    floor: bool


def _read(texts: PolicyTexts) -> _Side:
    file = texts.policy
    if file is None:
        return _Side(None, None, None, (), texts.floor)
    if file.text is None:
        error = PolicyError(f"the file cannot be read: {file.problem}", path=file.path)
        return _Side(file, None, None, (error,), texts.floor)
    document, errors = read(file.text, file.path, KeyRing(texts.keys, inline_only=texts.floor))
    if errors:
        return _Side(file, None, None, errors, texts.floor)
    return _Side(file, document, PolicyObject.of(file.path, yaml.read(file.text)[0]), (), texts.floor)


def _policy(old: _Side, new: _Side) -> Iterable[PolicyEdit]:
    if old.document is not None and old.object is not None and new.document is not None and new.object is not None:
        sides = Sides.of((old.document, old.object), (new.document, new.object))
        yield from documents(sides, floor=new.floor)
    elif _content(old) != _content(new):
        yield _file(old, new)


def _content(side: _Side) -> tuple[str | None, str | None] | None:
    return None if side.file is None else (side.file.text, side.file.problem)


def _file(old: _Side, new: _Side) -> PolicyEdit:
    """Tell a file that comes, goes, or has faults on a side."""
    path = next((side.file.path for side in (new, old) if side.file is not None), PATH)
    faults = [*new.errors, *old.errors]
    if new.file is None:
        effect, sentence = Effect.WEAKER, "the policy file is removed: what it asks is asked no more"
    elif faults:
        when = "as the change leaves it" if new.errors else "as it was"
        effect, sentence = Effect.CANNOT_TELL, f"the file is not valid {when}: {faults[0]}"
    else:
        effect, sentence = Effect.STRONGER, "a policy comes into force"
    line = faults[0].line if faults and new.errors else 1
    return PolicyEdit(path, None, "", whole(old.document), whole(new.document), effect, sentence, line or 0)


def _ignored(before: File | None, after: File | None) -> Iterable[PolicyEdit]:
    return () if before is None and after is None else ignored(before, after)
