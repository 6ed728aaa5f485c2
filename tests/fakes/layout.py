"""An OCI image layout in a folder, written as the registries are filled."""

from __future__ import annotations

from pathlib import Path

from app.core.oci import Digest
from tests.fakes.image_store import ImageStore, descriptor, encode

NAME = "org.opencontainers.image.ref.name"


class Layout(ImageStore):
    """A layout being written into a folder: every manifest that is not a platform's is listed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: list[dict[str, object]] = []
        (folder / "blobs" / "sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', encoding="utf-8")
        self.write()

    def write(self) -> None:
        """Write the list of what the layout holds."""
        (self.folder / "index.json").write_bytes(encode({"schemaVersion": 2, "manifests": self.entries}))

    def path(self, digest: Digest) -> Path:
        """Return the file of a blob."""
        return self.folder / "blobs" / "sha256" / digest.hex

    def put_blob(self, repository: str, content: bytes) -> Digest:
        """Keep a blob."""
        self.path(Digest.of(content)).write_bytes(content)
        return Digest.of(content)

    def put_manifest(self, repository: str, content: bytes, media_type: str, tag: str | None = None) -> Digest:
        """Keep a manifest and list it."""
        return self.list(content, media_type, {NAME: tag} if tag else {})

    def list(self, content: bytes, media_type: str, annotations: dict[str, str]) -> Digest:
        """Keep a manifest and list it with these annotations; a name that is taken moves."""
        digest = self.put_blob("", content)
        entry = descriptor(media_type, content, annotations=annotations)
        name = annotations.get(NAME)
        kept = [one for one in self.entries if name is None or one["annotations"] != {NAME: name}]
        self.entries = [*kept, entry]
        self.write()
        return digest

    def read_manifest(self, repository: str, reference: str) -> bytes | None:
        """Return a manifest by name or digest, `None` when there is none."""
        named = [one for one in self.entries if reference in {one["digest"], _name(one)}]
        return self.path(Digest.parse(str(named[0]["digest"]))).read_bytes() if named else None


def _name(entry: dict[str, object]) -> object:
    annotations = entry["annotations"]
    return annotations.get(NAME) if isinstance(annotations, dict) else None
