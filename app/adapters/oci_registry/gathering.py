"""Everything that is attached to one image, gathered in as few waits as its places allow.

1. Each target (the image, then each platform) has three places: its referrers, its `.sig` tag, its `.att` tag.
   Where the referrers API is not there, its fallback tag is a fourth.
2. A place names manifests, a manifest holds layers, a layer is fetched and becomes a `Bundle`.
3. What a step leads to is started as soon as the step is done; nothing waits for a step that it does not need.
4. Above the limits nothing is kept: half of what is attached could be the half that a stranger chose (AT-093).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from functools import partial

from app.adapters.oci_documents import (
    IN_TOTO,
    INDEX_TYPES,
    MANIFEST_TYPES,
    DocumentError,
    Layer,
    Manifest,
    is_envelope,
    is_unsigned_statement,
    signature_layers,
)
from app.adapters.oci_registry import threads
from app.adapters.oci_registry.client import RepositoryClient
from app.adapters.oci_registry.failure import Failure, NotThere
from app.core.attestation import Answer, Bundle, Form, Lookup
from app.core.oci import Descriptor, Digest


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something may be attached: `order` is where it is shown, `label` what of, `found` what kind of place."""

    order: tuple[int, int]
    found: str
    label: str
    subject: Digest

    @property
    def where(self) -> str:
        """The place in words."""
        return f"{self.found} of {self.label}"


@dataclass(slots=True)
class Answers:
    """What one place answered so far; each bundle with its position, so that order never depends on who was faster."""

    bundles: list[tuple[tuple[int, ...], Bundle]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Gathered:
    """All bundles and all answers of one image's places."""

    bundles: tuple[Bundle, ...]
    lookups: tuple[Lookup, ...]


Step = Callable[[], Iterable["Step"]]


class Gathering:
    """Gathers once."""

    def __init__(self, client: RepositoryClient) -> None:
        """Ask through `client`."""
        self._client = client
        self._answers: dict[Place, Answers] = {}
        self._claimed = 0
        self._lock = threading.Lock()

    def gather(self, targets: Iterable[tuple[Digest, str]], *besides: Step) -> Gathered:
        """Ask every place of these digests, each with its label; `besides` are steps done meanwhile, for their own."""
        first = [step for order, target in enumerate(targets) for step in self._places(order, *target)]
        first += besides
        with threads.pool(self._client.job.limits.at_a_time) as pool:
            pending: set[Future[Iterable[Step]]] = {pool.submit(step) for step in first}
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                pending |= {pool.submit(step) for future in done for step in future.result()}
        return self._result()

    def _result(self) -> Gathered:
        places = sorted(self._answers)
        lookups = tuple(lookup for place in places for lookup in self._lookups(place))
        if any(failure.code == "too-many" for place in places for failure in self._answers[place].failures):
            return Gathered((), lookups)
        found = [sorted(self._answers[place].bundles, key=lambda one: one[0]) for place in places]
        return Gathered(tuple(bundle for of_place in found for _, bundle in of_place), lookups)

    # Steps

    def _places(self, order: int, digest: Digest, label: str) -> Iterable[Step]:
        tag = f"sha256-{digest.hex}"
        kinds = ("referrers", "referrers tag", ".sig tag", ".att tag")
        referrers, fallback, sig, att = (
            Place((order, position), kind, label, digest) for position, kind in enumerate(kinds)
        )
        ask_fallback = self._step(fallback, lambda: self._fallback(fallback, tag))
        # A registry that was seen to lack the API is asked for both at once.
        both = self._client.job.manners.lacks_referrers(self._client.registry.name)
        yield self._step(referrers, lambda: self._referrers(referrers, () if both else (ask_fallback,)))
        if both:
            yield ask_fallback
        yield self._step(sig, lambda: self._manifest(sig, f"{tag}.sig", (0,)))
        yield self._step(att, lambda: self._manifest(att, f"{tag}.att", (0,)))

    def _step(self, place: Place, ask: Callable[[], Iterable[Step]]) -> Step:
        """Return a step whose failure is an answer of its place."""

        def step() -> Iterable[Step]:
            if self._claimed > self._client.job.limits.attached:
                # Nothing will be kept, so nothing more is asked.
                return ()
            answers = self._of(place)
            try:
                return ask()
            except NotThere:
                return ()
            except Failure as failure:
                answers.failures.append(failure)
                return ()

        return step

    def _referrers(self, place: Place, fallback: Iterable[Step]) -> Iterable[Step]:
        found = self._client.referrers(place.subject)
        if found is None:
            self._of(place).detail = "this registry does not list referrers"
            return fallback
        return self._each(place, found)

    def _fallback(self, place: Place, tag: str) -> Iterable[Step]:
        fetched = self._client.manifest(tag)
        if isinstance(fetched.document, Manifest):
            raise Failure("malformed")
        children = fetched.document.children
        if len(children) > self._client.job.limits.referrers:
            raise Failure("too-many")
        return self._each(place, tuple(child.descriptor for child in children))

    def _each(self, place: Place, found: Iterable[Descriptor]) -> Iterable[Step]:
        # Every listed manifest is opened: what a list says of its kind is often missing or wrong.
        return tuple(
            self._step(place, partial(self._listed, place, one, at))
            for at, one in enumerate(found)
            if one.media_type in MANIFEST_TYPES | INDEX_TYPES
        )

    def _listed(self, place: Place, descriptor: Descriptor, at: int) -> Iterable[Step]:
        try:
            return self._manifest(place, descriptor.digest, (at,))
        except NotThere:
            # It was listed, so its absence is no answer to "is there a signature".
            raise Failure("malformed") from None

    def _manifest(self, place: Place, reference: str | Digest, at: tuple[int, ...]) -> Iterable[Step]:
        document = self._client.manifest(reference).document
        if not isinstance(document, Manifest):
            return ()
        try:
            layers = signature_layers(document)
        except DocumentError as error:
            raise Failure(error.code) from error
        self._of(place).unread.extend(layers.unread)
        self._claim(len(layers.readable))
        return tuple(
            self._step(place, partial(self._layer, place, (form, layer), (*at, n)))
            for n, (form, layer) in enumerate(layers.readable)
        )

    def _layer(self, place: Place, what: tuple[Form, Layer], at: tuple[int, ...]) -> Iterable[Step]:
        form, layer = what
        try:
            content = self._client.blob(layer.descriptor)
        except NotThere:
            raise Failure("malformed") from None
        if layer.descriptor.media_type == IN_TOTO and is_unsigned_statement(content):
            self._of(place).detail = "holds statements that nobody signed"
        elif layer.descriptor.media_type == IN_TOTO and not is_envelope(content):
            self._of(place).unread.append(IN_TOTO)
        else:
            bundle = Bundle(form, content, place.subject, place.found, layer.annotations)
            self._of(place).bundles.append((at, bundle))
        return ()

    def _claim(self, count: int) -> None:
        with self._lock:
            self._claimed += count
            if self._claimed > self._client.job.limits.attached:
                raise Failure("too-many")

    def _of(self, place: Place) -> Answers:
        with self._lock:
            return self._answers.setdefault(place, Answers())

    # What is said of a place

    def _lookups(self, place: Place) -> Iterable[Lookup]:
        answers = self._answers[place]
        host, shown = self._client.registry.name, self._client.login.used
        if answers.bundles:
            detail = f"{len(answers.bundles)} found"
            yield Lookup(place.where, host, Answer.FOUND, detail, credentials=shown)
        if answers.unread:
            kinds = ", ".join(sorted(set(answers.unread))[:3])
            detail = f"{len(answers.unread)} artifacts in a form that is not read ({kinds})"
            yield Lookup(place.where, host, Answer.FOUND, detail, "unread-form", credentials=shown)
        by_code = {failure.code: failure for failure in answers.failures}
        for code in sorted(by_code):
            yield failed(place.where, self._client, by_code[code])
        if not answers.bundles and not answers.unread and not by_code:
            yield Lookup(place.where, host, Answer.NOT_THERE, answers.detail, credentials=shown)


def failed(where: str, client: RepositoryClient, failure: Failure) -> Lookup:
    """Say that a place did not answer."""
    return Lookup(
        where, client.registry.name, Answer.FAILED, str(failure), failure.code, failure.retry_after, client.login.used
    )
