"""The registry port over an OCI image layout on disk: offline, air-gapped, and for real data whose images are gone.

Layouts as `cosign save` writes them (entries of `index.json` with a `kind`), with the tags of a registry as reference
names, with bundles that name their `subject`, and bare ones, whose only hint of the image is the payload. A hint only
files an attestation under an image: whether it speaks of that image is proved by the verifier, never here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from app.adapters.oci_config import PLATFORMS, passed_over, standing_for
from app.adapters.oci_documents import IN_TOTO, DocumentError, Layer, is_envelope, is_unsigned_statement
from app.adapters.oci_layout.filing import Held, claim, names, roots, subjects
from app.adapters.oci_layout.folder import Contents, LayoutFolder
from app.core.attestation import Answer, Attached, Bundle, Fetched, Form, Lookup, Resolution
from app.core.errors import Unavailable
from app.core.image_facts import ImageFacts
from app.core.oci import Descriptor, Digest, ImageName, ImageReference

HOST: Final = "oci-layout"
_MAX_BYTES: Final = 32 * 1024 * 1024
_MAX_ATTACHED: Final = 50
_SENTENCES: Final = {
    "malformed": "the layout holds something that cannot be read",
    "unsupported": "the layout holds a kind of manifest that is not read",
    "too-large": "the layout holds more than is read",
    "too-many": "the layout holds more signatures and attestations than are read",
    "digest-mismatch": "a file of the layout is not what its name says",
    "missing": "the layout names something that it does not hold",
}


@dataclass(slots=True)
class _Found:
    bundles: list[Bundle] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    left: int = _MAX_BYTES


class OciLayout:
    """An image layout in a folder; files outside of the folder are never read, whatever links say."""

    def __init__(self, folder: Path) -> None:
        """Look at this folder; nothing is read yet."""
        self._folder = LayoutFolder(folder)

    def images(self) -> tuple[Digest, ...]:
        """Return the images of the layout in its order: those it lists, else those its attestations speak of.

        Raises `Unavailable` when the folder is no readable layout.
        """
        try:
            contents = self._folder.contents()
            found = tuple(entry.descriptor.digest for entry in roots(contents.entries, contents.held))
            if not found:
                named = (self._named(one, form, layer) for one in contents.held for form, layer in one.layers.readable)
                found = tuple(digest for digests in named for digest in digests)
        except DocumentError as error:
            raise Unavailable(f"no readable image layout: {_SENTENCES[error.code]}", permanent=True) from error
        return tuple(dict.fromkeys(found))

    def reference(self, digest: Digest | None = None) -> ImageReference:
        """Return the name under which this layout's image is spoken of."""
        return ImageReference(ImageName(HOST, self._folder.path.name or "layout"), None, digest)

    def resolve(self, reference: ImageReference) -> Resolution:
        """Find the image that the layout lists under this name or tag, or its only one; never raises."""
        if reference.digest is not None:
            return Resolution(reference.digest, Lookup("manifest", HOST, Answer.FOUND, "the digest is written"))
        try:
            contents = self._folder.contents()
        except DocumentError as error:
            return Resolution(None, _failed("layout", error.code))
        images = roots(contents.entries, contents.held)
        wanted = {str(reference), reference.tag}
        chosen = [entry for entry in images if wanted & names(entry)]
        if not chosen and reference.tag is None:
            chosen = list(images)
        digests = {entry.descriptor.digest for entry in chosen}
        if len(digests) != 1:
            return Resolution(None, _failed("layout", "missing"))
        return Resolution(digests.pop(), Lookup("layout", HOST, Answer.FOUND))

    def fetch(self, reference: ImageReference) -> Fetched:
        """Read all that the layout holds about the image; never raises for what a layout may hold.

        An image whose manifest the layout lacks is answered with its attestations, `descriptor=None` and a lookup.
        """
        digest = reference.digest
        if digest is None:
            message = "only an image with a digest can be fetched"
            raise ValueError(message)
        try:
            contents = self._folder.contents()
            descriptor, children = self._folder.image(digest, contents.entries)
        except DocumentError as error:
            return Fetched(reference, None, (), (), (_failed("manifest", error.code),))
        looked = [
            Lookup("manifest", HOST, Answer.FOUND)
            if descriptor
            else Lookup(
                "manifest", HOST, Answer.NOT_THERE, "the layout lacks the image's own manifest", "manifest-absent"
            )
        ]
        bundles: list[Bundle] = []
        sole = len(roots(contents.entries, contents.held)) <= 1
        for target in dict.fromkeys((digest, *(child.digest for child in children))):
            found = self._gather(target, contents, root=sole and target == digest)
            bundles += found.bundles
            looked += _lookups(target, found)
        if len(bundles) > _MAX_ATTACHED:
            bundles, looked = [], [*looked, _failed("layout", "too-many")]
        return Fetched(reference, descriptor, children, tuple(bundles), tuple(looked), self._standing(digest, children))

    def attached(self, place: ImageName, image: Fetched) -> Attached:  # noqa: ARG002 - the port's signature
        """Say that a layout holds no other repositories."""
        return Attached((), (_failed(f"repository {place.path}", "missing"),))

    def claims(self, image: Fetched) -> tuple[Lookup, ...]:  # noqa: ARG002 - the port's signature
        """Return nothing: what lies in a layout unsigned was said when it was fetched."""
        return ()

    def described(self, image: Fetched) -> Fetched:
        """Read what each platform of an image says of itself, as far as the layout holds them."""
        asked = [(child.digest, f"configuration of {child.digest.short}") for child in image.platforms[:PLATFORMS]]
        each = tuple(self._facts(of, image.platforms, where) for of, where in asked)
        return replace(image, each=(*each, *passed_over(len(image.platforms), HOST)), lookups=())

    def _standing(self, digest: Digest, children: tuple[Descriptor, ...]) -> ImageFacts | Lookup:
        """Read what an image says of itself, an index through what stands for it."""
        try:
            return self._facts(standing_for(children) if children else digest, children, "configuration")
        except DocumentError as error:
            return Lookup("configuration", HOST, Answer.NOT_THERE, str(error), error.code)

    def _facts(self, of: Digest, children: tuple[Descriptor, ...], where: str) -> ImageFacts | Lookup:
        try:
            return self._folder.facts(of, children)
        except DocumentError as error:
            if error.code in ("unsupported", "missing"):
                return Lookup(where, HOST, Answer.NOT_THERE, str(error), error.code)
            return _failed(where, error.code)

    def _gather(self, target: Digest, contents: Contents, *, root: bool) -> _Found:
        found = _Found()
        called = {name for entry in contents.entries if entry.descriptor.digest == target for name in names(entry)}
        for one in contents.held:
            claimed = claim(one, target, called, root=root)
            if claimed is False:
                continue
            if claimed:
                found.unread.extend(one.layers.unread)
            for what in one.layers.readable:
                self._add(found, target, what, certain=claimed is True)
        return found

    def _add(self, found: _Found, target: Digest, what: tuple[Form, Layer], *, certain: bool) -> None:
        form, layer = what
        try:
            content = self._folder.layer(layer)
        except DocumentError as error:
            found.codes.add(error.code)
            return
        found.left -= len(content)
        if found.left < 0:
            found.codes.add("too-large")
        elif not certain and target not in subjects(form, content):
            return
        elif layer.descriptor.media_type == IN_TOTO and not is_envelope(content):
            # What nobody signed is no signature; what is neither is one in a form that is not read.
            found.unread.extend(() if is_unsigned_statement(content) else (IN_TOTO,))
        else:
            found.bundles.append(Bundle(form, content, target, "layout", layer.annotations))

    def _named(self, held: Held, form: Form, layer: Layer) -> tuple[Digest, ...]:
        if held.manifest.subject is not None:
            return (held.manifest.subject,)
        return subjects(form, self._folder.layer(layer))


def _lookups(target: Digest, found: _Found) -> Iterable[Lookup]:
    where = f"layout, for {target.short}"
    if found.bundles:
        yield Lookup(where, HOST, Answer.FOUND, f"{len(found.bundles)} found")
    if found.unread:
        kinds = ", ".join(sorted(set(found.unread))[:3])
        detail = f"{len(found.unread)} artifacts in a form that is not read ({kinds})"
        yield Lookup(where, HOST, Answer.FOUND, detail, "unread-form")
    for code in sorted(found.codes):
        yield _failed(where, code)
    if not found.bundles and not found.unread and not found.codes:
        yield Lookup(where, HOST, Answer.NOT_THERE)


def _failed(where: str, code: str) -> Lookup:
    return Lookup(where, HOST, Answer.FAILED, _SENTENCES[code], code)
