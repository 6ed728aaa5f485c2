"""What an image says of itself in its configuration and manifest: claims that its digest binds and nobody signed.

A runtime starts the image by them (user, entrypoint, platform), so they are true of what will run; what they say of
its origin (labels, build time) is a stranger's word. Nothing here is ever provenance.

Words: OCI image specification 1.1, `config.md` and `annotations.md`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.core.oci import Digest, Platform

LABELS: Final = "org.opencontainers.image."
"""What the labels begin with that are kept; facts name them without it."""

_REVISION: Final = "revision"
_OBJECT: Final = 200


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """The facts of one manifest, which is the image itself or stands for it.

    `manifest` and `config` are digests, `layers` in their order, `size` the sum of their compressed bytes. `user` is
    as written, empty for root. `created` is `None` when not said, or a date that only stands for "reproducible".
    `labels` are those of `LABELS`. `platforms` are all that the image is for, as its index lists them.
    """

    manifest: Digest
    config: Digest
    platform: Platform
    layers: tuple[Digest, ...]
    size: int
    user: str = ""
    entrypoint: tuple[str, ...] = ()
    created: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    platforms: frozenset[Platform] = frozenset()

    @property
    def weight(self) -> int:
        """About how many bytes they take up in memory."""
        texts = (self.user, *self.entrypoint, *self.labels, *self.labels.values())
        return sum(map(len, texts)) + _OBJECT * (len(texts) + len(self.layers) + len(self.platforms))

    @property
    def base(self) -> str:
        """The base image that the labels name, with its digest when they name that too; empty for none."""
        name, digest = self.labels.get("base.name", ""), self.labels.get("base.digest", "")
        return f"{name}@{digest}" if name and digest else name or digest

    @property
    def revision(self) -> str:
        """The source commit that the labels name; empty for none."""
        return self.labels.get(_REVISION, "")


def runs_as_root(user: str) -> bool:
    """Say whether this user is root: by name, or by any way of writing the number 0; a doubtful text counts as root."""
    name = user.partition(":")[0]
    # Runtimes read a number with its sign: `+0` and `-0` start as root.
    number = name[1:] if name.startswith(("+", "-")) else name
    # Digit by digit: a number of thousands of digits is a text that Python refuses to convert.
    zero = number.isdecimal() and not any(unicodedata.decimal(digit) for digit in number)
    return name in ("", "root") or zero or name != name.strip()


def comparable(old: ImageFacts, new: ImageFacts) -> bool:
    """Say whether both speak of the same platform."""
    return old.platform == new.platform


def unchanged(old: ImageFacts, new: ImageFacts) -> bool:
    """Say whether nothing of what runs changed: the same configuration over the same layers, for the same platforms."""
    return (old.config, old.layers, old.platforms) == (new.config, new.layers, new.platforms)


def shared_layers(old: ImageFacts, new: ImageFacts) -> int:
    """Count the layers of the new image that the old one has too."""
    known = set(old.layers)
    return sum(layer in known for layer in new.layers)


def representative(platforms: Iterable[Platform | None]) -> Platform | None:
    """Choose the platform that stands for an index, the same one for any two that share it.

    `linux/amd64` first, then `linux/arm64`, which nearly every cluster runs; else the first by name. `None` for none.
    """
    known = {one for one in platforms if one is not None and one.os and one.architecture}
    return min(known, key=lambda one: (_COMMON.get((one.os, one.architecture), len(_COMMON)), one), default=None)


_COMMON: Final = {("linux", "amd64"): 0, ("linux", "arm64"): 1}
