"""When a piece of text is an image reference: how sure the key is decides how much the text must say."""

from __future__ import annotations

import enum
import functools
import re

from app.core.errors import InvalidReference
from app.core.oci import ImageReference

_PLACEHOLDERS = ("{{", "{%", "${", "$(", "<%", "%{")
_HOST = re.compile(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?::\d+)?|localhost(?::\d+)?|[A-Za-z0-9.-]+:\d+|\d+(?:\.\d+){3}")
# A picture or a disk is called an image too.
_OTHER_IMAGE = re.compile(
    r"\.(?:png|jpe?g|svg|gif|webp|ico|bmp|avif|tiff?|iso|img|qcow2|raw|vmdk|xz|gz)$", re.IGNORECASE
)
_NOT_REGISTRIES = frozenset({"github.com", "gitlab.com", "bitbucket.org"})
_MEANT = re.compile(r"[^\s:/@]+(?::\d+)?(?:/[^\s/]+)+|[^\s@]+@[^\s@]+")
_WORTH_A_LOOK = re.compile(r"/|@sha256:|image", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:{1,2}//|data:|/|\.")


class Claim(enum.IntEnum):
    """What the key says of its text; SURE is a key `image` where it can be nothing else."""

    ANY = 0
    LIKELY = 1
    CERTAIN = 2
    SURE = 3


_OTHER_FACTS = ("pullpolicy", "tag", "digest", "registry", "repository", "pullsecrets")


def folded(key: str) -> str:
    """Return a key without case and separators: `imageTag`, `image_tag` and `image-tag` are one."""
    return _known_key(key) if len(key) <= _SHORT else _folded(key)


def claim_of(key: str) -> Claim:
    """Return what a key says of its text."""
    return _known_claim(key) if len(key) <= _SHORT else _claim_of(key)


def _folded(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


def _claim_of(key: str) -> Claim:
    name = _folded(key)
    if name == "image":
        return Claim.CERTAIN
    return Claim.LIKELY if "image" in name and not name.endswith(_OTHER_FACTS) else Claim.ANY


def recognised(text: str, claim: Claim) -> ImageReference | None:
    """Return the reference that this text is, `None` when it is none or may as well be something else.

    Under a key `image` every valid reference counts; under a key that speaks of an image it must have a tag, a digest
    or a registry; anywhere else a digest, or a registry's host and a tag.
    """
    if claim is Claim.ANY and not _may_be_whole(text):
        return None
    return _known_text(text, claim) if len(text) <= _SHORT else _recognised(text, claim)


def may_name_an_image(line: str) -> bool:
    """Whether there may be a reference in a line at all: a whole one, or one under a key that speaks of an image."""
    return _may_be_whole(line) or "image" in _folded(line)


def _may_be_whole(text: str) -> bool:
    return "@" in text or ("/" in text and ":" in text)


def _recognised(text: str, claim: Claim) -> ImageReference | None:
    try:
        reference = ImageReference.parse(text)
    except InvalidReference:
        return None
    if reference.digest is not None:
        return reference
    host, slash, _ = text.partition("/")
    has_host = bool(slash) and _HOST.fullmatch(host) is not None and host not in _NOT_REGISTRIES
    if claim is Claim.ANY:
        return reference if has_host and reference.tag is not None else None
    # A repository may be named `app.iso`; only where nothing else speaks for an image is it a picture or a disk.
    if claim is Claim.SURE or has_host:
        return reference
    # A digest alone is no tag of an image that is called `sha256`.
    if _OTHER_IMAGE.search(text) or (claim is Claim.LIKELY and (reference.tag is None or text.startswith("sha256:"))):
        return None
    return reference


# Files say the same keys and texts over and over. What is longer is not kept: anyone can write megabytes.
_SHORT = 160
_known_key = functools.lru_cache(maxsize=4096)(_folded)
_known_claim = functools.lru_cache(maxsize=4096)(_claim_of)
_known_text = functools.lru_cache(maxsize=4096)(_recognised)


def is_worth_a_look(text: str) -> bool:
    """Whether a text may be or hold a reference, or lines of text that do, where its key does not say so."""
    # The pattern is slow, and few texts need it: those in which a letter beyond ASCII may be read as one of it.
    if "/" in text or "\n" in text:
        return True
    if not text.isascii():
        return _WORTH_A_LOOK.search(text) is not None
    lowered = text.lower()
    return "image" in lowered or "@sha256:" in lowered


def templated(text: str) -> bool:
    """Whether something else fills this text in before it is used."""
    return any(mark in text for mark in _PLACEHOLDERS)


def problem(text: str, *, strict: bool) -> str | None:
    """Say why text under a key `image` cannot be judged; `None` when it need not be an image reference at all.

    Text is never trimmed or repaired into something valid: what runs may do so in another way.
    """
    if not text:
        return None
    if templated(text):
        return "the image is filled in elsewhere"
    if strict or (_MEANT.fullmatch(text) and not _SCHEME.match(text) and not _OTHER_IMAGE.search(text)):
        return "not a valid image reference"
    return None
