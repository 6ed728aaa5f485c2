"""The pushing half of a registry, and the theft of signatures."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping

from app.core.oci import Digest


class Store:
    """The pushing half of a registry, as far as images and copies of signatures need it."""

    def __init__(self, host: str) -> None:
        self.host = host

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, bytes, str]:
        """Ask; return status, body and Location."""
        url = path if path.startswith("http") else f"http://{self.host}{path}"
        accepted = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"
        headers = {"Content-Type": kind or "application/octet-stream", "Accept": accepted}
        request = urllib.request.Request(url, data=body, method=method, headers=headers)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback
                return answer.status, answer.read(), answer.headers.get("Location", "")
        except urllib.error.HTTPError as error:
            return error.code, error.read(), ""

    def blob(self, name: str, content: bytes) -> dict[str, object]:
        """Push a blob; return its size and digest."""
        digest = str(Digest.of(content))
        _, _, where = self.ask("POST", f"/v2/{name}/blobs/uploads/", b"")
        where = where if where.startswith("http") else f"http://{self.host}{where}"
        mark = "&" if "?" in where else "?"
        self.ask("PUT", f"{where}{mark}digest={digest}", content)
        return {"digest": digest, "size": len(content)}

    def manifest(self, name: str, tag: str, manifest: Mapping[str, object]) -> Digest:
        """Push a manifest under a tag; with no tag under its digest."""
        content = json.dumps(manifest).encode()
        digest = Digest.of(content)
        status, said, _ = self.ask("PUT", f"/v2/{name}/manifests/{tag or digest}", content, str(manifest["mediaType"]))
        if status != 201:
            raise SystemExit(f"the registry refuses a manifest: {status} {said!r}")
        return digest

    def image(self, name: str, text: str) -> Digest:
        """Push an image index with one image, unlike every other."""
        layer = self.blob(name, text.encode())
        config = json.dumps(
            {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}
        )
        image = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **self.blob(name, config.encode())},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", **layer}],
        }
        return self.manifest(name, "", image)

    def copy_attached(self, name: str, source: Digest, target: Digest) -> None:
        """Hang everything that is attached to one image onto another, as a thief would."""
        for suffix in (".sig", ".att"):
            status, content, _ = self.ask("GET", f"/v2/{name}/manifests/sha256-{source.hex}{suffix}")
            if status == 200:
                self.manifest(name, f"sha256-{target.hex}{suffix}", json.loads(content))
        moved = []
        for entry in self._referrers(name, source):
            _, content, _ = self.ask("GET", f"/v2/{name}/manifests/{entry['digest']}")
            manifest = json.loads(content)
            manifest["subject"] = {**manifest["subject"], "digest": str(target)}
            raw = json.dumps(manifest).encode()
            self.manifest(name, "", manifest)
            moved.append({**entry, "digest": str(Digest.of(raw)), "size": len(raw)})
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": moved}
        if moved:
            self.manifest(name, f"sha256-{target.hex}", index)

    def _referrers(self, name: str, digest: Digest) -> list[dict[str, object]]:
        status, content, _ = self.ask("GET", f"/v2/{name}/referrers/{digest}")
        if status != 200:
            status, content, _ = self.ask("GET", f"/v2/{name}/manifests/sha256-{digest.hex}")
        return list(json.loads(content)["manifests"]) if status == 200 else []
