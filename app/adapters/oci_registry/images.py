"""The registry port for one audience and one job: what a tag names, and all that is attached to an image."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from app.adapters.oci_documents import DocumentError, Index, platforms
from app.adapters.oci_registry.auth import Login
from app.adapters.oci_registry.claims import Claims
from app.adapters.oci_registry.client import Fetched as Manifest
from app.adapters.oci_registry.client import RepositoryClient
from app.adapters.oci_registry.credentials import Credentials
from app.adapters.oci_registry.facts import WHERE, Facts, of_each
from app.adapters.oci_registry.failure import Failure, NotThere
from app.adapters.oci_registry.gathering import Gathering, failed
from app.adapters.oci_registry.job import Job, Span, World
from app.adapters.oci_registry.limits import Share
from app.core.attestation import Answer, Attached, Fetched, Lookup, Resolution, within
from app.core.oci import Audience, Descriptor, Digest, ImageName, ImageReference

_WHERE: Final = "manifest"
_COMMON: Final = frozenset({"amd64", "arm64"})
_MAX_KEPT: Final = 512
_LABEL: Final = re.compile(r"[a-z0-9]{1,20}(?:/[A-Za-z0-9._-]{1,20}){1,2}")


class OciRegistry:
    """Image registries as one audience may see them, for one job. Neither method of the port raises."""

    def __init__(self, world: World, credentials: Credentials, audience: Audience) -> None:
        """Begin a job; nothing is asked yet."""
        self._job = Job(world)
        self._credentials = credentials
        self._audience = audience
        self._logins: dict[ImageName, Login] = {}
        self._kept: dict[tuple[ImageName, Digest], Manifest] = {}
        self._tags: dict[ImageReference, Resolution] = {}
        self._turns: dict[ImageReference, threading.Lock] = {}
        self._lock = threading.Lock()

    @property
    def spans(self) -> tuple[Span, ...]:
        """Every request of this job so far, by when it began."""
        return self._job.spans

    def resolve(self, reference: ImageReference) -> Resolution:
        """Ask once a job what a tag names; the digest is that of the bytes, never that of a header (AT-042)."""
        host = reference.name.registry
        if reference.digest is not None:
            return Resolution(reference.digest, Lookup(_WHERE, host, Answer.FOUND, "the digest is written"))
        with self._lock:
            turn = self._turns.setdefault(reference, threading.Lock())
        with turn:
            known = self._tags.get(reference)
            if known is None:
                known = self._resolve(reference)
                if known.digest is not None:
                    self._tags[reference] = known
        return known

    def fetch(self, reference: ImageReference) -> Fetched:
        """Fetch all that is attached to the image and to its platforms; `reference.digest` must be set."""
        digest = reference.digest
        if digest is None:
            message = "only an image with a digest can be fetched"
            raise ValueError(message)
        asked = self._image(reference, digest)
        if isinstance(asked, Lookup):
            return Fetched(reference, None, (), (), (asked,))
        client, manifest, children = asked
        chosen = _chosen(children, self._job.limits.platforms)
        host = client.registry.name
        targets = {digest: digest.short} | {child.digest: _label(child) for child in chosen}
        facts = Facts(client, manifest, children)
        gathered = Gathering(client).gather(targets.items(), facts.step)
        lookups = [Lookup(_WHERE, host, Answer.FOUND, credentials=client.login.used), *gathered.lookups]
        if len(chosen) < len(children):
            detail = f"{len(children) - len(chosen)} of {len(children)} platforms were not asked for"
            lookups.append(Lookup("platforms", host, Answer.NOT_THERE, detail, "not-asked"))
        descriptor = Descriptor(manifest.document.media_type, digest, manifest.size)
        return Fetched(reference, descriptor, children, gathered.bundles, tuple(lookups), facts.found)

    def attached(self, place: ImageName, image: Fetched) -> Attached:
        """Fetch what another repository holds about an image that was fetched, and about its platforms."""
        client: RepositoryClient | None = None
        where = f"repository {place.path}"
        try:
            client = self._client(place, self._job.share())
            gathered = Gathering(client).gather(self._targets(image).items())
            lookups = tuple(replace(one, where=within(one.where, place)) for one in gathered.lookups)
            if all(one.answer is Answer.NOT_THERE for one in lookups):
                # The image is elsewhere, so nothing has shown yet that this repository may be read at all.
                client.prove_readable()
            return Attached(gathered.bundles, lookups)
        except NotThere:
            failure = Failure("not-found-or-not-allowed")
        except Failure as failed_:
            failure = failed_
        if client is None:
            return Attached((), (Lookup(where, place.registry, Answer.FAILED, str(failure), failure.code),))
        return Attached((), (failed(where, client, failure),))

    def claims(self, image: Fetched) -> tuple[Lookup, ...]:
        """Look for what lies beside an image that was fetched and is signed by nobody."""
        digest = image.reference.digest
        if digest is None:
            return ()
        asked = self._image(image.reference, digest)
        return (
            () if isinstance(asked, Lookup) else Claims(asked[0], digest, self._targets(image)).look(asked[1].document)
        )

    def described(self, image: Fetched) -> Fetched:
        """Read what each platform of an image that was fetched says of itself."""
        name, platforms = image.reference.name, tuple((child, _label(child)) for child in image.platforms)
        try:
            client = self._client(name, self._job.share())
        except Failure as failure:
            refused = self._failed(image.reference, None, failure)
            return replace(image, each=(refused,), lookups=(refused,))
        each = of_each(client, platforms, image.facts)
        # Facts do not tell with which credential they were read: this says it for all.
        asked = Lookup(WHERE, name.registry, Answer.FOUND, credentials=client.login.used)
        return replace(image, each=each, lookups=(asked, *(one for one in each if isinstance(one, Lookup))))

    def knock(self, host: str) -> str:
        """Ask a registry to let us in, with the credential for it; empty when it does, else why not."""
        try:
            # A repository that need not exist: a token is asked for one.
            self._client(ImageName(host, "assay/doctor"), self._job.share()).knock()
        except NotThere:
            return "is no registry"
        except Failure as failure:
            return str(failure)
        return ""

    def _targets(self, image: Fetched) -> dict[Digest, str]:
        """Return what is asked for of an image: itself, then its platforms as far as they are asked for."""
        chosen = {child.digest: _label(child) for child in _chosen(image.platforms, self._job.limits.platforms)}
        digest = image.reference.digest
        return chosen if digest is None else {digest: digest.short} | chosen

    def _image(
        self, reference: ImageReference, digest: Digest
    ) -> Lookup | tuple[RepositoryClient, Manifest, tuple[Descriptor, ...]]:
        """Read the image's own manifest. Until that was possible, a "not there" of this registry means nothing."""
        client: RepositoryClient | None = None
        try:
            client = self._client(reference.name, self._job.share())
            with self._lock:
                manifest = self._kept.get((reference.name, digest))
            manifest = manifest or self._keep(reference.name, client.manifest(digest))
            index = manifest.document if isinstance(manifest.document, Index) else None
            return client, manifest, platforms(index) if index else ()
        except NotThere:
            return self._failed(reference, client, Failure("not-found-or-not-allowed"))
        except DocumentError as error:
            return self._failed(reference, client, Failure(error.code))
        except Failure as failure:
            return self._failed(reference, client, failure)

    def _resolve(self, reference: ImageReference) -> Resolution:
        client: RepositoryClient | None = None
        try:
            client = self._client(reference.name, self._job.share())
            manifest = self._keep(reference.name, client.manifest(reference.tag or "latest"))
        except NotThere:
            return Resolution(None, self._failed(reference, client, Failure("not-found-or-not-allowed")))
        except Failure as failure:
            return Resolution(None, self._failed(reference, client, failure))
        used = client.login.used
        return Resolution(manifest.digest, Lookup(_WHERE, client.registry.name, Answer.FOUND, credentials=used))

    def _failed(self, reference: ImageReference, client: RepositoryClient | None, failure: Failure) -> Lookup:
        if client is None:
            return Lookup(_WHERE, reference.name.registry, Answer.FAILED, str(failure), failure.code)
        return failed(_WHERE, client, failure)

    def _client(self, name: ImageName, share: Share) -> RepositoryClient:
        registry = self._job.world.table.registry(name.registry)
        with self._lock:
            login = self._logins.get(name)
            if login is None:
                login = Login(self._job, registry, name, self._credentials.usable(name.registry, self._audience))
                self._logins[name] = login
        return RepositoryClient(self._job, registry, name, login, share)

    def _keep(self, name: ImageName, manifest: Manifest) -> Manifest:
        """Keep an image's manifest for the job, so that a tag's bytes are not asked for again by their digest."""
        with self._lock:
            self._kept[name, manifest.digest] = manifest
            while len(self._kept) > _MAX_KEPT:
                self._kept.pop(next(iter(self._kept)))
        return manifest


def _chosen(children: Sequence[Descriptor], limit: int) -> tuple[Descriptor, ...]:
    """Return the platforms to ask for: all, or where that is too many, the two that nearly every cluster runs."""
    if len(children) <= limit:
        return tuple(children)
    common = [
        child
        for child in children
        if child.platform and child.platform.os == "linux" and child.platform.architecture in _COMMON
    ]
    return tuple(common[:limit])


def _label(child: Descriptor) -> str:
    """Return a platform's name, or its digest where a stranger wrote something else into the name."""
    label = str(child.platform or "")
    return label if _LABEL.fullmatch(label) else child.digest.short
