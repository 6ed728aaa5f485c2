"""Evidence files: they tell of images that stand elsewhere and use none.

By name and shape together. By the name alone it would be a place to hide images, for anything may take any file; and
what a pull request changes in such files is held against what Assay would write.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.evidence_file import KEYS, SCHEMA, is_evidence_file
from app.core.inventory import ImageUse
from app.core.yaml import Mapping, Node, Scalar

NAME = "evidence-file"


def claims(path: str, document: Node) -> bool:
    """Whether it is named as one, says that it is one, and holds nothing else at its top."""
    if not is_evidence_file(path) or not isinstance(document, Mapping):
        return False
    said = document.get("schema")
    keys = [entry.key.text for entry in document.entries]
    return isinstance(said, Scalar) and said.text == SCHEMA and len(keys) == len(KEYS) and KEYS.issuperset(keys)


def extract(_path: str, _document: Node) -> Iterator[ImageUse]:
    """Return nothing."""
    return iter(())
