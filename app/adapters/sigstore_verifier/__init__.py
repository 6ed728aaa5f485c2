"""Verifier: proves sigstore bundles and legacy cosign layers by our own numbered steps and a second opinion."""

from __future__ import annotations

from app.adapters.sigstore_verifier.roots import bootstrap_of, github_root, packaged_root
from app.adapters.sigstore_verifier.several_roots import MAX_ROOTS, NamedRoot, SeveralRoots
from app.adapters.sigstore_verifier.trust_root import UnusableTrustedRoot, check_root
from app.adapters.sigstore_verifier.verifier import SignedArtifact, SigstoreVerifier

__all__ = [
    "MAX_ROOTS",
    "NamedRoot",
    "SeveralRoots",
    "SignedArtifact",
    "SigstoreVerifier",
    "UnusableTrustedRoot",
    "bootstrap_of",
    "check_root",
    "github_root",
    "packaged_root",
]
