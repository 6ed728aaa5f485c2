"""OCI manifests, indexes and referrer lists, read strictly: a document with two readings has none (AT-043).

Words and fields: OCI image specification 1.1 and distribution specification 1.1; the two Docker media types that
have the same shape. Nothing here fetches: descriptors' `urls` and `data` are never looked at (AT-077).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.core.attestation import Form
from app.core.errors import Error, InvalidReference
from app.core.oci import Descriptor, Digest, Platform

OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
MANIFEST_TYPES: Final = frozenset({OCI_MANIFEST, "application/vnd.docker.distribution.manifest.v2+json"})
INDEX_TYPES: Final = frozenset({OCI_INDEX, "application/vnd.docker.distribution.manifest.list.v2+json"})
ACCEPT: Final = ", ".join(
    (OCI_INDEX, OCI_MANIFEST, *sorted((MANIFEST_TYPES | INDEX_TYPES) - {OCI_INDEX, OCI_MANIFEST}))
)

MAX_MANIFEST: Final = 4 * 1024 * 1024
MAX_CHILDREN: Final = 64
MAX_SIGNATURE_LAYERS: Final = 100
MAX_REFERRERS: Final = 200
_MAX_DESCRIPTORS: Final = 1000
_MAX_OBJECTS: Final = 20_000
_MAX_VALUES: Final = 100_000

SIMPLE_SIGNING: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
DSSE: Final = "application/vnd.dsse.envelope.v1+json"
IN_TOTO: Final = "application/vnd.in-toto+json"
_BUILD_RECORDS: Final = "application/vnd.docker.attestation.manifest.v1+json"
_BUNDLE = re.compile(r"application/vnd\.dev\.sigstore\.bundle[A-Za-z0-9.;=-]*\+json(?:;version=[0-9.]+)?")
_SIGNATURE_LIKE = ("signature", "notary", "sigstore", "cosign", "dsse", "in-toto", "attest", "x509")
_REFERENCE_TYPE: Final = "vnd.docker.reference.type"
_REFERENCE_DIGEST: Final = "vnd.docker.reference.digest"
_PREDICATE_TYPE: Final = "in-toto.io/predicate-type"
_URI = re.compile(r"[a-z][a-z0-9+.-]{0,19}:[A-Za-z0-9./_~:#@%+-]{1,160}")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,60}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,100}")


class DocumentError(Error):
    """A document is not what it should be; `code` is `malformed`, `unsupported`, `too-large` or `too-many`."""

    def __init__(self, code: str, sentence: str) -> None:
        """Keep the code and the sentence."""
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a manifest with its unsigned annotations."""

    descriptor: Descriptor
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A single image or artifact; `subject` is what it says it refers to, `config` its configuration if it has one."""

    media_type: str
    layers: tuple[Layer, ...]
    artifact_type: str | None
    subject: Digest | None
    config: Descriptor | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """A list of manifests; `children` carries each with its unsigned annotations."""

    media_type: str
    children: tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class SignatureLayers:
    """What a manifest holds that looks like a signature: layers with the form they are read in, and the other types."""

    readable: tuple[tuple[Form, Layer], ...]
    unread: tuple[str, ...]


def read_document(content: bytes, content_type: str | None) -> Manifest | Index:
    """Read a manifest or index; `content_type` is what its carrier says it is, `None` when nothing was said.

    Raises `DocumentError` for a shape with both lists, a media type that contradicts the carrier or the shape, an
    index that does not say that it is one, and anything malformed.
    """
    document = _object(content)
    has_children = "manifests" in document
    if has_children and not document.keys().isdisjoint({"layers", "config", "fsLayers"}):
        raise DocumentError("malformed", "a document is both an index and a manifest")
    declared = _text(document.get("mediaType"))
    if declared is None and has_children:
        raise DocumentError("malformed", "an index does not say that it is one")
    carried = None if content_type is None else content_type.partition(";")[0].strip()
    if declared is not None and carried is not None and declared != carried:
        raise DocumentError("malformed", "a document and its carrier name different media types")
    media_type = declared or carried or OCI_MANIFEST
    if media_type not in (INDEX_TYPES if has_children else MANIFEST_TYPES):
        raise DocumentError("unsupported", "a document is of a type that is not read, or not of the type that it names")
    if has_children:
        return Index(media_type, _entries(document["manifests"]))
    subject = document.get("subject")
    return Manifest(
        media_type,
        _entries(document.get("layers", [])),
        _text(document.get("artifactType")),
        None if subject is None else _entry(subject).descriptor.digest,
        _config(document.get("config")),
    )


def read_object(content: bytes) -> Mapping[str, Any]:
    """Read a JSON object within the limits of every document here; raises `DocumentError`."""
    return _object(content)


def read_referrers(content: bytes) -> tuple[Descriptor, ...]:
    """Read one page of the referrers API, or the index under the fallback tag; raises `DocumentError`."""
    document = _object(content)
    if "manifests" not in document or "layers" in document:
        raise DocumentError("malformed", "a list of referrers is no index")
    entries = document["manifests"]
    if isinstance(entries, list) and len(entries) > MAX_REFERRERS:
        raise DocumentError("too-many", f"more than {MAX_REFERRERS} referrers")
    return tuple(entry.descriptor for entry in _entries(entries))


def platforms(index: Index) -> tuple[Descriptor, ...]:
    """Return whatever a runtime might take of an index; raises `DocumentError` for too many, or a nested one (AT-044).

    A child of a type that is not read is kept: some runtimes choose by the platform alone, so it must be covered too.
    """
    if len(index.children) > MAX_CHILDREN:
        raise DocumentError("too-many", f"an index has more than {MAX_CHILDREN} manifests")
    if any(child.descriptor.media_type in INDEX_TYPES for child in index.children):
        raise DocumentError("unsupported", "an index holds another index")
    return tuple(child.descriptor for child in index.children if not _is_build_record(child.descriptor))


def signature_layers(manifest: Manifest) -> SignatureLayers:
    """Sort a manifest's layers by their own media types: the types of its descriptor, config or list prove nothing.

    Raises `DocumentError` (`too-many`) above the limit, before anything is fetched (AT-093, AT-094).
    """
    if manifest.artifact_type == _BUILD_RECORDS:
        # BuildKit's records are unsigned and may be huge: they are no failure to read and no signature.
        return SignatureLayers((), ())
    forms = [(_form(layer.descriptor.media_type), layer) for layer in manifest.layers]
    readable = tuple((form, layer) for form, layer in forms if form is not None)
    # An unpacked archive is nothing that we read, whatever it claims to hold (AT-100).
    others = {manifest.artifact_type or "", *(layer.descriptor.media_type for form, layer in forms if form is None)}
    unread = () if readable else tuple(sorted(shown(kind) for kind in others if _is_signature_like(kind)))
    if (readable or unread) and len(manifest.layers) > MAX_SIGNATURE_LAYERS:
        raise DocumentError("too-many", f"a manifest has more than {MAX_SIGNATURE_LAYERS} signature layers")
    return SignatureLayers(readable, unread)


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """A child of an index that BuildKit writes beside a platform: `of` is the platform's manifest, when it says so."""

    digest: Digest
    of: Digest | None


def build_records(index: Index) -> tuple[BuildRecord, ...]:
    """Return the records of the build that an index lists beside its platforms: unsigned, whatever they hold."""
    return tuple(
        BuildRecord(child.descriptor.digest, _reference(child))
        for child in index.children
        if _is_build_record(child.descriptor) and child.annotations.get(_REFERENCE_TYPE) == "attestation-manifest"
    )


def claimed_types(record: Manifest) -> tuple[str, ...]:
    """Return what a record says that it holds, as it may be shown; nobody vouches for a word of it."""
    layers = (layer for layer in record.layers if layer.descriptor.media_type == IN_TOTO)
    types = {layer.annotations.get(_PREDICATE_TYPE, "") for layer in layers}
    return tuple(sorted({kind if _URI.fullmatch(kind) else "an ill-formed type" for kind in types}))


def _reference(child: Layer) -> Digest | None:
    try:
        return Digest.parse(child.annotations.get(_REFERENCE_DIGEST, ""))
    except InvalidReference:
        return None


def is_envelope(content: bytes) -> bool:
    """Say whether some content has the shape of a DSSE envelope."""
    return _has(content, "payloadType", "signatures")


def is_unsigned_statement(content: bytes) -> bool:
    """Say whether some content has the shape of a bare in-toto statement: it claims, and nobody vouches for it."""
    return _has(content, "_type", "predicateType") and not is_envelope(content)


def shown(media_type: str) -> str:
    """Return a media type as it may be shown: a stranger wrote it."""
    return media_type if _MEDIA_TYPE.fullmatch(media_type) else "an ill-formed media type"


def _has(content: bytes, *names: str) -> bool:
    try:
        return _object(content).keys() >= set(names)
    except DocumentError:
        return False


def _form(media_type: str) -> Form | None:
    if media_type == SIMPLE_SIGNING:
        return Form.LEGACY_SIGNATURE
    if media_type in {DSSE, IN_TOTO}:
        return Form.LEGACY_ATTESTATION
    return Form.BUNDLE if _BUNDLE.fullmatch(media_type) else None


def _is_signature_like(media_type: str) -> bool:
    return any(word in media_type for word in _SIGNATURE_LIKE)


def _is_build_record(child: Descriptor) -> bool:
    # BuildKit keeps its unsigned build records as children of the platform unknown/unknown, which nothing runs. An
    # annotation alone makes no record: runtimes pass over it and run such a child on the platform that it names.
    return child.platform == Platform("unknown", "unknown")


def _object(content: bytes) -> dict[str, Any]:
    if len(content) > MAX_MANIFEST:
        raise DocumentError("too-large", "a document is too large")
    # Counted in the bytes: each of these costs twenty times its length once it is read (AT-094).
    if content.count(b"{") + content.count(b"[") > _MAX_OBJECTS or content.count(b",") > _MAX_VALUES:
        raise DocumentError("too-many", "a document has too many entries")
    try:
        document = json.loads(content, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise DocumentError("malformed", "a document is not JSON") from error
    if not isinstance(document, dict):
        raise DocumentError("malformed", "a document is no JSON object")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DocumentError("malformed", "a document names a field twice")
    return found


def _entries(entries: object) -> tuple[Layer, ...]:
    if not isinstance(entries, list):
        raise DocumentError("malformed", "a list of descriptors is no list")
    if len(entries) > _MAX_DESCRIPTORS:
        raise DocumentError("too-many", "a list has too many descriptors")
    return tuple(_entry(entry) for entry in entries)


def _entry(entry: object) -> Layer:
    if not isinstance(entry, dict):
        raise DocumentError("malformed", "a descriptor is no object")
    media_type, digest, size = entry.get("mediaType"), entry.get("digest"), entry.get("size")
    if not isinstance(media_type, str) or not isinstance(digest, str) or type(size) is not int or size < 0:
        raise DocumentError("malformed", "a descriptor lacks its type, digest or size")
    try:
        known = Digest.parse(digest)
    except InvalidReference as error:
        raise DocumentError("malformed", "a descriptor's digest is no sha256 digest") from error
    artifact_type = _text(entry.get("artifactType"))
    return Layer(
        Descriptor(media_type, known, size, _platform(entry.get("platform")), artifact_type),
        _annotations(entry.get("annotations")),
    )


def _config(value: object) -> Descriptor | None:
    try:
        return None if value is None else _entry(value).descriptor
    except DocumentError:
        # Artifacts write all sorts of things here; a signature beside it is no worse for that.
        return None


def _platform(value: object) -> Platform | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise DocumentError("malformed", "a platform is no object")
    return Platform(
        _text(value.get("os")) or "", _text(value.get("architecture")) or "", _text(value.get("variant")) or ""
    )


def _annotations(value: object) -> Mapping[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise DocumentError("malformed", "annotations are no texts")
    return value


def _text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise DocumentError("malformed", "a field is no text")
    return value
