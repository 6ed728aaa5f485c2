"""One repository in one registry: manifests, blobs and referrers, every byte that has a digest held against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.adapters.oci_documents import ACCEPT, OCI_INDEX, DocumentError, Index, Manifest, read_document, read_referrers
from app.adapters.oci_registry.auth import Login
from app.adapters.oci_registry.failure import Failure, NotThere
from app.adapters.oci_registry.job import Job
from app.adapters.oci_registry.limits import Share
from app.adapters.oci_registry.locations import read_location
from app.adapters.oci_registry.registries import Registry
from app.adapters.oci_registry.transport import Origin, Request, Response
from app.core.oci import Descriptor, Digest, ImageName

_OK: Final = 200
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503
_SERVER: Final = range(500, 600)
# What registries answer to a route that they do not know; 404 is the specification's.
_NO_REFERRERS: Final = frozenset({400, 404, 405, 406})


@dataclass(frozen=True, slots=True)
class Fetched:
    """A manifest or index as it was sent, with the digest of its bytes."""

    digest: Digest
    size: int
    document: Manifest | Index


@dataclass(frozen=True, slots=True)
class RepositoryClient:
    """Asks one registry about one repository, within one image's share of time and bytes.

    Its methods raise `Failure`, and `NotThere` where the registry says that it has no such thing.
    """

    job: Job
    registry: Registry
    name: ImageName
    login: Login
    share: Share

    def manifest(self, reference: str | Digest) -> Fetched:
        """Fetch a manifest by tag or digest. Its digest is computed here, whatever a header says (AT-039)."""
        request = self._request("manifests", str(reference), ACCEPT, self.job.limits.manifest_bytes)
        response = self._good(self._ask("manifest", request))
        digest = Digest.of(response.body)
        if isinstance(reference, Digest) and digest != reference:
            raise Failure("digest-mismatch")
        try:
            document = read_document(response.body, response.headers.get("content-type"))
        except DocumentError as error:
            raise Failure(error.code) from error
        return Fetched(digest, len(response.body), document)

    def blob(self, descriptor: Descriptor) -> bytes:
        """Fetch a blob; its length is bounded by what its descriptor says, and by the limit."""
        if descriptor.size > self.job.limits.blob_bytes:
            raise Failure("too-large")
        request = self._request("blobs", str(descriptor.digest), "*/*", descriptor.size)
        response = self._good(self._follow(self._ask("blob", request), request))
        if Digest.of(response.body) != descriptor.digest:
            raise Failure("digest-mismatch")
        return response.body

    def referrers(self, digest: Digest) -> tuple[Descriptor, ...] | None:
        """Ask the referrers API; `None` when this registry has none, so that the fallback tag must be asked."""
        request = self._request("referrers", str(digest), OCI_INDEX, self.job.limits.manifest_bytes)
        found: list[Descriptor] = []
        for page in range(self.job.limits.referrer_pages):
            response = self._ask("referrers", request)
            if page == 0 and response.status in _NO_REFERRERS:
                self.job.manners.referrers(self.registry.name, known=False)
                return None
            found += _listed(self._good(response))
            if len(found) > self.job.limits.referrers:
                raise Failure("too-many")
            following = self._next_page(response)
            if following is None:
                self.job.manners.referrers(self.registry.name, known=True)
                return tuple(dict.fromkeys(found))
            request = replace(request, target=following)
        raise Failure("too-many")

    def prove_readable(self) -> None:
        """Ask for a tag of the repository: raises what it means when that may not be read, or is not there."""
        self._good(
            self._ask("tags", self._request("tags", "list?n=1", "application/json", self.job.limits.manifest_bytes))
        )

    def knock(self) -> None:
        """Ask for the registry's first page, logging in where that is asked for; raises what it means."""
        request = Request(self.registry.origin, "/v2/", {"Accept": "*/*"}, self.job.limits.manifest_bytes)
        self._good(self._ask("base", request))

    def _next_page(self, response: Response) -> str | None:
        link = response.headers.get("link")
        if link is None:
            return None
        target, separator, parameters = link.partition(">")
        if not target.startswith("<") or not separator or "next" not in parameters:
            raise Failure("malformed")
        location = read_location(target[1:], self.registry.origin)
        # Pages stay where they began: on the same host, in the same repository (AT-097).
        if location is None or location.origin != self.registry.origin:
            raise Failure("redirect-refused")
        if not location.target.startswith(f"/v2/{self.name.path}/referrers/") or ".." in location.target:
            raise Failure("redirect-refused")
        return location.target

    def _request(self, kind: str, reference: str, accept: str, cap: int) -> Request:
        # Both parts are held to a grammar without slash-dot, percent, query and fragment by the core's types (AT-079).
        target = f"/v2/{self.name.path}/{kind}/{reference}"
        return Request(self.registry.origin, target, {"Accept": accept}, cap)

    def _ask(self, kind: str, request: Request) -> Response:
        """Send a request, log in if that is asked for, and wait once if that is short."""
        response = self._send(kind, request)
        wait = response.retry_after
        if response.status not in {_TOO_MANY, _UNAVAILABLE} or wait is None:
            return response
        if wait > min(self.job.limits.longest_retry, self.share.deadline.left()):
            return response
        self.job.world.pause(wait)
        return self._send(kind, request)

    def _send(self, kind: str, request: Request) -> Response:
        shown = self.login.header(self.share)
        response = self.job.get(kind, _with(request, shown), self.registry, self.share)
        if response.status != _UNAUTHORIZED:
            return response
        renewed = self.login.renew(shown, response, self.share)
        return self.job.get(kind, _with(request, renewed), self.registry, self.share)

    def _follow(self, response: Response, request: Request) -> Response:
        """Follow a blob's redirects. Only the same origin is shown the login again; each hop is checked anew."""
        for _ in range(self.job.limits.blob_redirects):
            if response.status not in _REDIRECTS:
                return response
            location = read_location(response.headers.get("location", ""), request.origin)
            if location is None or _weaker(location.origin, request.origin):
                raise Failure("redirect-refused")
            request = replace(request, origin=location.origin, target=location.target)
            shown = self.login.header(self.share) if location.origin == self.registry.origin else None
            response = self.job.get("redirect", _with(request, shown), self.registry, self.share)
        return response

    def _good(self, response: Response) -> Response:
        """Return an answer that holds what was asked for; raises what any other means."""
        status = response.status
        if status == _OK:
            return response
        if status == _NOT_FOUND:
            raise NotThere
        if status in _REDIRECTS:
            raise Failure("redirect-refused")
        if status in _SERVER:
            raise Failure("server-error", retry_after=response.retry_after)
        code = {_UNAUTHORIZED: "unauthorized", _FORBIDDEN: "forbidden", _TOO_MANY: "rate-limited"}
        raise Failure(code.get(status, "unexpected-status"), retry_after=response.retry_after)


def _listed(response: Response) -> tuple[Descriptor, ...]:
    try:
        return read_referrers(response.body)
    except DocumentError as error:
        raise Failure(error.code) from error


def _with(request: Request, shown: str | None) -> Request:
    headers: Mapping[str, str] = request.headers if shown is None else {**request.headers, "Authorization": shown}
    return replace(request, headers=headers)


def _weaker(after: Origin, before: Origin) -> bool:
    return before.scheme == "https" and after.scheme != "https"
