"""What the keys of a mapping say before its values are looked at.

Files say mappings with the same keys over and over, so what was found out once is kept.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.core.yaml import Mapping
from app.formats.base.reference import Claim, claim_of, folded

_PART_KEY = re.compile(r"(?:tag|digest|sha|sha256|repository|repo|version|newname)$", re.IGNORECASE)
# What is longer is not kept: anyone can write megabytes.
_MOST, _LONGEST = 40, 600


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one mapping, in its order: as they stand, folded, and what each says of its text."""

    texts: tuple[str, ...]
    folded: tuple[str, ...]
    claims: tuple[Claim, ...]
    known: frozenset[str]
    may_be_split: bool
    speaks_of_charts: bool
    has_registry: bool
    image_twice: bool


def keys_of(mapping: Mapping) -> Keys:
    """Return what the keys of a mapping say."""
    texts = tuple([entry.key.text for entry in mapping.entries])
    is_short = len(texts) <= _MOST and sum(map(len, texts)) <= _LONGEST
    return _kept(texts) if is_short else _read(texts)


def may_be_split(keys: Iterable[str]) -> bool:
    """Whether a mapping with these keys may hold a split reference; most do not, and need no closer look."""
    return any(_PART_KEY.search(key) is not None for key in keys)


def _read(texts: tuple[str, ...]) -> Keys:
    lowered = [text.lower() for text in texts]
    known = frozenset(texts)
    return Keys(
        texts,
        tuple(map(folded, texts)),
        tuple(map(claim_of, texts)),
        known,
        may_be_split=may_be_split(texts),
        speaks_of_charts=any("hart" in text for text in lowered),
        has_registry=any(text.endswith("registry") for text in lowered) or {"hub", "tag"} <= known,
        image_twice=len(known) > 1 and lowered.count("image") > 1,
    )


_kept = functools.lru_cache(maxsize=4096)(_read)
