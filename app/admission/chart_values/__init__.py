"""Helm values of policy engines: in a release of Flux or Argo CD, in a kustomization, or in a file of values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from app.admission.base import Data, Field, is_list
from app.admission.chart_values.charts import CHARTS, values_of
from app.admission.chart_values.releases import MENTIONS, Release, releases
from app.core.policy_edit import PolicyEdit
from app.core.tree import File

NAME = "chart_values"

_ENDINGS = (".yaml", ".yml", ".json")
_CHECKS_VALUES = "values.schema.json"


def matches(path: str, text: str) -> bool:
    """Whether a file may set up a policy engine: it or its path has the name of one, and it is no schema."""
    if path.lower().endswith(_CHECKS_VALUES) and '"$schema"' in text:
        return False
    if not path.lower().endswith(_ENDINGS):
        return False
    # Most files have no such name, which is seen many times sooner than that none stands for itself.
    named = any(name in path or name in text for name in CHARTS)
    return named and MENTIONS.search(f"{path}\n{text}") is not None


def compare(before: Sequence[File], after: Sequence[File]) -> Iterable[PolicyEdit]:
    """Return what differs between the values of each engine before and after."""
    for old, new in _paired(list(_numbered(before)), list(_numbered(after))):
        for edit in _told(old, new):
            yield edit if edit.resource is None or edit.resource.kind else replace(edit, resource=None)


def _told(old: Release | None, new: Release | None) -> Iterable[PolicyEdit]:
    if old is not None and new is not None:
        return _compared(old, new)
    return [edit for one in (old, new) if one is not None for edit in _alone(one, is_new=one is new)]


_Key = tuple[object, ...]
_Numbered = tuple[_Key, Release]


def _numbered(files: Sequence[File]) -> Iterator[_Numbered]:
    """Return every release with its name, its file, and how many there are before it of that name in that file."""
    for file in files:
        seen: Counter[tuple[str, ...]] = Counter()
        for release in releases(file):
            yield (release.name, file.path, seen[release.name]), release
            seen[release.name] += 1


def _paired(
    olds: list[_Numbered], news: list[_Numbered]
) -> Iterator[tuple[Release, Release] | tuple[Release, None] | tuple[None, Release]]:
    """Return releases with their partners: in the same file, else of the same name in another."""
    left = dict(olds)
    waiting = [(key, new) for key, new in news if key not in left]
    yield from ((left.pop(key), new) for key, new in news if key in left)
    for key, new in waiting:
        partner = next((one for one in left if one[0] == key[0]), None)
        yield (None, new) if partner is None else (left.pop(partner), new)
    yield from ((old, None) for old in left.values())


def _compared(old: Release, new: Release) -> Iterable[PolicyEdit]:
    field = Field.of(old.place, new.place)
    around = replace(field.with_values(old.around, new.around), label="chart")
    if around.changed:
        yield around.cannot_tell("another version or source of the engine, or another way to set it up")
    if old.held is not new.held:
        said = "the engine is no longer kept as it is in git", "the engine is kept as it is in git"
        yield field.weaker(said[0]) if new.held else field.stronger(said[1])
    values = replace(field.with_values(old.values, new.values), label="values", steps=(old.steps, new.steps))
    if values.changed:
        yield from list(values_of(new.chart)(values)) or [values.neutral("it sets nothing either way")]


def _alone(release: Release, *, is_new: bool) -> Iterable[PolicyEdit]:
    field = Field.of(None, release.place) if is_new else Field.of(release.place, None)
    if release.is_file:
        sides = (None, release.values) if is_new else (release.values, None)
        values = replace(field.with_values(*sides), label="values", steps=(release.steps, release.steps))
        yield from values_of(release.chart)(values) if _has(release.values) else ()
    elif is_new:
        yield field.cannot_tell("a policy engine is installed, with these values")
    else:
        yield field.weaker("a policy engine is no longer installed")


def _has(values: Data) -> bool:
    return isinstance(values, Mapping) and bool(values) and not is_list(values)


__all__ = ["CHARTS", "NAME", "compare", "matches"]
