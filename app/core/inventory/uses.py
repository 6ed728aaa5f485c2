"""Images that manifests use, and what differs between two inventories, as values."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from app.core.oci import Digest, ImageName, ImageReference


@dataclass(frozen=True, slots=True, order=True)
class ObjectReference:
    """A Kubernetes object as its manifest names it; empty strings where the manifest is silent."""

    api_version: str
    kind: str
    namespace: str
    name: str


class Artifact(enum.Enum):
    """What a reference names: an image that runs, or something else that lies in a registry and is signed alike."""

    IMAGE = "image"
    CHART = "helm chart"
    OTHER = "OCI artifact"


@dataclass(frozen=True, slots=True)
class Source:
    """Something outside of the repository that may bring images, and is no reference to one.

    `kind` is the word for it ("chart", "Git repository"), `name` what the file calls it, `location` where it lies,
    `version` which one; empty where nothing is written. For a chart whose repository is an object of another file,
    `location` names that object (`HelmRepository apps/acme`).
    """

    kind: str
    name: str
    location: str
    version: str

    def __str__(self) -> str:
        """`chart acme 1.2 of https://…`, with what is written."""
        named = " ".join(part for part in (self.kind, self.name, self.version) if part)
        return f"{named} of {self.location}" if self.location else named


@dataclass(frozen=True, slots=True)
class ImageLines:
    """The lines of a reference's parts; 0 for a part that is not written."""

    name: int = 0
    tag: int = 0
    digest: int = 0


@dataclass(frozen=True, slots=True)
class ImageUse:
    """One place in one file that names an image.

    `line` is 1-based: where the reference stands, or its tag or digest when it is split over several keys. `lines`
    are all lines that carry a part of it. `field` is the path inside the object or document
    (`spec.template.spec.containers[0].image`); `container` the container's name, empty when there is none. `name` is
    `None` when the file does not say which repository (a tag alone). `problem` says why the text is no reference that
    can be judged (`name`, `tag` and `digest` are then `None` and `written` holds the text as it stands). `parts` are
    the lines of name, tag and digest when they stand apart. `warning` says what a reader of the file may take for
    something else ("quote the tag: …"); empty when nothing. `artifact` is what the reference names. A place with a
    `source` names no image: it leads to what may bring some (`problem` is then set, `written` is its version). `said`:
    nothing but a comment gives the name. `path_before` is the file that it stood in before, where a change moved it to
    another one.
    """

    path: str
    line: int
    format: str
    field: str
    name: ImageName | None
    tag: str | None
    digest: Digest | None
    written: str
    object: ObjectReference | None = None
    container: str = ""
    lines: tuple[int, ...] = ()
    problem: str | None = None
    parts: ImageLines | None = None
    warning: str = ""
    artifact: Artifact = Artifact.IMAGE
    source: Source | None = None
    said: bool = False
    path_before: str | None = None

    @property
    def reference(self) -> ImageReference | None:
        """The whole reference; `None` when the repository is not known."""
        return None if self.name is None else ImageReference(self.name, self.tag, self.digest)


@dataclass(frozen=True, slots=True)
class ImageVersion:
    """The moving part of a reference; both `None` when neither tag nor digest is written."""

    tag: str | None
    digest: Digest | None

    def __str__(self) -> str:
        """`tag@sha256:…`, either part, or `latest` when nothing is written."""
        tag = self.tag or ("" if self.digest else "latest")
        return f"{tag}@{self.digest}" if self.digest else tag


@dataclass(frozen=True, slots=True)
class ImageChange:
    """One image that differs between two inventories, with every place that it differs in.

    `before` is `None` when the image is added, `after` when it is removed. `name` is `None` when no file says which
    repository it is. `name_before` is set only when the repository itself moved. `uses` stand in the head files (in
    the base files for a removal), sorted by path and line. `before_unknown`: something stood there before, but which
    image it was is not known (its file could not be read, or did not say the repository); it is never compared with.
    """

    name: ImageName | None
    before: ImageVersion | None
    after: ImageVersion | None
    uses: tuple[ImageUse, ...]
    name_before: ImageName | None = None
    before_unknown: bool = False
    artifact: Artifact = Artifact.IMAGE

    @property
    def key(self) -> str:
        """A stable text that identifies the change within one comparison; findings name it as their subject."""
        old = "none" if self.before is None else str(self.before)
        old = f"unknown {old}" if self.before_unknown else old
        new = "none" if self.after is None else str(self.after)
        moved = f"{self.name_before} " if self.name_before else ""
        # A change without a repository is told apart by its first place.
        name = str(self.name) if self.name else f"{self.uses[0].path}:{self.uses[0].line}"
        kind = "" if self.artifact is Artifact.IMAGE else f"{self.artifact.value} "
        return f"{kind}{moved}{name} {old} -> {new}"

    @property
    def old_reference(self) -> ImageReference | None:
        """What ran before; `None` when added or when the repository is not known."""
        name = self.name_before or self.name
        if self.before is None or self.before_unknown or name is None:
            return None
        return ImageReference(name, self.before.tag, self.before.digest)

    @property
    def new_reference(self) -> ImageReference | None:
        """What will run; `None` when removed or when the repository is not known."""
        if self.after is None or self.name is None:
            return None
        return ImageReference(self.name, self.after.tag, self.after.digest)


@dataclass(frozen=True, slots=True, order=True)
class UnreadablePlace:
    """A changed file, or a place in it, that could not be read: `line` is 0 when the whole file is meant.

    `elsewhere`: it only leads to another place, and what lies there may be images or not: a person can look. `source`:
    it is a chart, remote base or git revision that changed, which the policy may judge in its own way.
    """

    path: str
    line: int
    reason: str
    elsewhere: bool = False
    source: bool = False
