"""Manifest formats: which files are read, and the images that they use."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from app.core.errors import Unreadable
from app.core.inventory import ImageUse
from app.core.yaml import Ambiguous, Node, NotYaml, read
from app.formats import (
    argocd,
    compose,
    crossplane,
    devcontainer,
    dockerfile,
    flux,
    flux_sources,
    github_workflow,
    helm_chart,
    helm_values,
    helmfile,
    k3s,
    kubernetes,
    kustomize,
    plain,
    template,
)
from app.formats.base import DocumentFormat, TextFormat, find_in_readings, listed, without_comments

FORMATS: tuple[DocumentFormat, ...] = (
    kustomize,
    flux,
    flux_sources,
    argocd,
    crossplane,
    k3s,
    kubernetes,
    devcontainer,
    helm_chart,
    helmfile,
    github_workflow,
    compose,
    helm_values,
    plain,
)
"""In order: the first that claims a document reads it; the last claims everything."""

TEXT_FORMATS: tuple[TextFormat, ...] = (dockerfile,)
"""Formats that are no YAML, by path."""

_JSON = (".json", ".jsonc", ".json5")
_ENDINGS = (".yaml", ".yml", *_JSON)


MAX_USES = 10_000
"""Images in one file; no file that people look after comes near."""

# GOV.UK keeps one small YAML file an application in such a folder, without an ending.
_FOLDERS = ("/image-tags/", "/image_tags/")


def reads(path: str) -> bool:
    """Return whether files of this path are looked into; the case of letters does not hide a file."""
    return _is_data(path) or template.matches(path) or any(found.matches(path) for found in TEXT_FORMATS)


def find_images(path: str, text: str) -> tuple[ImageUse, ...]:
    """Return the images that a file uses, in its order.

    Raises `Unreadable`, and nothing else, for a file that cannot be read as what its path says.
    """
    uses = tuple(itertools.islice(_find(path, text), MAX_USES + 1))
    if len(uses) > MAX_USES:
        raise Unreadable(f"more than {MAX_USES:,} images")
    return uses


def _find(path: str, text: str) -> Iterator[ImageUse]:
    if not _is_data(path):
        for found in TEXT_FORMATS:
            if found.matches(path):
                yield from found.extract(path, text)
                return
    try:
        documents = _documents(path, text)
    except Unreadable as error:
        # A template may be no YAML; one that is named as YAML must still keep the bounds.
        if _is_data(path) and not (isinstance(error, NotYaml) and template.fits(path, text)):
            raise
        yield from template.extract(path, text)
        return
    for document in documents:
        yield from find_in_readings(path, document, lambda reading: _in_document(path, reading))


def _documents(path: str, text: str) -> tuple[Node, ...]:
    try:
        return read(text)
    except Ambiguous:
        return read(text, doubles=True)
    except NotYaml:
        if not path.lower().endswith(_JSON):
            raise
        return read(without_comments(text))


def _in_document(path: str, document: Node) -> Iterator[ImageUse]:
    items = listed(document)
    if items:
        for item in items:
            yield from _in_document(path, item)
    else:
        yield from next(found for found in FORMATS if found.claims(path, document)).extract(path, document)


def _is_data(path: str) -> bool:
    name = path.lower()
    for ending in template.ENDINGS:
        name = name.removesuffix(ending)
    if name.endswith(_ENDINGS):
        return True
    last = name.rpartition("/")[2]
    return last == "kustomization" or ("." not in last and any(folder in f"/{name}" for folder in _FOLDERS))
