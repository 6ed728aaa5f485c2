"""Helm values of policy engines: in a release of Flux or Argo CD, in a kustomization, or in a file of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from app.admission.base import Data, Field, is_list
from app.admission.chart_values.charts import CHARTS, values_of
from app.admission.chart_values.releases import MENTIONS, Release, releases
from app.core.policy_edit import PolicyEdit
from app.core.tree import File

NAME = "chart_values"

_ENDINGS = (".yaml", ".yml", ".json")


def matches(path: str, text: str) -> bool:
    """Whether a file may set up a policy engine: it or its path has the name of one."""
    return path.lower().endswith(_ENDINGS) and MENTIONS.search(f"{path}\n{text}") is not None


def compare(before: Sequence[File], after: Sequence[File]) -> Iterable[PolicyEdit]:
    """Return what differs between the values of each engine before and after."""
    olds, news = _by_name(before), _by_name(after)
    for name in sorted({*olds, *news}):
        old, new = olds.get(name), news.get(name)
        for edit in _compared(old, new):
            yield edit if edit.resource is None or edit.resource.kind else replace(edit, resource=None)


def _by_name(files: Sequence[File]) -> Mapping[tuple[str, ...], Release]:
    return {release.name: release for file in files for release in releases(file)}


def _compared(old: Release | None, new: Release | None) -> Iterable[PolicyEdit]:
    known = new or old
    if known is None:
        return
    field = Field.of(old.place if old else None, new.place if new else None)
    if old is None or new is None:
        yield from _alone(field, known)
        return
    if old.version != new.version:
        yield field.with_values(old.version, new.version).cannot_tell(
            "another version of the engine: it may act otherwise"
        )
    if old.held is not new.held:
        yield (field.weaker if new.held else field.stronger)("whether the engine is kept as it is in git changed")
    values = replace(field.with_values(old.values, new.values), label="values", steps=(old.steps, new.steps))
    if values.changed:
        yield from values_of(known.chart)(values)


def _alone(field: Field, release: Release) -> Iterable[PolicyEdit]:
    if release.is_file:
        values = field.with_values(*(None if side is None else release.values for side in (field.before, field.after)))
        yield from values_of(release.chart)(values) if _has(release.values) else ()
    elif field.after is None:
        yield field.weaker("a policy engine is no longer installed")
    else:
        yield field.cannot_tell("a policy engine is installed, with these values")


def _has(values: Data) -> bool:
    return isinstance(values, Mapping) and bool(values) and not is_list(values)


__all__ = ["CHARTS", "NAME", "compare", "matches"]
