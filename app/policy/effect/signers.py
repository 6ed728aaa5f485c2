"""Whom a policy believes, before and after: identities by what their patterns accept, keys by what they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from app.admission.base import EQUAL, Relation, by_change, together, unknown
from app.admission.base.languages import NotUnderstood, union
from app.policy.effect.languages import Comparer, of_identity
from app.policy.signers import HeldKey, Keyless, SignerRule

_EVER = datetime.max.replace(tzinfo=UTC)
_SINCE_EVER = datetime.min.replace(tzinfo=UTC)


def believed(before: Sequence[SignerRule], after: Sequence[SignerRule], comparer: Comparer) -> Relation:
    """Return how whom a list of signers lets sign relates; wider is more signers, names do not matter."""
    groups = sorted({_group(one) for one in (*before, *after) if isinstance(one, Keyless)})
    parts = [_identities(_of(before, group), _of(after, group), comparer) for group in groups]
    return together([*parts, *_keys(_held(before), _held(after))])


def renamed(rules: Iterable[SignerRule], after: Mapping[str, SignerRule]) -> tuple[SignerRule, ...]:
    """Return signers with the definitions that their names have afterwards: what a definition does is told once."""
    return tuple(after.get(one.name, one) for one in rules)


def _group(rule: Keyless) -> tuple[str, str]:
    return rule.issuer, rule.root or ""


def _of(rules: Iterable[SignerRule], group: tuple[str, str]) -> list[Keyless]:
    return [one for one in rules if isinstance(one, Keyless) and _group(one) == group]


def _held(rules: Iterable[SignerRule]) -> dict[str, HeldKey]:
    # A key that was not read is known by its name only.
    return {one.fingerprint or f"key of {one.name}": one for one in rules if isinstance(one, HeldKey)}


def _identities(before: list[Keyless], after: list[Keyless], comparer: Comparer) -> Relation:
    sides = [{(one.identity, one.pattern) for one in side} for side in (before, after)]
    if sides[0] == sides[1]:
        return EQUAL
    try:
        old, new = (union(of_identity(*one) for one in sorted(side, key=str)) for side in sides)
    except NotUnderstood as error:
        return unknown(f"an identity-pattern cannot be compared: {error}")
    return comparer.texts(old, new)


def _keys(before: Mapping[str, HeldKey], after: Mapping[str, HeldKey]) -> list[Relation]:
    found = [_key(before[one], after[one]) for one in sorted(before.keys() & after.keys())]
    more, fewer = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
    return [*found, by_change(gained=_short(more), lost=_short(fewer))]


def _short(fingerprints: list[str]) -> str | None:
    return f"the key {fingerprints[0][:16]}" if fingerprints else None


def _key(old: HeldKey, new: HeldKey) -> Relation:
    opened = (new.not_before or _SINCE_EVER) < (old.not_before or _SINCE_EVER)
    opened |= (new.not_after or _EVER) > (old.not_after or _EVER)
    closed = (new.not_before or _SINCE_EVER) > (old.not_before or _SINCE_EVER)
    closed |= (new.not_after or _EVER) < (old.not_after or _EVER)
    opened |= old.log_required and not new.log_required
    closed |= new.log_required and not old.log_required
    if old.root != new.root:
        opened = closed = True
    return by_change(gained="" if opened else None, lost="" if closed else None)
