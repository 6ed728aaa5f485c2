"""Reads `mappings`: measures of any predicate type by JSON pointer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core import yaml
from app.core.attestation import SIGNATURE
from app.core.posture import Better
from app.policy.reading.nodes import Faults, shown, suggestion
from app.predicates import ALIASES, HARDENING_MAPPED, predicate_types
from app.predicates.base import CUSTOM_KEY, Kind, MappedMeasure, is_custom, parse_pointer

_KINDS: Mapping[str, Kind] = {kind.value: kind for kind in Kind}
_BETTER: Mapping[str, Better] = {better.value: better for better in Better}


@dataclass(frozen=True, slots=True)
class _Own:
    """A measure of the policy's own: how it is read, judged and called."""

    pointer: tuple[str, ...]
    kind: Kind
    better: Better
    label: str


def read_mappings(node: yaml.Node, faults: Faults) -> tuple[MappedMeasure, ...]:
    """Read all mappings; a measure that several types yield must be of one kind, and better in one way."""
    found: list[MappedMeasure] = []
    kinds: dict[str, tuple[Kind, Better]] = {}
    for entry in faults.entries(node, "mappings"):
        types = _types(entry, faults)
        for member in faults.entries(entry.value, f"mappings of {shown(entry.key.text)}"):
            own = _measure(member, faults)
            if own is None:
                continue
            key = member.key.text
            if kinds.setdefault(key, (own.kind, own.better)) != (own.kind, own.better):
                faults.add(member.key.line, f"{key} is mapped twice, as different kinds of measure")
            found += [MappedMeasure(uri, key, own.label, own.pointer, own.kind, own.better) for uri in sorted(types)]
    return tuple(found)


def check_custom(node: yaml.Node | None, mapped: Iterable[MappedMeasure], faults: Faults) -> None:
    """Complain of every `custom.…` measure that a scope of `images` names and no mapping yields."""
    known = {one.key for one in mapped}
    for scope in getattr(node, "items", ()):
        for name, line in _custom_names(scope):
            if name not in known:
                faults.add(line, f"no mapping yields {shown(name)}{suggestion(name, known)}")


def _custom_names(scope: yaml.Node) -> Iterable[tuple[str, int]]:
    for entry in getattr(scope, "entries", ()):
        if entry.key.text == "limits":
            named = [one.key for one in getattr(entry.value, "entries", ())]
        elif entry.key.text == "no-regression":
            named = [one for one in getattr(entry.value, "items", ()) if isinstance(one, yaml.Scalar)]
        else:
            continue
        yield from ((one.text, one.line) for one in named if is_custom(one.text))


def _types(entry: yaml.Entry, faults: Faults) -> frozenset[str]:
    text = entry.key.text
    types = predicate_types(text)
    if text in ALIASES or not types or SIGNATURE in types:
        faults.add(entry.key.line, f"mappings: {shown(text)} is no predicate type (https://vendor.example/hardened/v1)")
        return frozenset()
    return types


def _measure(member: yaml.Entry, faults: Faults) -> _Own | None:
    key = member.key.text
    fixed = HARDENING_MAPPED.get(key)
    if fixed is not None:
        label, kind, better = fixed
        pointer = _pointer(member.value, key, faults)
        return None if pointer is None else _Own(pointer, kind, better, label)
    if CUSTOM_KEY.fullmatch(key):
        return _custom(member, faults)
    hint = suggestion(key, HARDENING_MAPPED)
    faults.add(
        member.key.line, f"mappings names {shown(key)}, which is neither custom.… nor a measure of hardening{hint}"
    )
    return None


def _custom(member: yaml.Entry, faults: Faults) -> _Own | None:
    key = member.key.text
    fields = faults.mapping(member.value, f"the mapping of {key}", ("pointer", "kind", "better", "label"))
    if fields is None:
        return None
    missing = [name for name in ("pointer", "kind", "better") if name not in fields]
    if missing:
        faults.add(member.key.line, f"the mapping of {key} needs {missing[0]}")
        return None
    pointer = _pointer(fields["pointer"], key, faults)
    kind = faults.choice(fields["kind"], f"kind of {key}", _KINDS)
    better = faults.choice(fields["better"], f"better of {key}", _BETTER)
    label = faults.text(fields["label"], f"label of {key}") if "label" in fields else key
    if kind is Kind.TEXT and better not in (None, Better.NEITHER):
        faults.add(fields["better"].line, f"better of {key} must be neither: no text is better than another")
        return None
    if pointer is None or kind is None or better is None or label is None:
        return None
    return _Own(pointer, kind, better, label)


def _pointer(node: yaml.Node, key: str, faults: Faults) -> tuple[str, ...] | None:
    text = faults.text(node, f"the pointer of {key}")
    if text is None:
        return None
    pointer = parse_pointer(text)
    if pointer is None:
        faults.add(node.line, f"the pointer of {key} must be a JSON pointer to a member (/image/hasShell)")
    return pointer
