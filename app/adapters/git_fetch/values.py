"""What is asked of a fetch, and what it brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.core.tree import ChangedFile, File


@dataclass(frozen=True, slots=True)
class Wish:
    """Two commits of the repository at `url`, and which changed paths' contents are wanted of both.

    `token` opens the repository; it is sent to the origin of `url` and nowhere else.
    """

    url: str
    token: str = field(repr=False)
    base: str
    head: str
    reads: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Fetched:
    """Every changed file, renames paired, sorted by path; and contents, each with its git id, by (commit, path).

    A wanted content may be missing where it was too much to fetch; a file that is larger than what is read is there.
    """

    files: tuple[ChangedFile, ...]
    contents: Mapping[tuple[str, str], tuple[File, str]]


@dataclass(frozen=True, slots=True)
class PastWish:
    """The branch that ends at `tip` in the repository at `url`: so many commits of it, in so many seconds.

    Of the newest `ahead` commits that change a path that `reads` wants, these contents are fetched along in one go;
    whatever else is read costs a fetch when it is asked for. `token` as in `Wish`.
    """

    url: str
    token: str = field(repr=False)
    tip: str
    reads: Callable[[str], bool]
    depth: int = 200
    ahead: int = 30
    seconds: float = 20.0
