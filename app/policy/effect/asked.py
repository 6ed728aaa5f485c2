"""What edits of the things that a scope asks do: signatures, attestations, limits, comparisons, VEX."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta
from fractions import Fraction
from typing import Final

from app.admission.base import Field, Words, by_number, judged, pairs
from app.admission.base.languages import NOTHING
from app.core.claims import CREATED, SHARED
from app.core.policy_edit import Effect, PolicyEdit
from app.core.posture import Better
from app.policy.effect.languages import gains, of_scope
from app.policy.effect.sides import Sides, mixed, places
from app.policy.effect.signers import believed, renamed
from app.policy.scopes import AttestationAsked, LimitValue, Scope, yielding
from app.policy.signers import SignerRule
from app.predicates import HARDENING_MAPPED

_SIGN: Final = Words("signed by somebody else will do", "fewer signers will do")
_AUTHORS: Final = Words(
    "more authors may take vulnerabilities out of the counts",
    "fewer authors may take vulnerabilities out of the counts",
)
OTHERS: Final = "and numbers that decide a limit or comparison are said by others from now on"
_NUMBERS: Final = "the numbers of those who are left decide, which may be milder"
_LIMIT: Final = Words("more is allowed", "less is allowed")
_EVER: Final = timedelta.max


def signature(field: Field, scope: tuple[Scope, Scope], sides: Sides) -> Iterable[PolicyEdit]:
    """Compare `signature`: any one of the signers suffices."""
    old, new = scope[0].signature, scope[1].signature
    if not old:
        why = OTHERS if _decides_numbers(scope[1], sides) else ""
        yield mixed(field, field.stronger("a signature is required"), why)
    elif not new:
        yield field.weaker("no signature is required any more")
    else:
        yield _signers(field, (old, new), sides, why=_NUMBERS if _decides_numbers(scope[1], sides) else "")


def vex(field: Field, scope: tuple[Scope, Scope], sides: Sides) -> Iterable[PolicyEdit]:
    """Compare `vex`: what its authors say takes vulnerabilities out of the counts."""
    relation = believed(renamed(scope[0].vex, sides.new.signers), scope[1].vex, sides.comparer)
    yield judged(field, relation, _AUTHORS, wider=Effect.WEAKER)


def attestations(field: Field, scope: tuple[Scope, Scope], sides: Sides) -> Iterable[PolicyEdit]:
    """Compare `attestations`, type by type."""
    for child in pairs(field, "type"):
        old_at, new_at = places(child)
        old = None if old_at is None else scope[0].attestations[old_at]
        new = None if new_at is None else scope[1].attestations[new_at]
        if not child.changed:
            continue
        if old is not None and new is not None and old.types == new.types:
            yield from _attestation(child, (old, new), scope[1], sides)
            continue
        if old is not None:
            yield child.weaker("the attestation is required no more")
        if new is not None:
            edit = child.stronger("one attestation more is required")
            yield mixed(child, edit, OTHERS if relied_on(scope[1], new.types, sides) else "")


def _attestation(
    field: Field, asked: tuple[AttestationAsked, AttestationAsked], scope: Scope, sides: Sides
) -> Iterable[PolicyEdit]:
    if field.child("type").changed:
        yield field.child("type").neutral("it is another name of the same type")
    if field.child("signers").changed:
        signers = (asked[0].signers, asked[1].signers)
        why = _NUMBERS if relied_on(scope, asked[0].types, sides) else ""
        yield _signers(field.child("signers"), signers, sides, why=why)
    if field.child("max-age").changed:
        old, new = (Fraction(int((one.max_age or _EVER).total_seconds())) for one in asked)
        words = Words("it may be older", "it must be newer")
        yield by_number(field.child("max-age"), -old, -new, words.flipped)


def _signers(
    field: Field, lists: tuple[tuple[SignerRule, ...], tuple[SignerRule, ...]], sides: Sides, *, why: str
) -> PolicyEdit:
    relation = believed(renamed(lists[0], sides.new.signers), lists[1], sides.comparer)
    return mixed(field, judged(field, relation, _SIGN, wider=Effect.WEAKER), why)


def numbers_depend(rule: str, sides: Sides) -> bool:
    """Say whether a signer's numbers decide a limit or a comparison, so that fewer signers may be milder."""
    for scope in (*sides.old.scopes, *sides.new.scopes):
        if any(one.name == rule for one in scope.signature) and _decides_numbers(scope, sides):
            return True
        listed = [asked for asked in scope.attestations if any(one.name == rule for one in asked.signers)]
        if any(relied_on(scope, asked.types, sides) for asked in listed):
            return True
    return False


def relied_on(scope: Scope, types: AbstractSet[str], sides: Sides) -> bool:
    """Say whether these types decide a limit or a comparison of a scope, or of another that shares images with it.

    Whose numbers count for an image is decided by all scopes that match it together.
    """
    known = [one for one in (*sides.old.scopes, *sides.new.scopes) if _relies(one, types)]
    return any(one is scope or _shares(one, scope, sides) for one in known)


def brings_numbers(scope: Scope, sides: Sides) -> bool:
    """Say whether a scope names signers whose numbers decide limits or comparisons of others that share its images."""
    types = frozenset(uri for asked in scope.attestations for uri in asked.types)
    return relied_on(scope, types, sides) or (bool(scope.signature) and _decides_numbers(scope, sides))


def _relies(scope: Scope, types: AbstractSet[str]) -> bool:
    return bool(types) and (scope.no_regression is not None or any(scope.relies_on(uri) for uri in types))


def _shares(one: Scope, other: Scope, sides: Sides) -> bool:
    return gains(sides.comparer.names(NOTHING, of_scope(one) & of_scope(other)))


def _decides_numbers(scope: Scope, sides: Sides) -> bool:
    """Say whether signers of the signature decide numbers: of a type that a scope which needs it lists nowhere."""
    known = (one for one in (*sides.old.scopes, *sides.new.scopes) if _unlisted(one))
    return any(one is scope or _shares(one, scope, sides) for one in known)


def _unlisted(scope: Scope) -> bool:
    keys = (yielding(key) for key in scope.limited)
    return scope.no_regression is not None or any(types and not any(map(scope.lists, types)) for types in keys)


def limits(field: Field, scope: tuple[Scope, Scope], sides: Sides) -> Iterable[PolicyEdit]:  # noqa: ARG001 - one shape for all
    """Compare `limits`, measure by measure."""
    for key in sorted(scope[0].limits.keys() | scope[1].limits.keys()):
        old, new = scope[0].limits.get(key), scope[1].limits.get(key)
        child = field.child(key)
        if new is None:
            yield child.weaker("the limit is gone")
        elif old is None:
            yield child.stronger("a limit more")
        elif type(old) is not type(new) or old != new:
            yield _limit(child, (old, new), key, scope[1])


def _limit(field: Field, values: tuple[LimitValue, LimitValue], key: str, scope: Scope) -> PolicyEdit:
    old, new = values
    numbers = all(isinstance(one, int) and not isinstance(one, bool) for one in values)
    direction = _better(key, scope)
    if not numbers or direction is None:
        return field.cannot_tell("something else is required, which is neither more nor less")
    if direction is Better.HIGHER:
        return by_number(field, Fraction(old), Fraction(new), _LIMIT.flipped)
    return by_number(field, -Fraction(old), -Fraction(new), _LIMIT.flipped)


_LOWER: Final = frozenset({"image.size", CREATED})


def _better(key: str, scope: Scope) -> Better | None:
    """Return which way a measure is better; `None` where that is not known here."""
    mapped: Mapping[str, Better] = {one.key: one.better for one in scope.mappings}
    if key in mapped:
        return None if mapped[key] is Better.NEITHER else mapped[key]
    if key == SHARED:
        return Better.HIGHER
    if key.startswith("vulnerabilities.") or key in _LOWER:
        return Better.LOWER
    return HARDENING_MAPPED[key][2] if key in HARDENING_MAPPED else None


def no_regression(field: Field, scope: tuple[Scope, Scope], sides: Sides) -> Iterable[PolicyEdit]:  # noqa: ARG001 - likewise
    """Compare `no-regression`: nothing, everything (an empty set), or a list of measures."""
    old, new = scope[0].no_regression, scope[1].no_regression
    if old == new:
        yield field.neutral("it means the same")
    elif old is None:
        yield field.stronger("what gets worse is blocked")
    elif new is None:
        yield field.weaker("what gets worse is not blocked any more")
    elif not old or (new and old - new):
        yield field.weaker("fewer measures are compared with the old image")
    elif not new:
        sentence = "every measure is compared, but those that were listed need no longer be measured"
        yield field.cannot_tell(sentence)
    else:
        yield field.stronger("more measures are compared with the old image")
