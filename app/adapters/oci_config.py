"""An image's configuration and manifest as facts: read strictly, cut where a stranger could write without end.

Format: OCI image specification 1.1, `config.md`; the Docker type of the same shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from app.adapters.oci_documents import MANIFEST_TYPES, MAX_MANIFEST, DocumentError, Manifest, read_object
from app.core.attestation import Answer, Lookup
from app.core.image_facts import LABELS, ImageFacts, representative
from app.core.oci import Descriptor, Digest, Platform

CONFIG_TYPES: Final = frozenset(
    {"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"}
)
_MAX_TEXT: Final = 256
_MAX_LIST: Final = 32
_MAX_LABELS: Final = 64
_ANCIENT: Final = 1990
"""Builds that are to be reproducible write 0001, 1970 or 1980: a date before this year is no build time."""


def config_of(manifest: Manifest) -> Descriptor:
    """Return where the configuration is; raises `DocumentError` for what is no image, or too large to be one."""
    config = manifest.config
    if config is None or config.media_type not in CONFIG_TYPES:
        raise DocumentError("unsupported", "the manifest is not one of a container image")
    if config.size > MAX_MANIFEST:
        raise DocumentError("too-large", "the configuration is too large")
    return config


def standing_for(platforms: Iterable[Descriptor]) -> Digest:
    """Return the manifest that stands for an index of these; raises `DocumentError` when none can."""
    readable = [one for one in platforms if one.media_type in MANIFEST_TYPES]
    chosen = representative(one.platform for one in readable)
    for one in readable:
        if chosen is None or one.platform == chosen:
            return one.digest
    raise DocumentError("unsupported", "an index lists no container image")


PLATFORMS: Final = 16
"""Of how many platforms of an index the configuration is read, where each is asked for."""


def passed_over(count: int, host: str) -> tuple[Lookup, ...]:
    """Say of an index with so many platforms that not all were read; nothing when they were."""
    if count <= PLATFORMS:
        return ()
    detail = f"{count - PLATFORMS} of {count} platforms were not asked for"
    return (Lookup("configuration", host, Answer.NOT_THERE, detail, "not-asked"),)


def read_facts(
    digest: Digest, manifest: Manifest, config: bytes, platforms: Iterable[Platform | None] = ()
) -> ImageFacts:
    """Read the facts of the manifest with this digest; `platforms` are those that its index lists.

    Raises `DocumentError` for a configuration that is none.
    """
    root = read_object(config)
    platform = Platform(_text(root.get("os")), _text(root.get("architecture")), _text(root.get("variant")))
    if not platform.os or not platform.architecture:
        raise DocumentError("malformed", "a configuration does not say its platform")
    run = _mapping(root.get("config"))
    listed = frozenset(one for one in platforms if one is not None)
    return ImageFacts(
        manifest=digest,
        config=config_of(manifest).digest,
        platform=platform,
        layers=tuple(layer.descriptor.digest for layer in manifest.layers),
        size=sum(layer.descriptor.size for layer in manifest.layers),
        user=_text(run.get("User")),
        entrypoint=_texts(run.get("Entrypoint")),
        created=_time(root.get("created")),
        labels=_labels(run.get("Labels")),
        platforms=listed or frozenset({platform}),
    )


def _mapping(value: object) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise DocumentError("malformed", "a part of a configuration is no object")
    return value


def _text(value: object) -> str:
    if value is None:
        return ""
    # Cutting a user would make it another one, which may be root.
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise DocumentError("malformed", "a part of a configuration is no text, or a very long one")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise DocumentError("malformed", "a part of a configuration is no list of texts")
    return tuple(one[:_MAX_TEXT] for one in value[:_MAX_LIST])


def _labels(value: object) -> Mapping[str, str]:
    found = {
        name.removeprefix(LABELS): text[:_MAX_TEXT]
        for name, text in _mapping(value).items()
        if name.startswith(LABELS) and len(name) <= _MAX_TEXT and isinstance(text, str)
    }
    return dict(sorted(found.items())[:_MAX_LABELS])


def _time(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    try:
        moment = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None
    return moment if moment.year >= _ANCIENT else None
