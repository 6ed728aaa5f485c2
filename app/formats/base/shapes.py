"""Finds images in a tree of nodes by what keys and texts look like, whatever kind of document it is."""

from __future__ import annotations

import re
from dataclasses import replace

from app.core.errors import Unreadable
from app.core.inventory import Artifact, ImageUse
from app.core.yaml import Entry, Mapping, Node, NotYaml, Scalar, Sequence, Style, read
from app.formats.base.groups import find_groups
from app.formats.base.keys import PARAMETERS, TOLD_BESIDE, WHOLE, Keys, keys_of
from app.formats.base.mentions import find_mentions
from app.formats.base.outside import OCI
from app.formats.base.place import Place
from app.formats.base.reference import Claim, claim_of, folded, is_worth_a_look, problem, recognised, templated

_MAX_EMBEDDED = 3
_REGISTRY = re.compile(r"[\w.-]+(?::\d+)?(?:/[\w./-]*)?", re.ASCII)
_CONTAINERS = frozenset(
    {"containers", "initcontainers", "ephemeralcontainers", "sidecars", "steps", "container", "script", "steptemplate"}
)
# One line may be a whole document: a list, a mapping, with braces or without.
_DOCUMENT = re.compile(r"""\s*+(?:[\[{]|-\s|(?:"[^"]{1,80}"|'[^']{1,80}'|[\w./-]{1,80}):\s)""")
_DATA_KEY = re.compile(r"values|patch|.*\.(?:ya?ml|json)", re.IGNORECASE)


def find_by_shape(node: Node, place: Place) -> list[ImageUse]:
    """Return every image below a node, in the order of the document."""
    if isinstance(node, Scalar) and claim_of(place.key) is Claim.ANY and not is_worth_a_look(node.text):
        return []
    return _Search().run(node, place)


class _Search:
    """One walk down a tree; the steps are kept apart from the place, for most of them lead to no image."""

    def __init__(self) -> None:
        self._uses: list[ImageUse] = []
        self._registries: list[ImageUse] = []
        self._steps: list[str | int] = []
        self._parameter = ""

    def run(self, node: Node, place: Place) -> list[ImageUse]:
        """Walk, and return what was found."""
        overriding, registry = _global_registries(node)
        if overriding or registry:
            place = replace(place, overriding=overriding or place.overriding, registry=registry or place.registry)
        self._node(node, place)
        names = [str(use.name) for use in self._uses if use.name is not None]
        self._uses += [one for one in self._registries if not any(name.startswith(f"{one.written}/") for name in names)]
        return self._uses

    def _node(self, node: Node, place: Place) -> None:
        if isinstance(node, Mapping):
            self._mapping(node, place)
        elif isinstance(node, Sequence):
            self._sequence(node, place)
        else:
            self._scalar(node, place, claim_of(self._key(place)))

    def _sequence(self, sequence: Sequence, place: Place) -> None:
        claim = claim_of(self._key(place))
        for index, item in enumerate(sequence.items):
            self._steps.append(index)
            if isinstance(item, Scalar):
                self._scalar(item, place, claim)
            else:
                self._node(item, place)
            self._steps.pop()

    def _key(self, place: Place) -> str:
        for step in reversed(self._steps):
            if isinstance(step, str):
                return step
        return place.key

    def _here(self, place: Place) -> Place:
        return place.into(*self._steps)

    def _mapping(self, mapping: Mapping, place: Place) -> None:
        keys = keys_of(mapping)
        if keys.may_settle:
            place = self._settled(mapping, keys.known, place)
        found_before = len(self._uses)
        taken: frozenset[str] = frozenset()
        if keys.may_be_split and not self._is_container(keys.known, place):
            uses, taken = find_groups(mapping, self._here(place))
            self._uses += uses
        if keys.image_twice:
            self._twice(mapping, place)
        self._entries(mapping, keys, taken, place)
        if "op" in keys.known:
            self._copied(mapping, place)
        if keys.has_registry:
            self._registry_alone(mapping, place, self._uses[found_before:])

    def _entries(self, mapping: Mapping, keys: Keys, taken: frozenset[str], place: Place) -> None:
        for entry, key, quiet in zip(mapping.entries, keys.texts, keys.quiet, strict=True):
            if key in taken:
                continue
            value = entry.value
            if isinstance(value, Scalar):
                self._parameter = ""
                # Most of what files say: a text that is no image, under a key that says nothing of one.
                if not quiet or is_worth_a_look(value.text):
                    self._told(key, value, mapping, place)
            else:
                self._steps.append(key)
                self._node(value, place)
                self._steps.pop()

    def _told(self, key: str, value: Scalar, mapping: Mapping, place: Place) -> None:
        """Look at a text with what its key says of it, and what those around the key say."""
        self._steps.append(key)
        name, told = folded(key), None
        if name in TOLD_BESIDE:
            if name in PARAMETERS:
                self._parameter = mapping.text("name") or ""
            told = self._claim(name, mapping)
        self._scalar(value, place, claim_of(key) if told is None else told)
        self._steps.pop()

    def _is_container(self, keys: frozenset[str], place: Place) -> bool:
        """Whether a `tag` beside the `image` is decoration: the cluster would run the image without it."""
        return place.pods and "image" in keys and (place.strict or folded(self._key(place)) in _CONTAINERS)

    def _claim(self, name: str, mapping: Mapping) -> Claim | None:
        """Return what those around a key say of its text; `None` when they say nothing of it."""
        if name in PARAMETERS and "image" in folded(mapping.text("name") or ""):
            return Claim.LIKELY  # an environment variable, a parameter
        if name == "value" and (mapping.text("path") or "").endswith("/image"):
            return Claim.CERTAIN  # a JSON patch
        if name == "reference" and self._steps[-2:-1] == ["image"]:
            return Claim.CERTAIN  # an image volume
        if name == "sourcevalue" and _targets_an_image(mapping):
            return Claim.CERTAIN  # a replacement of Kustomize
        return Claim.LIKELY if name in WHOLE and self._steps[-2:-1] == ["image"] else None

    def _settled(self, mapping: Mapping, keys: frozenset[str], place: Place) -> Place:
        """Take along what this mapping says for all that is below it: a registry, the name of a container."""
        if not keys.isdisjoint(("registry", "imageRegistry")):
            registry = mapping.text("registry") or mapping.text("imageRegistry")
            if registry and (_REGISTRY.fullmatch(registry) or templated(registry)):
                place = replace(place, registry=registry)
        in_list = bool(self._steps) and isinstance(self._steps[-1], int)
        if in_list and {"name", "image"} <= keys:
            place = replace(place, container=mapping.text("name") or "")
        return place

    def _registry_alone(self, mapping: Mapping, place: Place, found: list[ImageUse]) -> None:
        """Keep a registry of images whose names stand in another file: another one there is another image."""
        field = self._here(place).field
        if any(use.name is not None or (use.problem and use.field == field) for use in found):
            return
        for entry in mapping.entries:
            key = folded(entry.key.text)
            of_images = key == "imageregistry" or (key == "registry" and claim_of(self._key(place)) is not Claim.ANY)
            of_images |= key == "hub" and mapping.get("tag") is not None
            if of_images and isinstance(entry.value, Scalar) and not entry.value.null and entry.value.text:
                why = "a registry for images whose names stand elsewhere"
                self._registries.append(self._here(place).into(entry.key.text).unclear(entry.value, why))

    def _copied(self, mapping: Mapping, place: Place) -> None:
        """Tell a JSON patch that takes an image from where none is looked for."""
        origin = mapping.get("from")
        to_an_image = mapping.text("op") in ("copy", "move") and (mapping.text("path") or "").endswith("/image")
        if to_an_image and isinstance(origin, Scalar):
            self._uses.append(self._here(place).into("from").unclear(origin, "the image is filled in elsewhere"))

    def _twice(self, mapping: Mapping, place: Place) -> None:
        """Readers that ignore case take one of two such keys, and nobody knows which."""
        found = [entry for entry in mapping.entries if entry.key.text.lower() == "image"]
        for entry in found[1:]:
            self._uses.append(self._here(place).into(entry.key.text).unclear(entry.key, f"ambiguous: {_both(found)}"))

    def _scalar(self, scalar: Scalar, place: Place, claim: Claim) -> None:
        text = scalar.text
        if (claim is Claim.ANY and not is_worth_a_look(text)) or scalar.null:
            return
        several = "\n" in text
        sure = claim is Claim.CERTAIN and place.strict
        reference = recognised(text, Claim.SURE if sure else claim)
        if reference is not None:
            found = self._here(place).use(reference, scalar)
            artifact = self._artifact(place)
            self._uses.append(found if artifact is Artifact.IMAGE else replace(found, artifact=artifact))
        elif claim is Claim.ANY and text.startswith(OCI):
            self._artifact_by_scheme(scalar, place)
        elif not sure and (several or (_DOCUMENT.match(text) and not text.startswith("{{"))):
            self._text_of_lines(scalar, place, claim)
        elif claim is Claim.CERTAIN and (why := problem(text, strict=place.strict)):
            self._uses.append(self._here(place).unclear(scalar, why))
        else:
            self._assignment(scalar, place, claim)

    def _artifact(self, place: Place) -> Artifact:
        """Say what a reference here names: a bundle of Tekton holds tasks, whatever its key is called in full."""
        here = self._key(place)
        named = self._parameter if folded(here) in PARAMETERS else here
        return Artifact.OTHER if folded(named).endswith(("bundle", "bundleref")) else Artifact.IMAGE

    def _artifact_by_scheme(self, scalar: Scalar, place: Place) -> None:
        if folded(self._key(place)).endswith(("chart", "chartname", "chartref")):
            return  # those who read charts know what stands beside it
        reference = recognised(scalar.text.removeprefix(OCI), Claim.ANY)
        if reference is not None:
            found = self._here(place).use(reference, scalar)
            self._uses.append(replace(found, artifact=Artifact.OTHER))

    def _text_of_lines(self, scalar: Scalar, place: Place, claim: Claim) -> None:
        found = _inside(scalar, self._here(place))
        if not found and claim is Claim.CERTAIN and (why := problem(scalar.text.strip(), strict=True)):
            found = [self._here(place).unclear(scalar, why)]
        self._uses += found

    def _assignment(self, scalar: Scalar, place: Place, claim: Claim) -> None:
        """Arguments, literals and overrides: `--image=name:tag`, `IMAGE=name:tag`, `old=new:tag`."""
        key, equals, text = scalar.text.partition("=")
        if equals and (reference := recognised(text, max(claim, claim_of(key)))) is not None:
            self._uses.append(self._here(place).use(reference, scalar))


def _both(entries: list[Entry]) -> str:
    return " and ".join(entry.key.text for entry in entries)


def _targets_an_image(replacement: Mapping) -> bool:
    targets = replacement.get("targets")
    for target in targets.items if isinstance(targets, Sequence) else ():
        fields = target.get("fieldPaths") if isinstance(target, Mapping) else None
        for field in fields.items if isinstance(fields, Sequence) else ():
            if isinstance(field, Scalar) and field.text.endswith("image"):
                return True
    return False


def _global_registries(node: Node) -> tuple[str, str]:
    """Return the registry by which charts override that of every image, and the one for images that have none.

    They are `global.imageRegistry`, and `global.registry` or `global.image.registry`; empty when not set.
    """
    settings = node.get("global") if isinstance(node, Mapping) else None
    if not isinstance(settings, Mapping):
        return "", ""
    image = settings.get("image")
    nested = image.text("registry") if isinstance(image, Mapping) else None
    return settings.text("imageRegistry") or "", settings.text("registry") or nested or ""


def _inside(scalar: Scalar, place: Place) -> list[ImageUse]:
    """Find images in text of several lines: a document inside a string, else lines that name an image."""
    lowered = scalar.text.lower()
    if not any(word in lowered for word in ("image", "@sha256:", "repository")):
        return []
    place = replace(place, embedded=place.embedded + 1)
    uses: list[ImageUse] = []
    documents: tuple[Node, ...] = ()
    try:
        documents = read(scalar.text) if place.embedded <= _MAX_EMBEDDED else ()
    except NotYaml as error:
        # A script may be anything; what says that it is YAML must be, or its images stay unknown.
        if _DATA_KEY.fullmatch(place.key) and not templated(scalar.text):
            return [place.unclear(scalar, f"the document inside is {error.reason}")]
    except Unreadable as error:
        return [place.unclear(scalar, f"the document inside: {error.reason}")]
    if any(not isinstance(document, Scalar) for document in documents):
        uses += [use for document in documents for use in find_by_shape(document, place)]
    else:
        uses += find_mentions(scalar.text, place)
    return _placed(uses, scalar)


def _placed(uses: list[ImageUse], scalar: Scalar) -> list[ImageUse]:
    """Turn lines of the text inside into lines of the file.

    A literal block shows its lines one to one; in a folded one each text is looked for behind the one before;
    elsewhere all lines stand for the scalar's own place.
    """
    if scalar.style is Style.LITERAL:
        blank = next(number for number, line in enumerate(scalar.text.split("\n")) if line.strip())
        return [_moved(use, scalar.text_line - blank - 1) for use in uses]
    placed, at, line = [], 0, scalar.text_line
    for use in uses:
        found = scalar.raw.find(use.written.rpartition(" ")[2], at) if at >= 0 else -1
        line += scalar.raw.count("\n", at, found) if found >= 0 else 0
        at = found
        here = line if found >= 0 else scalar.place
        placed.append(replace(use, line=here, lines=tuple(sorted({here, *scalar.lines})), parts=None))
    return placed


def _moved(use: ImageUse, lines: int) -> ImageUse:
    parts = use.parts
    if parts is not None:
        numbers = (parts.name, parts.tag, parts.digest)
        parts = replace(
            parts, **{k: v + lines if v else 0 for k, v in zip(("name", "tag", "digest"), numbers, strict=True)}
        )
    return replace(use, line=use.line + lines, lines=tuple(line + lines for line in use.lines), parts=parts)
