"""Verifier: proves sigstore bundles and legacy cosign layers by our own numbered steps and a second opinion."""

from __future__ import annotations

from app.adapters.sigstore_verifier.trust_root import UnusableTrustedRoot, packaged_root
from app.adapters.sigstore_verifier.verifier import SignedArtifact, SigstoreVerifier

__all__ = ["SignedArtifact", "SigstoreVerifier", "UnusableTrustedRoot", "packaged_root"]
