"""References whose parts stand under several keys of one mapping: registry, repository, tag, digest."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.core.errors import InvalidReference
from app.core.inventory import ImageLines, ImageUse
from app.core.oci import Digest, ImageName, ImageReference
from app.core.yaml import Entry, Mapping, Scalar
from app.formats.base.place import Place
from app.formats.base.reference import folded, templated

_IMAGE_KEY = re.compile(r".*images?", re.IGNORECASE)
_NAMED = ("repository", "repo", "imagename", "image")
_WHOLE = _NAMED[2:]
_HEX = re.compile(r"[0-9a-f]{64}")
_OF_A_TAG = ("repository", "repo", "name", "image", "url", "git", "branch", "commit", "semver")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*::?//")
# What is longer is not kept: anyone can write megabytes.
_MOST, _LONGEST = 40, 600


def find_groups(mapping: Mapping, place: Place) -> tuple[list[ImageUse], frozenset[str]]:
    """Return the split references in a mapping, and the keys that they are made of.

    Of keys that differ in case or separators only (`Repository`, `repository`), a chart reads one, and nobody knows
    which: what either makes is an image, and the place is told as ambiguous.
    """
    uses, taken = _groups(mapping.entries, place)
    twice = _spelt_twice(mapping)
    if twice:
        others, also = _groups(tuple(reversed(mapping.entries)), place)
        uses += [use for use in others if use not in uses]
        taken |= also
        uses += [_either(entries, place) for key, entries in twice.items() if key in taken]
    return uses, frozenset(entry.key.text for entry in mapping.entries if folded(entry.key.text) in taken)


def _spelt_twice(mapping: Mapping) -> dict[str, list[Entry]]:
    spelt: dict[str, list[Entry]] = {}
    for entry in mapping.entries:
        if isinstance(entry.value, Scalar):
            spelt.setdefault(folded(entry.key.text), []).append(entry)
    return {key: entries for key, entries in spelt.items() if len({_said(one) for one in entries}) > 1}


def _said(entry: Entry) -> str:
    return entry.value.text if isinstance(entry.value, Scalar) else ""


def _either(entries: list[Entry], place: Place) -> ImageUse:
    key = entries[1].key
    use = place.into(key.text).unclear(key, f"ambiguous: {' and '.join(one.key.text for one in entries)}")
    # Either value that changes makes it another place to tell.
    return replace(use, written=" ".join(map(_said, entries)))


def _groups(entries: tuple[Entry, ...], place: Place) -> tuple[list[ImageUse], set[str]]:
    """Return the split references, and the folded keys that they are made of; of keys alike, the first counts."""
    values = {folded(entry.key.text): entry.value for entry in reversed(entries) if isinstance(entry.value, Scalar)}
    is_image = _IMAGE_KEY.fullmatch(place.key) is not None
    said = tuple([(key, _is_said(key, value)) for key, value in reversed(values.items())])
    uses: list[ImageUse] = []
    taken: set[str] = set()
    # Two names may share one tag: a decoy beside the key that a chart reads must not hide the other.
    for parts in _parts_of(said, is_image=is_image, is_release=place.release):
        is_new = parts.name not in taken if parts.name else taken.isdisjoint(parts.keys)
        if is_new and (use := parts.use(values, place)) is not None:
            uses.append(use)
            taken |= parts.keys
            uses += _without_overriding(parts, values, place, use)
    return uses, taken


def _without_overriding(parts: _Parts, values: dict[str, Scalar], place: Place, use: ImageUse) -> list[ImageUse]:
    """Return the image of a chart that knows no `global.imageRegistry`, where it is another one."""
    if not place.overriding or not parts.registry:
        return []
    own = parts.use(values, replace(place, overriding=""))
    return [] if own is None or own.name == use.name else [own]


@dataclass(frozen=True, slots=True)
class _Parts:
    """The keys of one split reference, folded; empty for a part that is not written.

    `sure`: a key says that it is an image. `whole`: the name carries its version, the other parts are passed over.
    """

    name: str
    registry: str
    tag: str
    digest: str
    sure: bool
    whole: bool = False

    @property
    def keys(self) -> set[str]:
        return {key for key in (self.name, self.registry, self.tag, self.digest) if key}

    def use(self, values: dict[str, Scalar], place: Place) -> ImageUse | None:
        """Return the use, `None` when the parts turn out to be of something else."""
        rest = ("", "") if self.whole else (self.tag, self.digest)
        name, tag, digest = (values.get(key) for key in (self.name, *rest))
        first = tag or digest or values[self.name]
        found: tuple[ImageName | None, str | None, Digest | None] = (None, None, None)
        problem = None
        try:
            if name is not None and _SCHEME.match(name.text):
                return None
            found = _joined(self._full_name(values, place), tag, digest)
        except (InvalidReference, _FilledInElsewhere) as error:
            if not self.sure:
                return None
            problem = str(error)
        return replace(
            place.blank(first),
            name=found[0],
            tag=found[1],
            digest=found[2],
            problem=problem,
            written=" ".join(part.text for part in (values.get(self.registry), name, tag, digest) if part is not None),
            lines=tuple(sorted({line for part in (name, tag, digest) if part is not None for line in part.lines})),
            parts=ImageLines(*(0 if part is None else part.place for part in (name, tag, digest))),
            warning=f"quote the tag: {tag.text} may be read as another value" if tag and tag.retyped else "",
        )

    def _full_name(self, values: dict[str, Scalar], place: Place) -> str:
        if self.name not in values:
            return ""
        name = values[self.name].text
        own = values[self.registry].text if self.registry in values else ""
        registry = (place.overriding or own) if own else ""
        if not own and not _has_host(name):
            registry = place.overriding or place.registry
        if not registry or name.startswith(f"{registry}/"):
            return name
        return f"{registry.rstrip('/')}/{name}"


class _FilledInElsewhere(Exception):
    """A part holds a placeholder."""

    def __str__(self) -> str:
        return "the image is filled in elsewhere"


def _has_host(name: str) -> bool:
    first, slash, _ = name.partition("/")
    return bool(slash) and ("." in first or ":" in first or first == "localhost")


def _joined(name: str, tag: Scalar | None, digest: Scalar | None) -> tuple[ImageName | None, str | None, Digest | None]:
    """Put the parts together; a tag may carry a digest (`1.2@sha256:…`), and a name a version of its own."""
    tag_text, _, in_tag = ("" if tag is None else tag.text).partition("@")
    if name.endswith("@sha256") and _HEX.fullmatch(tag_text):
        name, tag_text, in_tag = name.removesuffix("@sha256"), "", f"sha256:{tag_text}"
    if tag_text.startswith("sha256:"):
        tag_text, in_tag = "", tag_text
    digests = {text for text in (in_tag, "" if digest is None else digest.text) if text}
    if any(templated(text) for text in (tag_text, *digests)):
        raise _FilledInElsewhere
    if len(digests) > 1:
        raise InvalidReference("ambiguous: two digests of one image")
    version = (f":{tag_text}" if tag_text else "") + "".join(f"@{text}" for text in digests)
    if not version and templated(name):
        raise _FilledInElsewhere
    if not name or templated(name):
        known = ImageReference.parse(f"unknown{version}")
        return None, known.tag, known.digest
    whole = ImageReference.parse(name + version)
    return whole.name, whole.tag, whole.digest


_NOTHING, _SOMETHING, _A_HOST, _A_VERSION = range(4)
"""What a value says, as far as it decides which keys belong together."""


def _is_said(key: str, value: Scalar) -> int:
    text = value.text
    if value.null or not text:
        return _NOTHING
    if not key.endswith(_WHOLE):
        return _SOMETHING
    return _A_VERSION if _versioned(text) else _A_HOST if _has_host(text) else _SOMETHING


def _parts_of(said: tuple[tuple[str, int], ...], *, is_image: bool, is_release: bool) -> tuple[_Parts, ...]:
    """Return every split reference of a mapping; files say mappings with the same keys over and over."""
    is_short = len(said) <= _MOST and sum([len(key) for key, _ in said]) <= _LONGEST
    return (_kept if is_short else _read)(said, is_image, is_release)


def _read(said: tuple[tuple[str, int], ...], is_image: bool, is_release: bool) -> tuple[_Parts, ...]:  # noqa: FBT001 - no keywords: they are looked up more slowly
    table = _Table(dict(said), is_image=is_image, is_release=is_release)
    return (*table.named(), *table.nameless())


@dataclass(frozen=True, slots=True)
class _Table:
    """What the scalars of a mapping say, by folded key; `is_image` when the mapping stands under an image's key.

    `is_release`: it is one of the values that a release gives to its chart.
    """

    values: dict[str, int]
    is_image: bool
    is_release: bool = False

    def named(self) -> Iterator[_Parts]:
        """Find every name with what belongs to it."""
        if self._written("newtag", "newname"):
            # Kustomize: `newName` takes the place of `name`.
            yield _Parts(
                self._written("newname", "name"), "", self._written("newtag"), self._written("digest"), sure=True
            )
        for key, said in self.values.items():
            if not said:
                continue
            if key.endswith(_NAMED):
                ending = next(ending for ending in _NAMED if key.endswith(ending))
                yield from self._around(key, key.removesuffix(ending), is_reference=ending in _WHOLE)
            elif key == "name" and self._is_image_name():
                yield self._parts(key, ("",))

    def _is_image_name(self) -> bool:
        return self.is_image and self._has("tag", "version", "digest") and not self._written("newname", "newtag")

    def nameless(self) -> Iterator[_Parts]:
        """Find tags and digests whose name the file does not say."""
        if self._written("hub") and self._written("tag"):
            # Istio: names stand in other places, `hub` and `tag` count for all of them.
            yield _Parts("", "", "tag", "", sure=True)
        if self.is_image and self._written("tag", "digest") and not self._written("repository", "repo"):
            yield replace(self._parts("", ("",)), registry="")
        elif self.is_release and self._written("tag") and not self._has(*_OF_A_TAG):
            # `controller: {tag: 2.4}`: the chart knows the rest.
            yield replace(self._parts("", ("",)), registry="", sure=False)
        for key in self.values:
            if key.endswith("imagetag") and self._written(key):
                yield replace(self._parts("", (key.removesuffix("tag"),)), registry="")

    def _around(self, key: str, stem: str, *, is_reference: bool) -> Iterator[_Parts]:
        stems = (f"{stem}image", stem) if is_reference else (stem, f"{stem}image", stem.removesuffix("image"))
        parts = self._parts(key, stems)
        if is_reference:
            if not parts.tag and not parts.digest:
                yield from self._beside_version(key, stem)
                return
            # `image: name:tag` is whole by itself; what stands beside it then adds nothing.
            yield replace(parts, sure=True, whole=self.values[key] == _A_VERSION)
            return
        image_stem = stem.endswith("image")
        if self.is_image or image_stem or parts.registry or self._has(*_keys(stems, "tag"), *_keys(stems, "digest")):
            yield replace(parts, sure=self.is_image or image_stem)

    def _beside_version(self, key: str, stem: str) -> Iterator[_Parts]:
        """Take the `version` beside an image as its tag, as operators do: an image with a registry and nothing else."""
        version = self._written(f"{stem}version")
        if version and self.values[key] == _A_HOST and not self._written("repository", "repo"):
            # What is no tag may be a range, and says nothing of the image.
            yield _Parts(key, "", version, "", sure=False)

    def _parts(self, name: str, stems: tuple[str, ...]) -> _Parts:
        tag = self._written(*_keys(stems, "tag"))
        if not tag and self.is_image and "" in stems:
            tag = self._written("version")
        return _Parts(
            name=name,
            registry=self._written(*_keys(stems, "registry"), *_keys(stems, "imageregistry")),
            tag=tag,
            digest=self._written(*_keys(stems, "digest"), *_keys(stems, "sha"), *_keys(stems, "sha256")),
            sure=self.is_image or name == "" or "image" in name,
        )

    def _has(self, *keys: str) -> bool:
        return any(key in self.values for key in keys)

    def _written(self, *keys: str) -> str:
        """Return the first of these keys that has text; empty when none has."""
        return next((key for key in keys if self.values.get(key)), "")


def _keys(stems: tuple[str, ...], ending: str) -> tuple[str, ...]:
    return tuple(f"{stem}{ending}" for stem in stems)


def _versioned(text: str) -> bool:
    # `name@sha256` with the digits as a tag of their own is an idiom of charts that only know tags.
    return not text.endswith("@sha256") and (":" in text.rpartition("/")[2] or "@" in text)


_kept = functools.lru_cache(maxsize=4096)(_read)
