"""Several trusted roots side by side: each bundle is proved wholly under one of them, and under which is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.adapters.sigstore_verifier.trust_root import UnusableTrustedRoot
from app.adapters.sigstore_verifier.verifier import SigstoreVerifier
from app.core.attestation import Bundle, PublicKey, Rejection, SignedStatement
from app.core.oci import Digest

MAX_ROOTS = 8
"""The most roots side by side: each one that does not fit costs a whole verification."""

# What is refused because nothing of this root vouches for it: another root may know more.
_OF_ANOTHER_INSTANCE = frozenset({"log-unknown", "authority-unknown", "sct-log-unknown", "timestamp-invalid"})


@dataclass(frozen=True, slots=True)
class NamedRoot:
    """A trusted root under the name by which a policy binds signers to it; `content` is its `trusted_root.json`."""

    name: str
    content: bytes


class SeveralRoots:
    """Proves signatures under one of several trusted roots, never under parts of two (attack AT-062).

    The first root is the default, of signers that name none. Raises `UnusableTrustedRoot`. Safe to share between
    threads.
    """

    def __init__(self, roots: Sequence[NamedRoot], now: Callable[[], datetime]) -> None:
        if not 0 < len(roots) <= MAX_ROOTS:
            raise UnusableTrustedRoot(f"There must be from 1 to {MAX_ROOTS} trusted roots.")
        if len({root.name for root in roots}) != len(roots):
            raise UnusableTrustedRoot("Two trusted roots have the same name.")
        self._verifiers = tuple((root.name, _verifier(root, now)) for root in roots)

    @property
    def second_opinions(self) -> frozenset[str]:
        """Name the roots that sigstore-python can load and is asked under too."""
        return frozenset(name for name, verifier in self._verifiers if verifier.has_second_opinion)

    def verify(
        self, bundle: Bundle, subjects: Sequence[Digest], keys: Sequence[PublicKey]
    ) -> SignedStatement | Rejection:
        """Prove a bundle for one of `subjects` under the first root that can; never raises.

        Of several rejections the most telling is returned: one by a root whose instance it is, else the default's.
        """
        rejections: list[Rejection] = []
        for number, (name, verifier) in enumerate(self._verifiers):
            outcome = verifier.verify(bundle, subjects, keys)
            if isinstance(outcome, Rejection):
                rejections.append(outcome)
            elif outcome.verified_at is None:
                # A key alone signed it: no root has any part in that.
                return replace(outcome, root="", default_root=False)
            else:
                return replace(outcome, root=name, default_root=number == 0)
        return min(rejections, key=lambda one: one.code in _OF_ANOTHER_INSTANCE)


def _verifier(root: NamedRoot, now: Callable[[], datetime]) -> SigstoreVerifier:
    try:
        return SigstoreVerifier(root.content, now)
    except UnusableTrustedRoot as error:
        raise UnusableTrustedRoot(f"trusted root {root.name}: {error}") from error
