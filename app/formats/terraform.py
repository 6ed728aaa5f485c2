"""Terraform, OpenTofu, Nomad, Packer and other HCL: images in the attributes of blocks."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.core.yaml import Mapping, Node, Scalar, Sequence
from app.formats.base import Claim, Place, Syntax, find_literals, find_open, recognised, rough_tree

NAME = "terraform"

_SYNTAX = Syntax(single=False, heredocs=True)
_ENDINGS = (".tf", ".tfvars", ".tofu", ".hcl", ".nomad", ".tftest")
_NAMED = frozenset({"docker_image", "docker_registry_image"})


def matches(path: str) -> bool:
    """Whether a file's ending is one of HCL's."""
    return path.lower().endswith(_ENDINGS)


def extract(path: str, text: str) -> Iterator[ImageUse]:
    """Return the images that attributes name with a tag or a digest, and the `name` of a `docker_image`."""
    place, tree = Place(path, NAME), rough_tree(text, _SYNTAX)
    known: set[tuple[int, str]] = set()
    for use in find_literals(text, tree, place):
        known.add((use.line, use.written))
        yield use
    yield from find_open(text, tree, place)
    if any(kind in text for kind in _NAMED):
        for use in _named(tree, place, ()):
            if (use.line, use.written) not in known:
                yield use


def _named(node: Node, place: Place, above: tuple[str, ...]) -> Iterator[ImageUse]:
    """Find the images that have a resource of their own: `resource "docker_image" "web" { name = "nginx:1" }`."""
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _named(item, place, above)
    elif isinstance(node, Mapping):
        for entry in node.entries:
            key = entry.key.text
            if not isinstance(entry.value, Scalar):
                yield from _named(entry.value, place.into(key), (*above, key)[-2:])
            elif key == "name" and not _NAMED.isdisjoint(above):
                reference = recognised(entry.value.text, Claim.CERTAIN)
                if reference is not None:
                    yield place.into(key).use(reference, entry.value)
