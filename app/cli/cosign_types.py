"""The short names that cosign has for predicate types, where they differ from Assay's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COSIGN_TYPES: Final[Mapping[str, str]] = {
    "custom": "https://cosign.sigstore.dev/attestation/v1",
    "link": "https://in-toto.io/Link/v1",
    "slsaprovenance": "https://slsa.dev/provenance/v0.2",
    "slsaprovenance02": "https://slsa.dev/provenance/v0.2",
    "slsaprovenance1": "https://slsa.dev/provenance/v1",
    "spdxjson": "https://spdx.dev/Document",
    "vuln": "https://cosign.sigstore.dev/attestation/vuln/v1",
}
"""Name → the one predicate type that cosign writes and asks for under it (cosign, `options/predicate.go`)."""


def predicate_type(written: str) -> str:
    """Return the type that cosign means by one of its names; every other text stays as it is."""
    return COSIGN_TYPES.get(written, written)
