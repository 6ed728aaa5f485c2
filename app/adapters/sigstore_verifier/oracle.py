"""A second opinion: sigstore-python on every bundle that it can read at all.

It reads keyless bundles with a log entry and an inclusion proof. It can only take away: what it accepts and our own
steps refuse stays refused.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from cryptography.x509 import Certificate
from sigstore.hashes import Hashed
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier

from app.adapters.sigstore_verifier.keys import Digested


class _AnyIdentity:
    """Accepts every identity: whom to trust is the policy's decision, made with the proved signer."""

    def verify(self, cert: Certificate) -> None:
        """Accept."""


class Oracle:
    """sigstore-python with one trusted root."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    @classmethod
    def load(cls, trusted_root: bytes) -> Oracle | None:
        """Give it a trusted root; `None` when it cannot load that root (GitHub's has no logs, for one)."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "trusted_root.json")
            path.write_bytes(trusted_root)
            try:
                return cls(Verifier(trusted_root=TrustedRoot.from_file(str(path))))
            except Exception:  # noqa: BLE001 - it leaks errors of every library below it; all mean that it cannot
                return None

    def refusal(self, bundle: bytes, artifact: Digested | None) -> str | None:
        """Return the kind and text of its refusal, `None` when it accepts; never raises."""
        try:
            read = Bundle.from_json(_explicit(bundle))
            if artifact is None:
                self._verifier.verify_dsse(read, _AnyIdentity())
            else:
                hashed = Hashed.model_validate({"algorithm": "SHA2_256", "digest": artifact.digest})
                self._verifier.verify_artifact(hashed, read, _AnyIdentity())
        except Exception as error:  # noqa: BLE001 - every exception is a refusal (attack AT-052)
            return f"{type(error).__name__}: {error}"
        return None


def _explicit(bundle: bytes) -> bytes:
    """Write out the zeros that protobuf's JSON may leave out, and numbers as strings: it is the same message."""
    read = json.loads(bundle)
    for entry in read["verificationMaterial"]["tlogEntries"]:
        _write_out(entry, ("logIndex",))
        if entry.get("integratedTime") is not None:
            _write_out(entry, ("integratedTime",))
        if entry.get("inclusionProof") is not None:
            _write_out(entry["inclusionProof"], ("logIndex", "treeSize"))
            entry["inclusionProof"].setdefault("hashes", [])
    return json.dumps(read).encode()


def _write_out(message: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        message[name] = str(message.get(name) or 0)
