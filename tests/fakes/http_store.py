"""Filling a registry that no one here wrote, over HTTP: the push half of the OCI distribution specification."""

from __future__ import annotations

import urllib.parse

import requests

from app.core.oci import Digest
from tests.fakes.image_store import ImageStore

_TIMEOUT = 10


class HttpStore(ImageStore):
    """A registry at `host`, over plain HTTP without a login."""

    def __init__(self, host: str, *, indexes_referrers: bool) -> None:
        """`indexes_referrers` says whether the registry has the referrers API."""
        self.host = host
        self.indexes_referrers = indexes_referrers
        self._session = requests.Session()
        self._session.trust_env = False

    def close(self) -> None:
        """Close connections."""
        self._session.close()

    def put_blob(self, repository: str, content: bytes) -> Digest:
        """Upload a blob in two requests."""
        digest = Digest.of(content)
        begun = self._session.post(f"http://{self.host}/v2/{repository}/blobs/uploads/", timeout=_TIMEOUT)
        begun.raise_for_status()
        place = urllib.parse.urljoin(f"http://{self.host}/", begun.headers["Location"])
        joint = "&" if "?" in place else "?"
        headers = {"Content-Type": "application/octet-stream"}
        put = self._session.put(f"{place}{joint}digest={digest}", data=content, headers=headers, timeout=_TIMEOUT)
        put.raise_for_status()
        return digest

    def put_manifest(self, repository: str, content: bytes, media_type: str, tag: str | None = None) -> Digest:
        """Upload a manifest."""
        digest = Digest.of(content)
        for name in dict.fromkeys((str(digest), tag or str(digest))):
            url = f"http://{self.host}/v2/{repository}/manifests/{name}"
            put = self._session.put(url, data=content, headers={"Content-Type": media_type}, timeout=_TIMEOUT)
            put.raise_for_status()
        return digest

    def read_manifest(self, repository: str, reference: str) -> bytes | None:
        """Download a manifest."""
        url = f"http://{self.host}/v2/{repository}/manifests/{reference}"
        accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"
        got = self._session.get(url, headers={"Accept": accept}, timeout=_TIMEOUT)
        return got.content if got.ok else None
