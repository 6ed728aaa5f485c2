"""Signers that a policy names, and which of them a proved signer is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.core.attestation import SignedStatement, Signer
from app.policy.patterns import fixed_beginning, full_match


@dataclass(frozen=True, slots=True)
class Keyless:
    """A certificate's identity at exactly one issuer: `identity` exactly, or `pattern` against the whole of it.

    Exactly one of the two is set.
    """

    name: str
    issuer: str
    identity: str | None = None
    pattern: str | None = None

    def matches(self, statement: SignedStatement) -> bool:
        """Say whether this signer signed the statement."""
        signer = statement.signer
        # The same address can be had from another issuer, so both are compared, byte for byte.
        if signer.key is not None or signer.identity is None or signer.issuer != self.issuer:
            return False
        if self.pattern is not None:
            return full_match(self.pattern, signer.identity)
        return signer.identity == self.identity

    def closeness(self, signer: Signer) -> int:
        """Say how near a proved signer is to this one, only to name the closest to a person."""
        wanted = self.identity or fixed_beginning(self.pattern or "")
        same = _common(wanted, signer.identity or "")
        return same + (1000 if signer.issuer == self.issuer else 0)


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A public key: `known_as` is the name under which verifiers know it, `fingerprint` the SHA-256 of its SPKI.

    `not_before` and `not_after` bound the verified time of what it signed; `None` = unbounded.
    """

    name: str
    pem: bytes
    fingerprint: str
    known_as: str
    not_before: datetime | None = None
    not_after: datetime | None = None

    def matches(self, statement: SignedStatement) -> bool:
        """Say whether this key signed the statement, at a time at which it may."""
        key = statement.signer.key
        return key in (self.known_as, self.fingerprint) and self._may_sign_at(statement.verified_at)

    def closeness(self, signer: Signer) -> int:
        """Say how near a proved signer is to this one, only to name the closest to a person."""
        if signer.key is None:
            return -1
        return 1000 if signer.key in (self.known_as, self.fingerprint) else 0

    def _may_sign_at(self, time: datetime | None) -> bool:
        if self.not_before is None and self.not_after is None:
            return True
        if time is None:
            return False  # a time that nobody proved is inside no window
        return not (
            (self.not_before is not None and time < self.not_before)
            or (self.not_after is not None and time > self.not_after)
        )


SignerRule = Keyless | HeldKey


def first_match(rules: Iterable[SignerRule], statement: SignedStatement) -> SignerRule | None:
    """Return the first signer, in the order of the policy, that signed the statement; `None` for none of them."""
    return next((rule for rule in rules if rule.matches(statement)), None)


def closest(rules: Iterable[SignerRule], signer: Signer) -> SignerRule:
    """Return the signer of a policy that is nearest to one that it does not name; `rules` are at least one."""
    return max(sorted(rules, key=lambda rule: rule.name), key=lambda rule: rule.closeness(signer))


def _common(one: str, other: str) -> int:
    for count, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return count
    return min(len(one), len(other))
