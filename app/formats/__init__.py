"""Manifest formats: which files are read, and the images that they use."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from app.core.errors import Unreadable
from app.core.inventory import ImageUse
from app.core.yaml import NotYaml, read
from app.formats import (
    argocd,
    compose,
    dockerfile,
    flux,
    github_workflow,
    helm_values,
    kubernetes,
    kustomize,
    plain,
    template,
)
from app.formats.base import DocumentFormat, TextFormat

FORMATS: tuple[DocumentFormat, ...] = (
    kustomize,
    flux,
    argocd,
    kubernetes,
    github_workflow,
    compose,
    helm_values,
    plain,
)
"""In order: the first that claims a document reads it; the last claims everything."""

TEXT_FORMATS: tuple[TextFormat, ...] = (dockerfile,)
"""Formats that are no YAML, by path."""

_ENDINGS = (".yaml", ".yml", ".json")


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
        documents = read(text)
    except Unreadable as error:
        # A template may be no YAML; one that is named as YAML must still keep the bounds.
        if _is_data(path) and not (isinstance(error, NotYaml) and template.fits(path, text)):
            raise
        yield from template.extract(path, text)
        return
    for document in documents:
        yield from next(found for found in FORMATS if found.claims(path, document)).extract(path, document)


def _is_data(path: str) -> bool:
    name = path.lower()
    for ending in template.ENDINGS:
        name = name.removesuffix(ending)
    if name.endswith(_ENDINGS):
        return True
    last = name.rpartition("/")[2]
    return last == "kustomization" or ("." not in last and any(folder in f"/{name}" for folder in _FOLDERS))
