"""Manifest formats: which files are read, and the images that they use."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from app.core.errors import Unreadable
from app.core.inventory import ImageUse
from app.core.yaml import MAX_BYTES, Ambiguous, Node, NotYaml, read
from app.formats import (
    ansible,
    argocd,
    code,
    compose,
    conf,
    crossplane,
    devcontainer,
    dockerfile,
    dotenv,
    evidence_file,
    flux,
    flux_sources,
    github_workflow,
    gitlab_ci,
    helm_chart,
    helm_values,
    helmfile,
    jsonnet,
    k3s,
    kubernetes,
    kustomize,
    moved,
    pipelines,
    plain,
    quadlet,
    script,
    template,
    terraform,
    toml,
)
from app.formats.base import (
    DocumentFormat,
    Locator,
    Place,
    TextFormat,
    complete,
    find_in_readings,
    find_marked,
    listed,
    object_of,
    without,
    without_comments,
)

FORMATS: tuple[DocumentFormat, ...] = (
    evidence_file,
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
    gitlab_ci,
    pipelines,
    compose,
    ansible,
    helm_values,
    plain,
)
"""In order: the first that claims a document reads it; the last claims everything."""

TEXT_FORMATS: tuple[TextFormat, ...] = (dockerfile, quadlet, dotenv, conf, script, terraform, toml, jsonnet, code)
"""Formats that are no YAML, by path."""

_PROGRAMS = (conf, script, toml, code)
"""Formats of files that are there for something else, and now and then name an image."""

_JSON = (".json", ".jsonc", ".json5")
_ENDINGS = (".yaml", ".yml", *_JSON)


MAX_USES = 10_000
"""Images in one file; no file that people look after comes near."""

# GOV.UK keeps one small YAML file an application in such a folder, without an ending.
_OF_LISTS = ("apiVersion", "kind", "metadata")
_FOLDERS = ("/image-tags/", "/image_tags/")


def reads(path: str) -> bool:
    """Return whether files of this path are looked into; the case of letters does not hide a file."""
    return _is_data(path) or template.matches(path) or any(found.matches(path) for found in TEXT_FORMATS)


def deploys(path: str) -> bool:
    """Return whether a file that `reads` claims is there to say what runs: when it cannot be read, images are unseen.

    A program, a script or plain settings that cannot be read hide no more than a file that is not looked into.
    """
    if _is_data(path) or template.matches(path):
        return True
    return next((found for found in TEXT_FORMATS if found.matches(path)), None) not in _PROGRAMS


def find_images(path: str, text: str) -> tuple[ImageUse, ...]:
    """Return the images that a file uses, in its order.

    Raises `Unreadable`, and nothing else, for a file that cannot be read as what its path says.
    """
    places = Locator(_roots(path, text), Place(path, _name(path)))
    uses = tuple(itertools.islice(complete(find_marked(_find(path, text), text, places), text, places), MAX_USES + 1))
    if len(uses) > MAX_USES:
        raise Unreadable(f"more than {MAX_USES:,} images")
    return uses


def find_taken(path: str, text: str) -> tuple[ImageUse, ...]:
    """Return the images of a file that a kustomization or a chart takes as a manifest, whatever its name says.

    What its name makes of it counts too. Raises `Unreadable` as `find_images` does, but not for what is no YAML.
    """
    found = _by_name(path, text) if reads(path) else ()
    try:
        documents = find_images(f"{path}{_ENDINGS[0]}", text)
    except NotYaml:
        return found or tuple(template.extract(path, text))
    known = {(use.line, use.reference, use.problem) for use in documents}
    rest = (use for use in found if (use.line, use.reference, use.problem) not in known)
    return (*(replace(use, path=path) for use in documents), *rest)


def _by_name(path: str, text: str) -> tuple[ImageUse, ...]:
    try:
        return find_images(path, text)
    except Unreadable:
        return ()


def is_document(path: str) -> bool:
    """Return whether a file of this path is read as YAML or JSON whatever takes it, be it with templates inside."""
    return _is_data(path) or template.matches(path)


def may_move(path: str) -> bool:
    """Return whether a file that `reads` does not claim is worth asking `find_moved`."""
    return not reads(path) and moved.may_move(path)


def find_moved(path: str, before: str, after: str) -> tuple[tuple[ImageUse, ...], tuple[ImageUse, ...]]:
    """Return the images of a file of no known format that moved, of the old and of the new text.

    Never raises: what is too long, or has too many images, has none.
    """
    if len(before) > MAX_BYTES or len(after) > MAX_BYTES:
        return (), ()
    old, new = moved.find_moved(path, before, after)
    return (old, new) if len(old) <= MAX_USES else ((), ())


def _find(path: str, text: str) -> Iterator[ImageUse]:
    if not _is_data(path):
        for found in TEXT_FORMATS:
            if found.matches(path):
                yield from _in_text(path, text, found)
                return
    try:
        documents, doubled = _read(path, text)
    except Unreadable as error:
        # A template may be no YAML; one that is named as YAML must still keep the bounds.
        if _is_data(path) and not (isinstance(error, NotYaml) and template.fits(path, text)):
            raise
        yield from template.extract(path, text)
        return
    for document in documents:
        if doubled:
            yield from find_in_readings(path, document, lambda reading: _in_document(path, reading))
        else:
            yield from _in_document(path, document)


def _in_text(path: str, text: str, found: TextFormat) -> Iterator[ImageUse]:
    """Read a file that is no YAML, within the bounds that YAML has."""
    source = text.removeprefix("\ufeff")
    if len(source) > MAX_BYTES:
        raise Unreadable("larger than 1 MiB")
    at = source.find("\0")
    if at >= 0:
        raise Unreadable("a NUL character", line=source.count("\n", 0, at) + 1)
    yield from found.extract(path, source)


def _name(path: str) -> str:
    """Return the name of the format that a whole file is of, whatever its documents are."""
    others = (found for found in (template, *TEXT_FORMATS) if found.matches(path))
    return plain.NAME if _is_data(path) else next((found.NAME for found in others), plain.NAME)


def _roots(path: str, text: str) -> Iterator[tuple[Node, Place]]:
    """Return the documents of a file with the place of each; read again, for few files have comments that need it."""
    try:
        documents = _documents(path, text) if _is_data(path) else ()
    except Unreadable:
        return
    for document in documents:
        for item in listed(document) or (document,):
            found = next(found for found in FORMATS if found.claims(path, item))
            yield item, Place(path, found.NAME, object_of(item))


def _documents(path: str, text: str) -> tuple[Node, ...]:
    return _read(path, text)[0]


def _read(path: str, text: str) -> tuple[tuple[Node, ...], bool]:
    """Return the documents of a file, and whether a key may stand twice in them."""
    try:
        return read(text), False
    except Ambiguous:
        return read(text, doubles=True), True
    except NotYaml:
        if not path.lower().endswith(_JSON):
            raise
        return read(without_comments(text)), False


def _in_document(path: str, document: Node) -> Iterator[ImageUse]:
    items = listed(document)
    if items:
        for item in items:
            yield from _in_document(path, item)
        rest = without(document, "items")
        # Two words at the top do not make a List of values: what stands beside its objects is read too (AT-139).
        if not all(entry.key.text in _OF_LISTS for entry in rest.entries):
            yield from _in_document(path, rest)
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
