"""OCI words: digests, platforms, image references in their one canonical form, descriptors.

Grammar: OCI distribution specification 1.1 ("Pulling manifests") and the `reference` package of the
distribution project, whose rules for the default registry every container runtime follows.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from app.core.errors import InvalidReference

_HEX = re.compile(r"[0-9a-f]{64}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_HUB_NAMES = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})
_MAX_NAME = 255
_MAX_REFERENCE = 1024
_MAX_PORT = 65535


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """A `sha256` content digest. Only this algorithm is known: any other is refused, never compared."""

    hex: str

    def __post_init__(self) -> None:
        """Refuse anything but 64 lower-case hexadecimal digits."""
        if not _HEX.fullmatch(self.hex):
            message = "a digest is sha256: and 64 lower-case hexadecimal digits"
            raise InvalidReference(message)

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Read `sha256:<64 hex>`; raises `InvalidReference` for anything else."""
        algorithm, _, value = text.partition(":")
        if algorithm != "sha256":
            message = "a digest is sha256: and 64 lower-case hexadecimal digits"
            raise InvalidReference(message)
        return cls(value)

    @classmethod
    def of(cls, content: bytes) -> Digest:
        """Hash these bytes."""
        return cls(hashlib.sha256(content).hexdigest())

    @property
    def short(self) -> str:
        """`sha256:` and the first 12 digits, for tables; never for comparing."""
        return f"sha256:{self.hex[:12]}"

    def __str__(self) -> str:
        """`sha256:<hex>`."""
        return f"sha256:{self.hex}"


@dataclass(frozen=True, slots=True, order=True)
class Platform:
    """What a manifest runs on; `variant` is empty when not stated."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        """`linux/arm64/v8`."""
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


@dataclass(frozen=True, slots=True, order=True)
class ImageName:
    """A repository in a registry in canonical form: `docker.io/library/nginx`.

    `registry` is host or host:port, lower case; `:443` is left out, save for a host that shows as one by its port
    alone (`reg:443`). `path` is the repository path. The text of a name is read as the same name again.
    """

    registry: str
    path: str

    @classmethod
    def parse(cls, text: str) -> ImageName:
        """Read a name without tag and digest; raises `InvalidReference`."""
        reference = ImageReference.parse(text)
        if reference.tag is not None or reference.digest is not None:
            message = "an image name has neither tag nor digest"
            raise InvalidReference(message)
        return reference.name

    def __str__(self) -> str:
        """`registry/path`."""
        return f"{self.registry}/{self.path}"


@dataclass(frozen=True, slots=True, order=True)
class ImageReference:
    """An image reference in canonical form; `tag` and `digest` are `None` when not written."""

    name: ImageName
    tag: str | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> ImageReference:
        """Read `[host[:port]/]path[:tag][@sha256:…]`, never trimming, folding or repairing.

        Raises `InvalidReference` for white space, schemes, user information, queries, bad digests,
        IPv6 literals, ports out of range and anything else outside the grammar.
        """
        if not text or len(text) > _MAX_REFERENCE:
            message = "an image reference has 1 to 1024 characters"
            raise InvalidReference(message)
        rest, at, digest_text = text.partition("@")
        digest = Digest.parse(digest_text) if at else None
        head, slash, last = rest.rpartition("/")
        last, colon, tag_text = last.partition(":")
        # A colon in the only component is a tag, never a port: `nginx:8080` is nginx with tag 8080.
        tag = tag_text if colon else None
        if tag is not None and not _TAG.fullmatch(tag):
            message = "the tag is not a valid tag"
            raise InvalidReference(message)
        return cls(_name(f"{head}{slash}{last}"), tag, digest)

    def pinned(self, digest: Digest) -> ImageReference:
        """Return the same reference at this digest."""
        return ImageReference(self.name, self.tag, digest)

    def __str__(self) -> str:
        """`name[:tag][@digest]`."""
        tag = f":{self.tag}" if self.tag is not None else ""
        digest = f"@{self.digest}" if self.digest is not None else ""
        return f"{self.name}{tag}{digest}"


def _name(text: str) -> ImageName:
    first, slash, rest = text.partition("/")
    # The distribution rule: the first component is a host if it has a dot or a port, is localhost, or has upper case.
    if slash and ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        registry, path = _registry(first), rest
    else:
        registry, path = "docker.io", text
    if registry == "docker.io" and "/" not in path:
        path = f"library/{path}"
    if not all(_COMPONENT.fullmatch(part) for part in path.split("/")) or len(registry) + len(path) >= _MAX_NAME:
        message = "the repository name is not a valid name"
        raise InvalidReference(message)
    if registry == "docker.io" and _HEX.fullmatch(path.removeprefix("library/")):
        message = "64 hexadecimal digits are an image ID, not a name"
        raise InvalidReference(message)
    return ImageName(registry, path)


def _registry(text: str) -> str:
    host, colon, port = text.lower().partition(":")
    if colon and (not _PORT.fullmatch(port) or int(port) > _MAX_PORT):
        message = "the registry's port is not a port"
        raise InvalidReference(message)
    if not all(_LABEL.fullmatch(label) for label in host.split(".")):
        message = "the registry is not a host name"
        raise InvalidReference(message)
    if host in _HUB_NAMES and port in ("", "443"):
        return "docker.io"
    if port in ("", "443"):
        # Without a dot only a port shows that this is a host: `UPPER/app` must not come back as a name on the hub.
        return host if "." in host or host == "localhost" else f"{host}:443"
    return f"{host}:{port}"


@dataclass(frozen=True, slots=True)
class Mirrors:
    """Which names in mirrors stand for which upstream: pairs of prefixes, `proxy.example/dockerhub` and `docker.io`.

    A prefix is a registry, or a registry with the beginning of a path, whole parts of it.
    """

    prefixes: tuple[tuple[str, str], ...] = ()

    def upstream(self, name: ImageName) -> ImageName | None:
        """Return what a name in a mirror stands for, by the longest prefix that fits; `None` for no mirror's name."""
        text = str(name)
        fitting = [pair for pair in self.prefixes if text.startswith(f"{pair[0]}/")]
        if not fitting:
            return None
        mirror, upstream = max(fitting, key=lambda pair: len(pair[0]))
        try:
            return ImageName.parse(f"{upstream}{text.removeprefix(mirror)}")
        except InvalidReference:
            return None


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What an OCI descriptor says of some content: `size` in bytes, `None` platform when not stated."""

    media_type: str
    digest: Digest
    size: int
    platform: Platform | None = None
    artifact_type: str | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """For whom a registry is asked: which credentials may be used and with whom answers may be shared.

    All fields `None` = nobody: anonymous requests only, answers may be shared with all.
    """

    installation: int | None = None
    owner: str | None = None
    repository: str | None = None


ANONYMOUS = Audience()
