"""A private Sigstore in pure Python: real certificates, logs, timestamps and signatures, every time a parameter."""

from __future__ import annotations

from tests.fakes.sigstore.material import KEY_TYPES
from tests.fakes.sigstore.private import PrivateSigstore
from tests.fakes.sigstore.signers import GITHUB, NOW, Details, KeylessSigner, KeySigner
from tests.fakes.sigstore.storing import media_type, with_annotations

__all__ = [
    "GITHUB",
    "KEY_TYPES",
    "NOW",
    "Details",
    "KeySigner",
    "KeylessSigner",
    "PrivateSigstore",
    "media_type",
    "with_annotations",
]
