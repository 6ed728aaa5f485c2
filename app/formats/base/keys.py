"""What the keys of a mapping say before its values are looked at.

Files say mappings with the same keys over and over, so what was found out once is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.core.yaml import Mapping
from app.formats.base.reference import Claim, claim_of, folded

PARAMETERS = ("value", "default")
WHOLE = frozenset({"name", "ref", "url", "uri", "default", "value", "full", "fullname", "pullspec"})
"""Keys that say a whole reference below a key `image`."""
TOLD_BESIDE = frozenset({*PARAMETERS, "reference", "sourcevalue", *WHOLE})
"""Keys whose text may be a reference for what stands around them."""
_PART_KEY = re.compile(r"(?:tag|digest|sha|sha256|repository|repo|version|newname)$", re.IGNORECASE)
# What is longer is not kept: anyone can write megabytes.
_MOST, _LONGEST, _KEPT = 40, 600, 4096


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one mapping, in its order, and whether each is quiet: says nothing of its text, whatever is around.

    `may_settle`: they say a registry or a container, for all that is below.
    """

    texts: tuple[str, ...]
    quiet: tuple[bool, ...]
    known: frozenset[str]
    may_be_split: bool
    speaks_of_charts: bool
    has_registry: bool
    may_settle: bool
    image_twice: bool


def keys_of(mapping: Mapping) -> Keys:
    """Return what the keys of a mapping say."""
    texts = tuple([entry.key.text for entry in mapping.entries])
    return _KNOWN.get(texts) or _learnt(texts)


def _learnt(texts: tuple[str, ...]) -> Keys:
    found = _read(texts)
    if len(texts) <= _MOST and sum(map(len, texts)) <= _LONGEST:
        if len(_KNOWN) >= _KEPT:
            _KNOWN.clear()
        _KNOWN[texts] = found
    return found


def may_be_split(keys: Iterable[str]) -> bool:
    """Whether a mapping with these keys may hold a split reference; most do not, and need no closer look."""
    return any(_PART_KEY.search(key) is not None for key in keys)


def _read(texts: tuple[str, ...]) -> Keys:
    lowered = [text.lower() for text in texts]
    known = frozenset(texts)
    return Keys(
        texts,
        tuple([claim_of(text) is Claim.ANY and folded(text) not in TOLD_BESIDE for text in texts]),
        known,
        may_be_split=may_be_split(texts),
        speaks_of_charts=any("hart" in text for text in lowered),
        has_registry=any(text.endswith("registry") for text in lowered) or {"hub", "tag"} <= known,
        may_settle=not known.isdisjoint(("registry", "imageRegistry")) or {"name", "image"} <= known,
        image_twice=len(known) > 1 and lowered.count("image") > 1,
    )


_KNOWN: dict[tuple[str, ...], Keys] = {}
"""What was found out lately, and forgotten all at once when it is too much."""
