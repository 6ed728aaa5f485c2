"""Compose files: the images of services, with the defaults of variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from app.core.inventory import ImageUse
from app.core.yaml import Node
from app.formats.base import Claim, Place, find_by_shape, has, recognised

NAME = "compose"

_DEFAULT = re.compile(r"\$\{\w+:?-([^{}]*)\}")


def claims(path: str, document: Node) -> bool:
    """Whether the file is named as Compose files are, and has services."""
    return "compose" in path.rpartition("/")[2].lower() and has(document, "services")


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the images of all services; a variable with a default (`${TAG:-1.2}`) counts as its default."""
    for use in find_by_shape(document, Place(path, NAME)):
        reference = recognised(_DEFAULT.sub(r"\1", use.written), Claim.CERTAIN) if use.problem else None
        if reference is None:
            yield use
        else:
            known = replace(use, name=reference.name, tag=reference.tag, digest=reference.digest, problem=None)
            yield replace(known, warning="a variable may take the place of this default")
