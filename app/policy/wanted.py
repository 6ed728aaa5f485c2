"""What is asked of an image, and which of its statements answer that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.attestation import SIGNATURE, Evidence, SignedStatement
from app.core.oci import Digest
from app.policy.scopes import Scope
from app.policy.signers import SignerRule, first_match

_SIGNATURES = frozenset({SIGNATURE})


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing that is asked of an image: `what` as people say it, the types that answer it, who may sign it.

    With `each_platform` what speaks of an index does not speak of its platforms.
    """

    what: str
    types: frozenset[str]
    signers: tuple[SignerRule, ...]
    each_platform: bool = False

    @classmethod
    def signature(cls, signers: tuple[SignerRule, ...]) -> Wanted:
        """Ask for a signature by any of these signers."""
        return cls("signature", _SIGNATURES, signers)

    @classmethod
    def signature_of(cls, scope: Scope) -> Wanted:
        """Ask for the signature that a scope asks for."""
        return cls("signature", _SIGNATURES, scope.signature, scope.each_platform)


def candidates(evidence: Evidence, wanted: Wanted) -> list[SignedStatement]:
    """Return what is of a type that answers and speaks of this image or a platform of it."""
    known = subjects(evidence)
    return [one for one in evidence.signed if one.statement.predicate_type in wanted.types and one.subject in known]


def subjects(evidence: Evidence) -> frozenset[Digest]:
    """Return what a statement may speak of; nothing when it is not known which image this is."""
    if evidence.digest is None:
        return frozenset()
    return frozenset({evidence.digest, *(descriptor.digest for descriptor in evidence.platforms)})


def by_rule(
    found: Iterable[SignedStatement], signers: tuple[SignerRule, ...]
) -> list[tuple[SignerRule, SignedStatement]]:
    """Pair statements with the first signer that they match: in the order of the policy, the newest first."""
    pairs = [(rule, one) for one in found if (rule := first_match(signers, one)) is not None]
    return sorted(pairs, key=lambda pair: (signers.index(pair[0]), -_stamp(pair[1]), repr(pair[1])))


def _stamp(statement: SignedStatement) -> float:
    return statement.verified_at.timestamp() if statement.verified_at is not None else 0.0
