"""One image change of a kept document, as its pages show it. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.posture import package_changes
from app.render.plain import counted
from app.web.pages.node import Node

MOST_CHANGES: Final = 500
"""Image changes that one page lists; GitHub itself shows no pull request with more files."""

SHOWN: Final = 100
"""Entries of a list on the page of the change; the rest is one link away."""

A_PAGE: Final = 1000
PARTS: Final = {
    "new": "New vulnerabilities",
    "fixed": "Fixed vulnerabilities",
    "unchanged": "Unchanged vulnerabilities",
    "found": "All vulnerabilities of the new image",
    "excused": "Excused by a trusted author of VEX",
    "packages": "Packages that came, went or changed",
    "uses": "Files",
}
_COUNTS: Final = ("vulnerabilities.critical", "vulnerabilities.high")


@dataclass(frozen=True, slots=True)
class Change:
    """One image change: `name`, `artifact` and `counts` are fit to be shown."""

    node: Node
    url: str
    name: str
    artifact: str
    verdict: str
    counts: str

    @classmethod
    def of(cls, node: Node, url: str) -> Change:
        """Read a change."""
        sides = [node.at("evidence", side, "posture", "measures") for side in ("before", "after")]
        old, new = (_pair(side) for side in sides)
        return cls(
            node=node,
            url=url,
            name=node.text("repository") or "an image without a name",
            artifact=node.text("artifact") or "image",
            verdict=node.text("verdict"),
            counts=new if old == new else f"{old} → {new}",
        )


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure on both sides, fit to be shown; `source` says who says so, and when."""

    key: str
    label: str
    before: str
    after: str
    trend: str
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class PackageRow:
    """A package and its versions on both sides, fit to be shown; empty where it is not there."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of a change: `total` entries were counted, `kept` of them one by one, `rows` are those shown here."""

    key: str
    title: str
    total: int
    kept: int
    rows: Sequence[Node | PackageRow]
    url: str

    @property
    def template(self) -> str:
        """The template that shows the rows."""
        return f"list_{self.key}.html" if self.key in {"packages", "uses"} else "list_vulnerabilities.html"


def measures(node: Node) -> tuple[Measure, ...]:
    """Return every measure of either side."""
    before, after = (dict(node.pairs("evidence", side, "posture", "measures")) for side in ("before", "after"))
    moved = {one.text("key"): one for one in node.items("measures")}
    nothing = Node(None)
    return tuple(
        _measure(key, (before.get(key, nothing), after.get(key, nothing)), moved.get(key, nothing))
        for key in sorted(before.keys() | after.keys())
    )


def listed(change: Change, part: str, page: int | None = None) -> Listed:
    """Return one list of a change: its beginning, or one page of it; `part` is one of `PARTS`."""
    rows, total = _rows(change.node, part)
    start, most = (0, SHOWN) if page is None else ((page - 1) * A_PAGE, A_PAGE)
    shown = rows[start : start + most]
    return Listed(part, PARTS[part], max(total, len(rows)), len(rows), shown, f"{change.url}/{part}")


def _rows(node: Node, part: str) -> tuple[Sequence[Node | PackageRow], int]:
    if part == "packages":
        packages = _packages(node)
        return packages, len(packages)
    if part == "uses":
        uses = node.items("uses")
        return uses, len(uses)
    found = node.at("vulnerabilities", part)
    return found.items("listed"), int(found.number("count") or 0)


def _packages(node: Node) -> tuple[PackageRow, ...]:
    """Compare the packages of both sides; nothing where either is not known: absent is not none."""
    sides = [node.at("evidence", side, "posture", "measures", "packages") for side in ("before", "after")]
    if not all(sides):
        return ()
    before, after = ([one.text() for one in side.items("value")] for side in sides)
    found = package_changes(before, after)
    changed = [PackageRow(one.name, ", ".join(one.before), ", ".join(one.after)) for one in found.changed]
    added = [PackageRow(*_split(one, place=1)) for one in found.added]
    removed = [PackageRow(*_split(one, place=0)) for one in found.removed]
    return tuple(sorted([*changed, *added, *removed], key=lambda row: (row.name, row.before, row.after)))


def _split(package: str, *, place: int) -> tuple[str, str, str]:
    name, _, version = package.rpartition("@")
    known = (name or package, version if name else "in it")
    return (known[0], "", known[1]) if place else (known[0], known[1], "")


def _measure(key: str, sides: tuple[Node, Node], moved: Node) -> Measure:
    old, new = sides
    told = new or old
    scanner, database, at = told.text("basis", "scanner"), told.text("basis", "database"), told.text("at")
    source = [
        told.text("signer"),
        told.text("predicate_type"),
        f"scanner {scanner}" if scanner else "",
        f"database of {database[:10]}" if database else "",
        f"made {at[:10]}" if at else "",
    ]
    return Measure(
        key=key,
        label=told.text("label") or key,
        before=_value(old),
        after=_value(new),
        trend=moved.text("trend"),
        why=moved.text("why"),
        source=", ".join(part for part in source if part),
    )


def _value(measure: Node) -> str:
    if not measure:
        return "no data"
    entries = measure.items("value")
    return counted(len(entries), "entry", "entries") if entries else measure.text("value") or "none"


def _pair(measures_of: Node) -> str:
    values = (measures_of.text(key, "value") for key in _COUNTS)
    return ", ".join(value or "no data" for value in values)
