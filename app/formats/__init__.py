"""Manifest formats: which files are read, and the images that they use."""

from __future__ import annotations

from app.core.inventory import ImageUse
from app.core.yaml import Node, NotYaml, read
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


# GOV.UK keeps one small YAML file an application in such a folder, without an ending.
_FOLDERS = ("/image-tags/", "/image_tags/")


def reads(path: str) -> bool:
    """Return whether files of this path are looked into; the case of letters does not hide a file."""
    return _is_data(path) or template.matches(path) or any(found.matches(path) for found in TEXT_FORMATS)


def find_images(path: str, text: str) -> tuple[ImageUse, ...]:
    """Return the images that a file uses, in its order.

    Raises `Unreadable`, and nothing else, for a file that cannot be read as what its path says.
    """
    if not _is_data(path):
        for found in TEXT_FORMATS:
            if found.matches(path):
                return tuple(found.extract(path, text))
    try:
        documents = read(text)
    except NotYaml:
        if template.fits(path, text):
            return tuple(template.extract(path, text))
        if _is_data(path):
            raise
        return ()  # a template of something else than a manifest
    return tuple(use for document in documents for use in _format(path, document).extract(path, document))


def _is_data(path: str) -> bool:
    lowered = path.lower()
    if lowered.endswith(_ENDINGS):
        return True
    return "." not in lowered.rpartition("/")[2] and any(folder in f"/{lowered}" for folder in _FOLDERS)


def _format(path: str, document: Node) -> DocumentFormat:
    return next(found for found in FORMATS if found.claims(path, document))
