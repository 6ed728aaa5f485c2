"""Signers that a policy names, and which of them a proved signer is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.attestation import SignedStatement, Signer
from app.policy.patterns import fixed_beginning, full_match


@dataclass(frozen=True, slots=True)
class Keyless:
    """A certificate's identity at exactly one issuer: `identity` exactly, or `pattern` against the whole of it.

    Exactly one of the two is set. `root` is the one trusted root under which it must be proved; `None` is the
    operator's default.
    """

    name: str
    issuer: str
    identity: str | None = None
    pattern: str | None = None
    root: str | None = None

    def matches(self, statement: SignedStatement) -> bool:
        """Say whether this signer signed the statement."""
        signer = statement.signer
        # The same address can be had from another issuer, so both are compared, byte for byte.
        if signer.key is not None or signer.identity is None or signer.issuer != self.issuer:
            return False
        # Another instance's authority may certify the same identity (attack AT-062).
        if not _under(self.root, statement):
            return False
        if self.pattern is not None:
            return full_match(self.pattern, signer.identity)
        return signer.identity == self.identity

    def closeness(self, signer: Signer) -> int:
        """Say how near a proved signer is to this one, only to name the closest to a person."""
        wanted = self.identity or fixed_beginning(self.pattern or "")
        same = _common(wanted, signer.identity or "")
        return same + (1000 if signer.issuer == self.issuer else 0)

    def misses(self, statement: SignedStatement) -> str:
        """Say what alone keeps a statement of this very signer from counting; empty when it is another's."""
        if replace(self, root=statement.root).matches(statement) and not _under(self.root, statement):
            return _other_root(self.root, statement)
        return ""


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A public key: `known_as` is the name under which verifiers know it, `fingerprint` the SHA-256 of its SPKI.

    `not_before` and `not_after` bound the verified time of what it signed; `None` = unbounded. `root` is the trusted
    root whose log or timestamp authority must vouch, `None` the operator's default; with `log_required` false what
    nobody vouches for counts too.
    """

    name: str
    pem: bytes
    fingerprint: str
    known_as: str
    not_before: datetime | None = None
    not_after: datetime | None = None
    root: str | None = None
    log_required: bool = True

    def matches(self, statement: SignedStatement) -> bool:
        """Say whether this key signed the statement, at a time at which it may."""
        return self._signed(statement) and self._vouched(statement)

    def closeness(self, signer: Signer) -> int:
        """Say how near a proved signer is to this one, only to name the closest to a person."""
        if signer.key is None:
            return -1
        return 1000 if signer.key in (self.known_as, self.fingerprint) else 0

    def misses(self, statement: SignedStatement) -> str:
        """Say what alone keeps a statement of this very signer from counting; empty when it is another's."""
        if not self._signed(statement) or self._vouched(statement):
            return ""
        if statement.verified_at is None:
            return "no log entry and no trusted timestamp vouches for it (`log: not-required` would do without)"
        return _other_root(self.root, statement)

    def _signed(self, statement: SignedStatement) -> bool:
        key = statement.signer.key
        return key in (self.known_as, self.fingerprint) and self._may_sign_at(statement.verified_at)

    def _vouched(self, statement: SignedStatement) -> bool:
        """Say whether a log or a timestamp authority of the root vouches, or none has to."""
        if statement.verified_at is None:
            return not self.log_required
        return _under(self.root, statement)

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


def _under(root: str | None, statement: SignedStatement) -> bool:
    return statement.default_root if root is None else statement.root == root


def _other_root(root: str | None, statement: SignedStatement) -> str:
    wanted = "the default one" if root is None else root
    return f"it is proved under the trusted root {statement.root or 'of nobody'}, not under {wanted}"


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
