"""Which image an attestation of a layout is filed under: by its kind, tag or subject, else by what its payload says.

A hint only files: whether an attestation speaks of the image is proved by the verifier, never here.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.adapters.oci_documents import Layer, Manifest, SignatureLayers
from app.core.attestation import Form
from app.core.errors import InvalidReference
from app.core.oci import Digest

_KIND: Final = "kind"
_SIGNATURE_KINDS: Final = frozenset({"dev.cosignproject.cosign/sigs", "dev.cosignproject.cosign/atts"})
_IMAGE_REFERENCE: Final = "dev.sigstore.cosign/imageRef"
REFERENCE_NAME: Final = "org.opencontainers.image.ref.name"
_NAMES: Final = (REFERENCE_NAME, "io.containerd.image.name", _IMAGE_REFERENCE)


@dataclass(frozen=True, slots=True)
class Held:
    """An entry of the layout that holds signatures; `manifest` is what it says."""

    entry: Layer
    manifest: Manifest
    layers: SignatureLayers


def roots(entries: Iterable[Layer], held: Iterable[Held]) -> tuple[Layer, ...]:
    """Return the entries that are images."""
    signatures = {one.entry.descriptor.digest for one in held}
    return tuple(
        entry
        for entry in entries
        if entry.descriptor.digest not in signatures
        and entry.annotations.get(_KIND) not in _SIGNATURE_KINDS
        and not any(tag_subject(name) for name in names(entry))
    )


def claim(held: Held, target: Digest, called: set[str], *, root: bool) -> bool | None:
    """Say whether what is held belongs to the target; `None` when only its payload can tell."""
    subject = held.manifest.subject
    tagged = {tag_subject(name) for name in names(held.entry)} - {None}
    if subject is not None or tagged:
        return target == subject or target in tagged
    annotations = held.entry.annotations
    if annotations.get(_KIND) in _SIGNATURE_KINDS:
        of = annotations.get(_IMAGE_REFERENCE)
        return root if of is None else of in called
    return None


def names(entry: Layer) -> set[str]:
    """Return what an entry is called."""
    return {entry.annotations[key] for key in _NAMES if key in entry.annotations}


def tag_subject(name: str) -> Digest | None:
    """Return the image that a tag like `sha256-<hex>.sig` or `sha256-<hex>` speaks of."""
    _, dash, rest = name.rpartition(":")[2].partition("sha256-")
    try:
        return Digest(rest.removesuffix(".sig").removesuffix(".att")) if dash else None
    except InvalidReference:
        return None


def subjects(form: Form, content: bytes) -> tuple[Digest, ...]:
    """Return the images that an unverified payload says it speaks of; nothing when that cannot be read."""
    try:
        document = fields(content)
        if form is Form.LEGACY_SIGNATURE:
            return (Digest.parse(document["critical"]["image"]["docker-manifest-digest"]),)
        envelope = document["dsseEnvelope"] if form is Form.BUNDLE else document
        statement = fields(base64.b64decode(envelope["payload"], validate=True))
        return tuple(Digest(subject["digest"]["sha256"]) for subject in statement["subject"])
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error, InvalidReference):
        return ()


def fields(content: bytes) -> Mapping[str, Any]:
    """Read a JSON object; raises `ValueError`, `TypeError` or `RecursionError`."""
    document = json.loads(content)
    if not isinstance(document, dict):
        message = "no JSON object"
        raise TypeError(message)
    return document
