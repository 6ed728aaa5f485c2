"""Trust: which proved statements count for an image, and the word for what is asked of it.

This is the one place where a `TrustedStatement` is made. A valid signature by somebody is not trust: the signer must be
named, for this image and for this type of statement, by the policy of the base branch.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime

from app.core.attestation import (
    SIGNATURE,
    Conclusion,
    Evidence,
    Form,
    Rejection,
    SignedStatement,
    TrustedStatement,
    Word,
)
from app.core.oci import Digest
from app.policy.coverage import covered, missing, suffices
from app.policy.scopes import Scope
from app.policy.signers import SignerRule, closest, first_match
from app.policy.wanted import Wanted, by_rule, candidates, subjects
from app.predicates import VEX_TYPES

NOT_ASKED = "not-asked"
"""Code of a lookup that stands for places that were passed over."""
UNREAD = "unread-form"
"""Code of a lookup of a place where something lies in a form that is not read."""

_WORST_FIRST = (Word.INVALID, Word.UNTRUSTED_SIGNER, Word.ABSENT, Word.UNREADABLE, Word.UNKNOWN, Word.VERIFIED)


def trusted(evidence: Evidence, scopes: Iterable[Scope]) -> tuple[TrustedStatement, ...]:
    """Return the statements that count for this image; `scopes` are all that match it.

    A file (the repository's own, the floor, the operator's floor) has an opinion of a statement: yes, when a scope that
    lists its type names the signer, or, where no scope lists the type, a scope names the signer for signatures; no,
    when a limit of that file would be decided by a type that it lists nowhere and the signer is none of its own. One
    yes is needed, and a no is final: otherwise a repository could name its own scanner and so answer the floor's
    limits.
    """
    known = tuple(scopes)
    names = sorted({scope.file for scope in known})
    files = [tuple(scope for scope in known if scope.file == name) for name in names]
    return tuple(_trust(one) for one in evidence.signed if _counts(one, files, evidence))


def authored(evidence: Evidence, authors: tuple[SignerRule, ...]) -> tuple[TrustedStatement, ...]:
    """Return the VEX documents about this image, or a platform of it, that these authors signed."""
    wanted = Wanted("vex", VEX_TYPES, authors)
    return tuple(_trust(one) for one in candidates(evidence, wanted) if first_match(authors, one) is not None)


def conclude(evidence: Evidence, wanted: Wanted) -> Conclusion:
    """Say the one word for what is asked, with the reason; independent of the order of the evidence.

    One valid statement by a named signer suffices. `absent` needs that every place was asked and none failed.
    """
    good = by_rule(candidates(evidence, wanted), wanted.signers)
    if suffices(evidence, wanted, [one for _, one in good]):
        rule, best = good[0]
        remark = "; ".join(part for part in (covered(evidence, [one for _, one in good]), best.elsewhere) if part)
        logged = suffices(evidence, wanted, [one for _, one in good if one.verified_at is not None])
        reason = _signed_by(best, rule) + ("" if logged else ", not logged") + (f" ({remark})" if remark else "")
        return Conclusion(wanted.what, Word.VERIFIED, reason, best.signer, rule.name, remark, logged)
    failed = _failed(evidence)
    found = _refused(evidence, wanted, failed)
    if found is not None and not (failed and found.word is Word.UNREADABLE):
        return found
    if failed or (failed := passed_over(evidence)):
        return Conclusion(wanted.what, Word.UNKNOWN, failed)
    if unread := _unread(evidence):
        return Conclusion(wanted.what, Word.UNREADABLE, unread)
    if good:
        rule, best = good[0]
        partly = f"{_signed_by(best, rule)}, but {missing(evidence, wanted, {one.subject for _, one in good})}"
        return Conclusion(wanted.what, Word.ABSENT, partly, best.signer, rule.name)
    return Conclusion(wanted.what, Word.ABSENT, f"none was found; asked: {_places(evidence)}")


def vouched(evidence: Evidence, scopes: Iterable[Scope], types: AbstractSet[str]) -> frozenset[Digest]:
    """Return the manifests of which statements of these types speak whose signers these scopes name."""
    known, spoken_of = tuple(scopes), subjects(evidence)
    speaking = [one for one in evidence.signed if one.statement.predicate_type in types and one.subject in spoken_of]
    return frozenset(one.subject for one in speaking if _opinion(known, one) is _Opinion.YES)


def _unread(evidence: Evidence) -> str:
    """Say where something lies in a form that is not read; empty when nowhere."""
    places = sorted({f"{one.where} at {one.host}: {one.detail}" for one in evidence.lookups if one.code == UNREAD})
    return "; ".join(places)


def passed_over(evidence: Evidence) -> str:
    """Say which places nobody asked, for there were too many; empty when all were."""
    places = sorted({f"{one.where} at {one.host}: {one.detail}" for one in evidence.lookups if one.code == NOT_ASKED})
    return f"could not be found out: {'; '.join(places)}" if places else ""


def proved_at(evidence: Evidence, wanted: Wanted) -> datetime | None:
    """Return the verified time of the newest statement that answers; of several platforms, the oldest of these.

    `None` when nothing answers or when a time that matters is not proved.
    """
    newest: dict[str, datetime] = {}
    for _, one in by_rule(candidates(evidence, wanted), wanted.signers):
        if one.verified_at is not None:
            subject = str(one.subject)
            newest[subject] = max(newest.get(subject, one.verified_at), one.verified_at)
    whole = newest.get(str(evidence.digest))
    parts = [newest.get(str(descriptor.digest)) for descriptor in evidence.platforms]
    dated = [time for time in parts if time is not None]
    oldest = min(dated) if dated and len(dated) == len(parts) else None
    return max((time for time in (whole, oldest) if time is not None), default=None)


def worst_of(conclusions: Iterable[Conclusion]) -> Conclusion | None:
    """Return the worst of several conclusions on the same thing; `None` for none."""
    return min(conclusions, key=lambda one: (_WORST_FIRST.index(one.word), one.reason), default=None)


def matched_rules(evidence: Evidence, wanted: Wanted) -> frozenset[str]:
    """Return the names of all signers of the policy that signed what is asked."""
    found = candidates(evidence, wanted)
    return frozenset(rule.name for rule in wanted.signers if any(rule.matches(one) for one in found))


def _trust(statement: SignedStatement) -> TrustedStatement:
    return TrustedStatement(statement)


class _Opinion(enum.Enum):
    YES = "yes"
    NO = "no"
    SILENT = "silent"


def _counts(statement: SignedStatement, files: Iterable[tuple[Scope, ...]], evidence: Evidence) -> bool:
    opinions = {_opinion(scopes, statement) for scopes in files}
    return statement.subject in subjects(evidence) and _Opinion.YES in opinions and _Opinion.NO not in opinions


def _opinion(scopes: tuple[Scope, ...], statement: SignedStatement) -> _Opinion:
    kind = statement.statement.predicate_type
    listed = [asked for scope in scopes for asked in scope.lists(kind)]
    named = [asked.signers for asked in listed] or [scope.signature for scope in scopes]
    if any(first_match(signers, statement) is not None for signers in named):
        return _Opinion.YES
    relied_on = not listed and any(scope.relies_on(kind) for scope in scopes)
    return _Opinion.NO if relied_on else _Opinion.SILENT


def _may_be(rejection: Rejection, wanted: Wanted) -> bool:
    """Say whether a refused thing may have been what is asked; one of unknown type may be anything of its form."""
    if rejection.predicate_type is not None:
        return rejection.predicate_type in wanted.types
    other = Form.LEGACY_ATTESTATION if SIGNATURE in wanted.types else Form.LEGACY_SIGNATURE
    return rejection.form is not other


def _refused(evidence: Evidence, wanted: Wanted, failed: str) -> Conclusion | None:
    """Say what was found but does not count, the worst first; `None` when there is nothing of the kind."""
    rejected = sorted((one for one in evidence.rejected if _may_be(one, wanted)), key=repr)
    by_word = {word: [one for one in rejected if one.word is word] for word in Word}
    if by_word[Word.INVALID]:
        first = by_word[Word.INVALID][0]
        reason = f"what was found ({first.found}) does not verify: {first.sentence}"
        return Conclusion(wanted.what, Word.INVALID, reason + _and(failed), first.signer)
    strangers = [one for one in candidates(evidence, wanted) if first_match(wanted.signers, one) is None]
    if strangers:
        return _stranger(wanted, strangers, failed)
    if by_word[Word.UNTRUSTED_SIGNER]:
        first = by_word[Word.UNTRUSTED_SIGNER][0]
        reason = f"signed by somebody whom the policy does not name: {first.sentence}"
        return Conclusion(wanted.what, Word.UNTRUSTED_SIGNER, reason + _and(failed), first.signer)
    if by_word[Word.UNREADABLE]:
        first = by_word[Word.UNREADABLE][0]
        return Conclusion(wanted.what, Word.UNREADABLE, f"{first.found}: {first.sentence}", first.signer)
    return None


def _stranger(wanted: Wanted, strangers: list[SignedStatement], failed: str) -> Conclusion:
    ranked = sorted(
        ((closest(wanted.signers, one.signer), one) for one in strangers),
        key=lambda pair: (-pair[0].closeness(pair[1].signer), pair[1].signer.label, repr(pair[1])),
    )
    for one in strangers:
        for named in wanted.signers:
            if why := named.misses(one):
                reason = f"signed by {one.signer.label}, but {why}; the signer is {named.name}"
                return Conclusion(wanted.what, Word.UNTRUSTED_SIGNER, reason + _and(failed), one.signer, named.name)
    rule, best = ranked[0]
    issuer = f" (issuer {best.signer.issuer})" if best.signer.issuer else ""
    reason = f"signed by {best.signer.label}{issuer}, whom no signer asked for names; the closest is {rule.name}"
    return Conclusion(wanted.what, Word.UNTRUSTED_SIGNER, reason + _and(failed), best.signer, rule.name)


def _failed(evidence: Evidence) -> str:
    """Say which places did not answer; empty when all did and at least one was asked."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    for one in evidence.failed:
        places[f"{one.host}: {one.detail or one.code}"].add(one.where)
    if places:
        said = "; ".join(f"{', '.join(sorted(places[answer]))} at {answer}" for answer in sorted(places))
        return f"could not be found out: {said}"
    if evidence.digest is None:
        return "could not be found out: the image was not found"
    return "" if evidence.lookups else "could not be found out: no place was asked"


def _and(failed: str) -> str:
    return f"; besides, the rest {failed}" if failed else ""


def _places(evidence: Evidence) -> str:
    # Each kind of place once; every place with its answer stands under "where we looked".
    return ", ".join(sorted({one.where.partition(" of ")[0] for one in evidence.lookups if not one.claims}))


def _signed_by(statement: SignedStatement, rule: SignerRule) -> str:
    return f"signed by {statement.signer.label}, trusted as {rule.name}"
