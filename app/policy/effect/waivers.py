"""What edits of waivers do: a new one, a longer one and a wider one let more pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Final

from app.admission.base import (
    EQUAL,
    Field,
    PolicyObject,
    Relation,
    Words,
    by_change,
    by_number,
    judged,
    together,
    unknown,
)
from app.admission.base.languages import EVERYTHING, Language, union
from app.core import yaml
from app.core.errors import Unreadable
from app.core.policy_edit import Effect, PolicyEdit
from app.core.tree import File
from app.policy.effect.languages import Comparer, of_glob
from app.policy.waivers import Waiver, read_trivyignore, read_waiver
from app.policy.waivers.scope import Scope

_SCOPE: Final = Words("more is waived", "less is waived")
_ENDS: Final = Words("it ends earlier", "it runs longer")
_STARTS: Final = Words("it begins later", "it begins earlier")
_SAID: Final = ("owner", "reason", "ticket")


@dataclass(frozen=True, slots=True)
class _Side:
    """One waiver file on one side; `waiver` is `None` when it waives nothing, for it is not there or has a fault."""

    file: File | None
    waiver: Waiver | None
    object: PolicyObject | None

    @classmethod
    def of(cls, file: File | None) -> _Side:
        """Read a file."""
        return cls(None, None, None) if file is None else cls(file, read_waiver(file)[0], _object(file))


def waivers(before: Sequence[File], after: Sequence[File], comparer: Comparer) -> Iterable[PolicyEdit]:
    """Compare waiver files: by their path, and those that only moved by their text."""
    old, new = ({file.path: file for file in files} for files in (before, after))
    moved = {file.text: file for path, file in sorted(old.items()) if path not in new and file.text is not None}
    for path in sorted(old.keys() | new.keys()):
        if path in old and path in new:
            yield from _edits(_Side.of(old[path]), _Side.of(new[path]), comparer)
        elif path in new:
            source = moved.pop(new[path].text or "", None)
            yield _only(new[path], after=True, moved=source)
    for file in moved.values():
        yield _only(file, after=False, moved=None)


def _only(file: File, *, after: bool, moved: File | None) -> PolicyEdit:
    waiver, words = read_waiver(file)[0], None
    if waiver is not None:
        words = f"until {waiver.until} by {waiver.owner}: {waiver.reason}"
    edit = PolicyEdit(file.path, None, "", None if after else words, words if after else None, Effect.NEUTRAL, "", 1)
    if moved is not None:
        return replace(edit, before=moved.path, after=file.path, sentence="the waiver only moved")
    if waiver is None:
        effect, sentence = (
            (Effect.CANNOT_TELL, "a file with a fault: it waives nothing as it is")
            if after
            else (
                Effect.NEUTRAL,
                "the file waived nothing, for it had a fault",
            )
        )
        return replace(edit, effect=effect, sentence=sentence)
    if after:
        return replace(edit, effect=Effect.WEAKER, sentence=f"a failure may pass until {waiver.until}")
    return replace(edit, effect=Effect.STRONGER, sentence="what was waived counts again")


def _edits(old: _Side, new: _Side, comparer: Comparer) -> Iterable[PolicyEdit]:
    whole = Field.of(old.object, new.object)
    if old.object is None or new.object is None or old.waiver is None or new.waiver is None:
        yield from _broken(old, new)
        return
    for key in (*_SAID, "version"):
        if whole.child(key).changed:
            yield whole.child(key).neutral("it waives as much as before")
    before, after = old.waiver, new.waiver
    if before.ends != after.ends:
        yield by_number(whole.child("expires"), -_seconds(before.ends), -_seconds(after.ends), _ENDS)
    if before.starts != after.starts:
        starts = (_seconds(one.starts or datetime.min.replace(tzinfo=UTC)) for one in (before, after))
        yield by_number(whole.child("not-before"), next(starts), next(starts), _STARTS)
    if whole.child("scope").changed:
        relation = _waived(before.scope, after.scope, comparer)
        yield judged(whole.child("scope"), relation, _SCOPE, wider=Effect.WEAKER)


def _broken(old: _Side, new: _Side) -> Iterable[PolicyEdit]:
    if old.file is None or new.file is None or (old.file.text, old.file.problem) == (new.file.text, new.file.problem):
        return
    edit = _only(new.file, after=True, moved=None)
    if old.waiver is None and new.waiver is None:
        edit = replace(edit, sentence="a file with a fault, before and after: it waives nothing as it is")
    yield edit


def _object(file: File) -> PolicyObject | None:
    try:
        documents = yaml.read(file.text or "")
    except Unreadable:
        return None
    return PolicyObject.of(file.path, documents[0]) if documents else None


def _seconds(moment: datetime) -> Fraction:
    return Fraction(int((moment - datetime.min.replace(tzinfo=UTC)).total_seconds()))


def _waived(old: Scope, new: Scope, comparer: Comparer) -> Relation:
    return together(
        [
            comparer.names(_images(old), _images(new)) if old.images != new.images else EQUAL,
            _unbound(old.digests, new.digests),
            _added(old.rules, new.rules),
            _vulnerabilities(old, new),
        ]
    )


def _images(scope: Scope) -> Language:
    return union(map(of_glob, scope.images)) if scope.images else EVERYTHING


def _added(old: frozenset[str], new: frozenset[str]) -> Relation:
    return by_change(gained=min(new - old, default=None), lost=min(old - new, default=None))


def _unbound(old: Iterable[object], new: Iterable[object]) -> Relation:
    """Relate lists of which an empty one is no bound at all."""
    before, after = frozenset(map(str, old)), frozenset(map(str, new))
    if not before or not after:
        return by_change(gained="" if before and not after else None, lost="" if after and not before else None)
    return _added(before, after)


def _vulnerabilities(old: Scope, new: Scope) -> Relation:
    kinds = [bool(one.vulnerabilities or one.packages) for one in (old, new)]
    if kinds[0] != kinds[1]:
        # From rules to vulnerabilities or back: some of each, which the rules' own part tells only half of.
        return by_change(gained="" if kinds[1] else None, lost="" if kinds[0] else None)
    if old.packages != new.packages and old.packages and new.packages:
        return unknown("package URLs that changed are not compared")
    return together([_unbound(old.vulnerabilities, new.vulnerabilities), _unbound(old.packages, new.packages)])


def ignored(before: File | None, after: File | None) -> Iterable[PolicyEdit]:
    """Compare Trivy's ignore file entry by entry."""
    old, new = (() if file is None else read_trivyignore(file)[0] for file in (before, after))
    sides = [{(one.scope, one.ends, one.starts): one for one in side} for side in (old, new)]
    path = next(file.path for file in (after, before) if file is not None)
    for entry in sorted((sides[1][key] for key in sides[1].keys() - sides[0].keys()), key=_place):
        yield PolicyEdit(path, None, "vulnerabilities", None, _words(entry), Effect.WEAKER, "one is waived", entry.line)
    for entry in sorted((sides[0][key] for key in sides[0].keys() - sides[1].keys()), key=_place):
        sentence = "one is waived no more"
        yield PolicyEdit(path, None, "vulnerabilities", _words(entry), None, Effect.STRONGER, sentence, entry.line)


def _place(waiver: Waiver) -> tuple[int, str]:
    return waiver.line, _words(waiver)


def _words(waiver: Waiver) -> str:
    return f"{', '.join(sorted(waiver.scope.vulnerabilities))} until {waiver.until}"
