"""Flux sources: OCI artifacts by their reference; repositories, buckets and charts by where they lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Table
from dataclasses import replace

from app.core.inventory import REPOSITORY, Artifact, ImageLines, ImageUse, Source
from app.core.yaml import Mapping, Node
from app.formats.base import (
    Place,
    artifact_use,
    chart_at_object,
    find_by_shape,
    object_of,
    source_use,
    text_at,
    text_of,
    without,
    written,
)

NAME = "flux-source"

_GROUPS = ("source.toolkit.fluxcd.io/", "image.toolkit.fluxcd.io/")
_CHART_LAYER = "application/vnd.cncf.helm.chart."
_OWN = ("url", "ref", "chart", "version", "sourceRef", "endpoint", "bucketName")
_MOVING = ("semver", "branch", "name")


def claims(_path: str, document: Node) -> bool:
    """Whether this is a source of Flux, or a repository that it scans for images."""
    return text_at(document, "kind") in _READERS and text_at(document, "apiVersion").startswith(_GROUPS)


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return what the source takes from elsewhere, and images in whatever is no part of a source (AT-139)."""
    place = Place(path, NAME, object_of(document))
    spec, kind = document.get("spec") if isinstance(document, Mapping) else None, text_at(document, "kind")
    yield from find_by_shape(without(document, "spec"), place)
    if isinstance(spec, Mapping):
        yield from _READERS[kind](spec, place.into("spec"))
        own = (*_OWN, "image") if kind == "ImageRepository" else _OWN
        yield from find_by_shape(without(spec, *own), place.into("spec"))


def _artifact(spec: Mapping, place: Place) -> Iterator[ImageUse]:
    # The digest counts before `semver`, and that before the tag.
    url, ref = written(spec.get("url")), spec.get("ref")
    if url is None:
        return
    digest, tag, range_ = (written(ref.get(key) if isinstance(ref, Mapping) else None) for key in _REF)
    chart = text_at(spec, "layerSelector", "mediaType").startswith(_CHART_LAYER)
    artifact = Artifact.CHART if chart else Artifact.OTHER
    if range_ is not None and digest is None:
        yield source_use(place, Source(artifact.value, "", url.text, range_.text), range_)
        return
    whole = url.text + (f":{tag.text}" if tag else "") + (f"@{digest.text}" if digest else "")
    use = artifact_use(place, replace(digest or tag or url, text=whole), artifact)
    lines = tuple(sorted({line for part in (url, tag, digest) if part for line in part.lines}))
    parts = ImageLines(*(0 if part is None else part.place for part in (url, tag, digest)))
    yield replace(use, line=(tag or digest or url).place, lines=lines, parts=parts)


_REF = ("digest", "tag", "semver")


def _repository(spec: Mapping, place: Place) -> Iterator[ImageUse]:
    if (url := written(spec.get("url"))) is not None:
        yield source_use(place, Source(REPOSITORY, "", url.text, ""), url)


def _git(spec: Mapping, place: Place) -> Iterator[ImageUse]:
    url, ref = written(spec.get("url")), spec.get("ref")
    if url is None:
        return
    # What comes first counts: a commit, a reference by name, a range of versions, a tag, a branch.
    found = [written(ref.get(key)) for key in _GIT] if isinstance(ref, Mapping) else []
    at = next((one for one in found if one is not None), None)
    yield source_use(place, Source("Git repository", "", url.text, text_of(at)), at or url)


_GIT = ("commit", "name", "semver", "tag", "branch")


def _bucket(spec: Mapping, place: Place) -> Iterator[ImageUse]:
    if (endpoint := written(spec.get("endpoint"))) is not None:
        yield source_use(place, Source("bucket", text_at(spec, "bucketName"), endpoint.text, ""), endpoint)


def _scanned(spec: Mapping, place: Place) -> Iterator[ImageUse]:
    # It runs nothing: new tags that are found there are written into manifests later.
    if (image := written(spec.get("image"))) is not None:
        yield source_use(place, Source("image repository to be scanned", "", image.text, ""), image)


_READERS: Table[str, Callable[[Mapping, Place], Iterator[ImageUse]]] = {
    "OCIRepository": _artifact,
    "HelmRepository": _repository,
    "GitRepository": _git,
    "Bucket": _bucket,
    "HelmChart": chart_at_object,
    "ImageRepository": _scanned,
}
