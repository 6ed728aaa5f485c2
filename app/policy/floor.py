"""The organisation's floor and the repository's own policy put together: the own policy may only add.

All scopes and review entries of both apply. The floor's `enforce` wins over the repository's `observe`, the stricter
`unmatched` counts where the floor says one, and `allow-solo: false` forbids `solo`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.core.attestation import PublicKey
from app.core.verdict import Mode
from app.policy.document import Document, GovernedPaths, Unmatched
from app.policy.scopes import Scope
from app.policy.signers import HeldKey
from app.policy.waiver_terms import WaiverTerms
from app.policy.waivers import TRIVYIGNORE


@dataclass(frozen=True, slots=True)
class InForce:
    """What judges: every scope and review entry with the mode that counts for it.

    `mode` is that of what belongs to no scope. `governed` are the files besides itself that the policy names.
    `floor_unmatched` says that the floor decides what an unmatched image gets.
    """

    mode: Mode = Mode.ENFORCE
    unmatched: Unmatched = Unmatched.REVIEW
    solo: bool = False
    scopes: tuple[Scope, ...] = ()
    reviews: tuple[GovernedPaths, ...] = ()
    keys: tuple[PublicKey, ...] = ()
    governed: frozenset[str] = frozenset()
    notices: tuple[str, ...] = ()
    floor_unmatched: bool = False
    request_reviewers: bool = True
    unresolved_sources: Unmatched = Unmatched.REVIEW


def combine(own: Document | None, floor: Document | None) -> InForce:
    """Put both together; at least one is there."""
    ground = own or floor or Document()
    floor_mode = None if floor is None else floor.mode or Mode.ENFORCE
    mode = Mode.ENFORCE if floor_mode is Mode.ENFORCE else ground.mode or Mode.ENFORCE
    own_scopes = () if own is None else _own_scopes(own.scopes, mode, enforced=floor_mode is Mode.ENFORCE)
    floor_scopes = () if floor is None else _floor_scopes(floor.scopes, floor_mode or Mode.ENFORCE)
    solo_forbidden = floor is not None and not floor.allow_solo
    notice = "`solo` is not heeded: the organisation's floor forbids it" if ground.solo and solo_forbidden else ""
    documents = tuple(one for one in (own, floor) if one is not None)
    return InForce(
        mode=mode,
        unmatched=_unmatched(ground, floor),
        solo=ground.solo and not solo_forbidden,
        scopes=(*floor_scopes, *own_scopes),
        reviews=(*_reviews(floor, floor_mode or Mode.ENFORCE, "floor: "), *_reviews(own, mode, "")),
        keys=_keys(one for document in documents for one in document.signers.values() if isinstance(one, HeldKey)),
        governed=_governed(documents),
        notices=(notice,) if notice else (),
        floor_unmatched=_floor_decides(ground, floor),
        request_reviewers=ground.request_reviewers is not False,
        unresolved_sources=_sources(ground, floor),
    )


def both_floors(floor: Document | None, operator: Document | None) -> Document | None:
    """Put the organisation's and the operator's floor together: the stricter word of each counts, all scopes of both.

    Whose signers are heard stays apart (`Scope.file`), for an organisation must not answer its operator's limits.
    """
    marked = None if operator is None else replace(operator, scopes=_of_operator(operator.scopes))
    if floor is None or marked is None:
        return marked or floor
    known = (floor, marked)
    modes = [one.mode or Mode.ENFORCE for one in known]
    days = [one.waivers.max_days for one in known if one.waivers.max_days is not None]
    return Document(
        mode=Mode.ENFORCE if Mode.ENFORCE in modes else Mode.OBSERVE,
        unmatched=_stricter(floor.unmatched, marked.unmatched),
        solo=floor.solo or marked.solo,
        allow_solo=floor.allow_solo and marked.allow_solo,
        signers={rule.name: rule for one in known for rule in one.signers.values()},
        scopes=tuple(
            replace(scope, own_mode=scope.own_mode or mode)
            for one, mode in zip(known, modes, strict=True)
            for scope in one.scopes
        ),
        reviews=(*floor.reviews, *marked.reviews),
        request_reviewers=marked.request_reviewers if floor.request_reviewers is None else floor.request_reviewers,
        waivers=WaiverTerms(all(one.waivers.allow is True for one in known), min(days, default=None)),
        unresolved_sources=_stricter(floor.unresolved_sources, marked.unresolved_sources),
    )


def _of_operator(scopes: Iterable[Scope]) -> tuple[Scope, ...]:
    return tuple(replace(one, operator=True) for one in scopes)


def _stricter(one: Unmatched | None, other: Unmatched | None) -> Unmatched | None:
    return max((word for word in (one, other) if word is not None), default=None)


def _own_scopes(scopes: Iterable[Scope], mode: Mode, *, enforced: bool) -> tuple[Scope, ...]:
    return tuple(replace(one, mode=mode if enforced else one.own_mode or mode) for one in scopes)


def _floor_scopes(scopes: Iterable[Scope], mode: Mode) -> tuple[Scope, ...]:
    return tuple(
        replace(one, label=f"{whose}: {one.label}", mode=one.own_mode or mode, floor=True)
        for one in scopes
        for whose in ("operator" if one.operator else "floor",)
    )


def _reviews(document: Document | None, mode: Mode, prefix: str) -> tuple[GovernedPaths, ...]:
    entries = () if document is None else document.reviews
    return tuple(replace(one, label=f"{prefix}{one.label}", mode=mode) for one in entries)


def _unmatched(ground: Document, floor: Document | None) -> Unmatched:
    own = Unmatched.REVIEW if ground.unmatched is None else ground.unmatched
    return own if floor is None or floor.unmatched is None else max(own, floor.unmatched)


def _sources(ground: Document, floor: Document | None) -> Unmatched:
    own = Unmatched.REVIEW if ground.unresolved_sources is None else ground.unresolved_sources
    return own if floor is None or floor.unresolved_sources is None else max(own, floor.unresolved_sources)


def _floor_decides(ground: Document, floor: Document | None) -> bool:
    return floor is not None and floor.unmatched is not None and floor.unmatched >= _unmatched(ground, None)


def _governed(documents: Iterable[Document]) -> frozenset[str]:
    known = tuple(documents)
    named = {path for document in known for path in document.key_paths}
    return frozenset(named | {TRIVYIGNORE for document in known if document.waivers.trivyignore})


def _keys(rules: Iterable[HeldKey]) -> tuple[PublicKey, ...]:
    """Return each key once, for a verifier stops at the first that fits; windows that differ are judged by signer."""
    by_name: dict[str, list[HeldKey]] = {}
    for rule in rules:
        by_name.setdefault(rule.known_as, []).append(rule)
    return tuple(_key(same) for same in by_name.values())


def _key(same: list[HeldKey]) -> PublicKey:
    first = same[0]
    alike = all((one.not_before, one.not_after) == (first.not_before, first.not_after) for one in same)
    if not alike:
        return PublicKey(first.known_as, first.pem)
    return PublicKey(first.known_as, first.pem, first.not_before, first.not_after)
