"""When sigstore-python is asked, and that it is loaded no sooner.

To load it takes as long as some two hundred verifications, and most of what a registry holds is nothing that it reads:
legacy layers, and what keys signed.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from app.adapters.sigstore_verifier.keys import Digested
from app.adapters.sigstore_verifier.material import Material

if TYPE_CHECKING:
    from app.adapters.sigstore_verifier.oracle import Oracle


class SecondOpinion:
    """sigstore-python under one trusted root, loaded when it is first asked. Safe to share between threads."""

    def __init__(self, trusted_root: bytes) -> None:
        self._trusted_root = trusted_root
        self._lock = threading.Lock()
        self._loaded = False
        self._oracle: Oracle | None = None

    @property
    def is_there(self) -> bool:
        """Say whether sigstore-python can load the trusted root at all."""
        return self._load() is not None

    def refusal(self, bundle: bytes, artifact: Digested | None) -> str | None:
        """Return the kind and text of its refusal; `None` when it accepts, or cannot load the trusted root."""
        oracle = self._load()
        return None if oracle is None else oracle.refusal(bundle, artifact)

    def _load(self) -> Oracle | None:
        with self._lock:
            if not self._loaded:
                from app.adapters.sigstore_verifier.oracle import Oracle  # noqa: PLC0415 - slow, see above

                # What stops it from being loaded (a full disk) is raised, and it is tried again the next time.
                self._oracle = Oracle.load(self._trusted_root)
                self._loaded = True
            return self._oracle


def can_judge(material: Material, artifact: Digested | None) -> bool:
    """Say whether sigstore-python can read such a bundle at all."""
    known_hash = artifact is None or artifact.algorithm == "sha256"
    return material.certificate is not None and material.entry is not None and bool(material.entry.proof) and known_hash
