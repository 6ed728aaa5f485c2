"""A verifier without its second opinion, to be measured: the program cannot leave it out, so nothing offers it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.adapters.sigstore_verifier import SigstoreVerifier
from app.adapters.sigstore_verifier.keys import Digested


class _Silent:
    def refusal(self, bundle: bytes, artifact: Digested | None) -> None:
        """Accept."""


def own_steps(root: bytes, now: Callable[[], datetime]) -> SigstoreVerifier:
    """Make the verifier of a trusted root that only does its own steps."""
    verifier = SigstoreVerifier(root, now)
    verifier._second = _Silent()  # noqa: SLF001 - see above
    return verifier
