"""Images, signatures and attestations in the layouts that producers write, over any place that keeps manifests.

`ImageStore` asks its subclass for three primitives and knows the rest: OCI image manifests and indexes, bundles as
referrers with their fallback tag, legacy `.sig` and `.att` tags. The loopback registry is one such place, a registry
that no one here wrote, filled over HTTP, is another.
"""

from __future__ import annotations

import abc
import json
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from app.adapters.oci_layout import OciLayout
from app.core.attestation import Bundle, Form
from app.core.oci import Digest, Platform

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
DSSE = "application/vnd.dsse.envelope.v1+json"

Document = Mapping[str, Any]


def encode(document: Document) -> bytes:
    """Write a document as JSON bytes, always the same for the same document."""
    return json.dumps(document, separators=(",", ":")).encode()


def descriptor(media_type: str, content: bytes, **more: object) -> dict[str, object]:
    """Describe some content; `more` are further fields of the descriptor."""
    return {"mediaType": media_type, "digest": str(Digest.of(content)), "size": len(content), **more}


class ImageStore(abc.ABC):
    """A place for images; a subclass keeps blobs and manifests."""

    indexes_referrers = False
    """Whether a manifest with a `subject` is listed by the place itself; else the client's fallback tag is written."""

    @abc.abstractmethod
    def put_blob(self, repository: str, content: bytes) -> Digest:
        """Keep a blob."""

    @abc.abstractmethod
    def put_manifest(self, repository: str, content: bytes, media_type: str, tag: str | None = None) -> Digest:
        """Keep a manifest, also under a tag when one is given."""

    @abc.abstractmethod
    def read_manifest(self, repository: str, reference: str) -> bytes | None:
        """Return a manifest by tag or digest, `None` when there is none."""

    def put_image(
        self,
        repository: str,
        tag: str | None = None,
        *,
        seed: str = "image",
        platform: Platform = Platform("linux", "amd64"),  # noqa: B008 - frozen
        config: Document | None = None,
        layers: Sequence[bytes] = (),
    ) -> Digest:
        """Keep a complete image, of one small layer unless `layers` are given; another `seed` makes another image.

        `config` are further fields of its configuration.
        """
        content = encode(
            {
                "os": platform.os,
                "architecture": platform.architecture,
                "config": {},
                "rootfs": {"type": "layers", "diff_ids": []},
                "seed": seed,
                **(config or {}),
            }
        )
        held = tuple(layers) or (f"layer of {seed}".encode(),)
        for blob in (content, *held):
            self.put_blob(repository, blob)
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(CONFIG, content),
            "layers": [descriptor(LAYER, layer) for layer in held],
        }
        return self.put_manifest(repository, encode(manifest), MANIFEST, tag)

    def put_index(
        self,
        repository: str,
        tag: str | None = None,
        *,
        platforms: Sequence[Platform] = (Platform("linux", "amd64"), Platform("linux", "arm64")),
        seed: str = "image",
        children: Sequence[Document] = (),
        configs: Sequence[Document] = (),
    ) -> tuple[Digest, tuple[Digest, ...]]:
        """Keep an index over one image a platform; return its digest and theirs.

        `children` are further descriptors, `configs` further fields of the configuration, for the first platforms.
        """
        digests = [
            self.put_image(repository, seed=f"{seed} for {platform}", platform=platform, config=config)
            for platform, config in zip_longest(platforms, configs[: len(platforms)])
        ]
        entries: list[Document] = []
        for platform, digest in zip(platforms, digests, strict=True):
            content = self.read_manifest(repository, str(digest))
            assert content is not None
            named = {"os": platform.os, "architecture": platform.architecture}
            if platform.variant:
                named["variant"] = platform.variant
            entries.append(descriptor(MANIFEST, content, platform=named))
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [*entries, *children]}
        return self.put_manifest(repository, encode(index), INDEX, tag), tuple(digests)

    def attach(self, bundle: Bundle, repository: str) -> Digest:
        """Keep a bundle beside `bundle.subject` as its form is stored; return the digest of its manifest."""
        match bundle.form:
            case Form.BUNDLE:
                return self.refer(repository, bundle.subject, bundle.content, BUNDLE, annotations=bundle.annotations)
            case Form.LEGACY_SIGNATURE:
                return self._add_layer(bundle, repository, "sig", SIMPLE_SIGNING)
            case Form.LEGACY_ATTESTATION:
                return self._add_layer(bundle, repository, "att", DSSE)

    def refer(
        self,
        repository: str,
        subject: Digest,
        content: bytes,
        media_type: str,
        *,
        annotations: Mapping[str, str] | None = None,
    ) -> Digest:
        """Keep some content as a manifest of one layer that refers to `subject`."""
        target = self.read_manifest(repository, str(subject)) or b"{}"
        self.put_blob(repository, b"{}")
        self.put_blob(repository, content)
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": media_type,
            "config": descriptor(EMPTY, b"{}"),
            "layers": [descriptor(media_type, content)],
            "subject": {"mediaType": _media_type(target), "digest": str(subject), "size": len(target)},
            "annotations": {"dev.sigstore.bundle.content": "dsse-envelope", **(annotations or {})},
        }
        encoded = encode(manifest)
        digest = self.put_manifest(repository, encoded, MANIFEST)
        if not self.indexes_referrers:
            self._list_under_fallback_tag(repository, subject, descriptor(MANIFEST, encoded, artifactType=media_type))
        return digest

    def put_layout(self, repository: str, folder: Path, tag: str | None = None) -> Digest:
        """Keep the image of a layout on disk, and all that is attached to it; layers that it lacks stay absent."""
        layout = OciLayout(folder)
        digest = layout.images()[0]
        fetched = layout.fetch(layout.reference(digest))
        for one in (fetched.descriptor, *fetched.platforms):
            path = folder / "blobs" / "sha256" / one.digest.hex if one else folder
            if one is not None and path.is_file():
                self.put_manifest(repository, path.read_bytes(), one.media_type, tag if one.digest == digest else None)
        for bundle in fetched.bundles:
            self.attach(bundle, repository)
        return digest

    def _list_under_fallback_tag(self, repository: str, subject: Digest, entry: Document) -> None:
        tag = f"sha256-{subject.hex}"
        held = self.read_manifest(repository, tag)
        entries = [one for one in json.loads(held)["manifests"] if one["digest"] != entry["digest"]] if held else []
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [*entries, entry]}
        self.put_manifest(repository, encode(index), INDEX, tag)

    def _add_layer(self, bundle: Bundle, repository: str, suffix: str, media_type: str) -> Digest:
        tag = f"sha256-{bundle.subject.hex}.{suffix}"
        held = self.read_manifest(repository, tag)
        layers = json.loads(held)["layers"] if held else []
        self.put_blob(repository, bundle.content)
        layers.append(descriptor(media_type, bundle.content, annotations=dict(bundle.annotations)))
        config = encode({"architecture": "", "os": "", "config": {}, "rootfs": {"type": "layers", "diff_ids": []}})
        self.put_blob(repository, config)
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, config), "layers": layers}
        return self.put_manifest(repository, encode(manifest), MANIFEST, tag)


def _media_type(manifest: bytes) -> str:
    return str(json.loads(manifest).get("mediaType", MANIFEST))
