"""Templates that are no YAML (Helm charts, Jinja): read line by line, never rendered.

Rendering runs code of the repository. An image that is written out is found; one that a template fills in is a
problem, told when its line is new or differs.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.core.inventory import ImageUse
from app.formats.base import Place, find_mentions, templated

NAME = "template"

ENDINGS = (".tpl", ".tmpl", ".gotmpl", ".j2", ".jinja", ".jinja2", ".template")


def matches(path: str) -> bool:
    """Whether files of this path are templates by name."""
    return path.lower().endswith(ENDINGS)


def fits(path: str, text: str) -> bool:
    """Whether a file that is no YAML is so because it is a template."""
    return templated(text) and (matches(path) or "/templates/" in f"/{path.lower()}")


def extract(path: str, text: str) -> Iterable[ImageUse]:
    """Return the images that lines name."""
    return find_mentions(text, Place(path, NAME))
