"""What an image says of itself, said as that: claims that nobody signed, beside the proved evidence, never among it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.core.assessment import AssessedChange
from app.core.attestation import Answer, Evidence, Lookup
from app.core.image_facts import ImageFacts, comparable, shared_layers, unchanged
from app.render.claims import pinned
from app.render.comment.ladder import Detail
from app.render.markdown import bullets, code, prose
from app.render.plain import counted
from app.render.words import NEUTRAL, View

_MIB: Final = 1024 * 1024
_TEXT: Final = 120
_REFERENCE: Final = 512
_KNOWN: Final = (("source", "source"), ("version", "version"), ("revision", "source commit"))


def to_pin(view: View, detail: Detail) -> str:
    """Write, for each image without a digest, the whole reference to be pasted; empty when all have one (AT-041)."""
    written = {pinned(change.after.evidence) for change in view.ordered() if change.after is not None}
    lines = [code(one, _REFERENCE) for one in sorted(written) if one]
    if len(lines) == 1:
        return f"**To pin** (a tag can be moved after this): {lines[0]}"
    return f"**To pin** (a tag can be moved after this):\n\n{bullets(lines, detail.items)}" if lines else ""


def said_of_itself(change: AssessedChange) -> list[str]:
    """Write what the new image says of itself against the old one; one line for all of it, more for what is odd."""
    if change.after is None:
        return []
    new, old = change.after.evidence, change.before.evidence if change.before else None
    lines = list(_unanswered(new))
    if isinstance(new.facts, ImageFacts):
        before = old.facts if old is not None and isinstance(old.facts, ImageFacts) else None
        lines += _facts(new.facts, before, same_digest=old is not None and old.digest == new.digest)
        if before is not None and old is not None and old.reference.tag != new.reference.tag:
            lines += _same_source(new.facts, before)
    return lines


def _unanswered(evidence: Evidence) -> Iterable[str]:
    if isinstance(evidence.facts, Lookup) and evidence.facts.answer is Answer.FAILED:
        yield f"❔ what the image says of itself could not be read: {prose(evidence.facts.detail)}"
    now = evidence.tag_now
    if now is not None and now.digest is None:
        yield f"❔ whether its tag names the digest beside it could not be found out: {prose(now.lookup.detail)}"


def _facts(new: ImageFacts, old: ImageFacts | None, *, same_digest: bool) -> list[str]:
    if old is not None and unchanged(old, new):
        if same_digest:
            return []
        return [f"{NEUTRAL} nothing that runs changed: the same configuration and layers under another digest"]
    parts = _alone(new) if old is None else _against(old, new)
    of = f" of {code(str(new.platform))}" if len(new.platforms) > 1 else ""
    return [f"{NEUTRAL} the image says of itself (unsigned){of}: {'; '.join(parts)}"]


def _alone(facts: ImageFacts) -> list[str]:
    named = [f"{label} {code(facts.labels[key], _TEXT)}" for key, label in _KNOWN if facts.labels.get(key)]
    return [
        f"{_size(facts.size)} compressed in {counted(len(facts.layers), 'layer')}",
        f"user {code(facts.user or 'root', _TEXT)}",
        *([f"built {facts.created:%Y-%m-%d}"] if facts.created else []),
        *([f"base {code(facts.base, _TEXT)}"] if facts.base else []),
        *named,
    ]


def _against(old: ImageFacts, new: ImageFacts) -> list[str]:
    if not comparable(old, new):
        shown = f"{code(str(old.platform))} and {code(str(new.platform))}"
        return [*_alone(new), f"not comparable: {shown} stand for the two images"]
    pairs = [
        ("user", old.user or "root", new.user or "root"),
        ("entrypoint", " ".join(old.entrypoint), " ".join(new.entrypoint)),
        ("base", old.base, new.base),
        *((label, old.labels.get(key, ""), new.labels.get(key, "")) for key, label in _KNOWN),
        ("platforms", _platforms(old), _platforms(new)),
    ]
    delta = new.size - old.size
    sign = "+" if delta >= 0 else "-"
    return [
        f"{_size(old.size)} → {_size(new.size)} compressed ({sign}{_size(abs(delta))})",
        f"{shared_layers(old, new)} of {counted(len(new.layers), 'layer')} shared",
        *([f"built {_day(old)} → {_day(new)}"] if old.created != new.created else []),
        *(f"{label} {_shown(first)} → {_shown(second)}" for label, first, second in pairs if first != second),
    ]


def _same_source(new: ImageFacts, old: ImageFacts) -> list[str]:
    if not new.revision or new.revision != old.revision:
        return []
    return [f"{NEUTRAL} it names the same source commit {code(new.revision, _TEXT)} as before, under another tag"]


def _shown(text: str) -> str:
    return code(text, _TEXT) if text else "not said"


def _day(facts: ImageFacts) -> str:
    return f"{facts.created:%Y-%m-%d}" if facts.created else "not said"


def _platforms(facts: ImageFacts) -> str:
    return ", ".join(sorted(map(str, facts.platforms)))


def _size(size: int) -> str:
    return f"{size / _MIB:.1f} MiB" if size >= _MIB / 10 else f"{size / 1024:.1f} KiB"
