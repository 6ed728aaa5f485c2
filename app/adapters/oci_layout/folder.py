"""The files of an image layout: read inside its folder only, up to a size, and held against their digests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.adapters.oci_config import config_of, read_facts
from app.adapters.oci_documents import (
    INDEX_TYPES,
    MANIFEST_TYPES,
    MAX_MANIFEST,
    OCI_INDEX,
    DocumentError,
    Index,
    Layer,
    Manifest,
    platforms,
    read_document,
    signature_layers,
)
from app.adapters.oci_layout.filing import REFERENCE_NAME, Held, fields, names, tag_subject
from app.core.image_facts import ImageFacts
from app.core.oci import Descriptor, Digest

_MAX_BLOB: Final = 10 * 1024 * 1024
_MAX_ENTRIES: Final = 1000


@dataclass(frozen=True, slots=True)
class Contents:
    """What a layout lists: its entries, and those of them that hold signatures."""

    entries: tuple[Layer, ...]
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class LayoutFolder:
    """A folder that should hold a layout. Every method raises `DocumentError` for what is not as it should be."""

    path: Path

    def contents(self) -> Contents:
        """Read `index.json` and the entries that hold signatures."""
        try:
            version = fields(self._file(self.path / "oci-layout", MAX_MANIFEST)).get("imageLayoutVersion")
            # The layout's own index may leave out its media type, which its place gives it.
            index = {"mediaType": OCI_INDEX, **fields(self._file(self.path / "index.json", MAX_MANIFEST))}
        except (ValueError, TypeError, RecursionError) as error:
            raise DocumentError("malformed", "the layout's own files are no JSON objects") from error
        if not isinstance(version, str) or not version.startswith("1."):
            raise DocumentError("unsupported", "the layout is of a version that is not read")
        entries = self._index(json.dumps(index).encode(), None)
        listed = [child for entry in entries for child in self._referrers(entry)]
        if len(entries) + len(listed) > _MAX_ENTRIES:
            raise DocumentError("too-many", "the layout has too many entries")
        held = [self._held(entry) for entry in (*entries, *listed)]
        return Contents(entries, tuple(one for one in held if one is not None))

    def image(self, digest: Digest, entries: Iterable[Layer]) -> tuple[Descriptor | None, tuple[Descriptor, ...]]:
        """Return an image's descriptor and platforms; `None` when the layout lacks its manifest."""
        content = self._blob(digest, MAX_MANIFEST)
        if content is None:
            return None, ()
        types = {entry.descriptor.digest: entry.descriptor.media_type for entry in entries}
        document = read_document(content, types.get(digest))
        children = platforms(document) if isinstance(document, Index) else ()
        return Descriptor(document.media_type, digest, len(content)), children

    def facts(self, of: Digest, platforms: tuple[Descriptor, ...]) -> ImageFacts:
        """Return what a manifest of the layout says of itself; `platforms` are those of its index."""
        content = self._blob(of, MAX_MANIFEST)
        manifest = None if content is None else read_document(content, None)
        if not isinstance(manifest, Manifest):
            raise DocumentError("missing", "an image's manifest is missing")
        config = self._blob(config_of(manifest).digest, MAX_MANIFEST)
        if config is None:
            raise DocumentError("missing", "a configuration is missing")
        return read_facts(of, manifest, config, (one.platform for one in platforms))

    def layer(self, layer: Layer) -> bytes:
        """Return a layer's content."""
        content = self._blob(layer.descriptor.digest, _MAX_BLOB)
        if content is None:
            raise DocumentError("missing", "a blob is missing")
        return content

    def _index(self, content: bytes, media_type: str | None) -> tuple[Layer, ...]:
        document = read_document(content, media_type)
        if not isinstance(document, Index):
            raise DocumentError("malformed", "an index of the layout is no index")
        return document.children

    def _referrers(self, entry: Layer) -> Iterable[Layer]:
        """Return what is listed under the tag that stands in for the referrers API, as entries of that subject."""
        subjects = [subject for subject in map(tag_subject, names(entry)) if subject]
        if not subjects or entry.descriptor.media_type not in INDEX_TYPES:
            return ()
        content = self._blob(entry.descriptor.digest, MAX_MANIFEST)
        if content is None:
            raise DocumentError("missing", "a list of referrers is missing")
        children = self._index(content, entry.descriptor.media_type)
        return [Layer(child.descriptor, {REFERENCE_NAME: f"sha256-{subjects[0].hex}"}) for child in children]

    def _held(self, entry: Layer) -> Held | None:
        if entry.descriptor.media_type not in MANIFEST_TYPES:
            return None
        content = self._blob(entry.descriptor.digest, MAX_MANIFEST)
        if content is None:
            return None
        manifest = read_document(content, entry.descriptor.media_type)
        if not isinstance(manifest, Manifest):
            return None
        layers = signature_layers(manifest)
        return Held(entry, manifest, layers) if layers.readable or layers.unread else None

    def _blob(self, digest: Digest, cap: int) -> bytes | None:
        path = self.path / "blobs" / "sha256" / digest.hex
        if not path.is_file():
            return None
        content = self._file(path, cap)
        if Digest.of(content) != digest:
            raise DocumentError("digest-mismatch", "a blob is not what its name says")
        return content

    def _file(self, path: Path, cap: int) -> bytes:
        try:
            # A link may lead anywhere on the machine, and its target would be shown as a signature.
            if not path.resolve(strict=True).is_relative_to(self.path.resolve(strict=True)) or not path.is_file():
                raise DocumentError("missing", "a file lies outside of the layout")
            with path.open("rb") as stream:
                content = stream.read(cap + 1)
        except (OSError, RuntimeError) as error:
            raise DocumentError("missing", "a file is missing") from error
        if len(content) > cap:
            raise DocumentError("too-large", "a file is too large")
        return content
