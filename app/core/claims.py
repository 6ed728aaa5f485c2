"""What an image says of itself as measures that a policy can limit; claims, and never part of a posture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.core.image_facts import ImageFacts, comparable, runs_as_root, shared_layers
from app.core.posture import Better, Measure, Value

SIZE: Final = "image.size"
USER: Final = "image.user"
ROOT: Final = "image.root"
CREATED: Final = "image.created"
BASE: Final = "image.base"
PLATFORMS: Final = "image.platforms"
SHARED: Final = "image.layers-shared"
KEYS: Final = frozenset({SIZE, USER, ROOT, CREATED, BASE, PLATFORMS, SHARED})
"""Every measure that an image's own word yields."""

EACH_PLATFORM: Final = KEYS - {PLATFORMS}
"""Those that each platform of an index says for itself."""

NUMBERS: Final = frozenset({SIZE, CREATED, SHARED})
"""Those whose limit is a number."""

_CLAIMED: Final = "image configuration"
_MIB: Final = 1024 * 1024


def measures(new: ImageFacts, old: ImageFacts | None = None) -> Mapping[str, Measure]:
    """Return what can be held against a limit; `old`, when there is one, is what the layers are compared with.

    What the image does not say is not there.
    """
    found = [
        _measure(SIZE, "compressed size in MiB", -(-new.size // _MIB), Better.LOWER),
        _measure(USER, "user", new.user or "root", Better.NEITHER),
        _measure(ROOT, "runs as root", runs_as_root(new.user), Better.LOWER),
        _measure(PLATFORMS, "platforms", ", ".join(sorted(map(str, new.platforms))), Better.NEITHER),
    ]
    if new.created is not None:
        found.append(_measure(CREATED, "built", new.created.isoformat(), Better.NEITHER))
    if new.base:
        found.append(_measure(BASE, "base image", new.base, Better.NEITHER))
    if old is not None and comparable(old, new):
        found.append(_measure(SHARED, "layers shared with the old image", shared_layers(old, new), Better.HIGHER))
    return {one.key: one for one in found}


def _measure(key: str, label: str, value: Value, better: Better) -> Measure:
    return Measure(key, label, value, better, _CLAIMED)
