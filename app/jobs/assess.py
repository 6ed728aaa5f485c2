"""Changes and a policy → assessed changes: the middle of every job."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace

from app.core.assessment import AssessedChange, AssessedImage
from app.core.attestation import Evidence
from app.core.exploited import ExploitLists
from app.core.inventory import ImageChange
from app.core.oci import ANONYMOUS, Audience, ImageReference
from app.core.posture import Posture, diff
from app.core.versions import Order
from app.jobs.evidence import Gatherer
from app.jobs.ports import Registries, Verifier
from app.jobs.search import Beyond, Search
from app.policy import Policy

MOST_COMPARED = 200
"""Of how many pairs of source commits the order is asked for: more than a pull request is likely to fill by padding."""

PARALLEL = 4
"""Images whose evidence is gathered at the same time within one job; a registry host has its own, lower limit."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """For whom the registries are asked: `audience` for images that the base names, nobody for a fork's own."""

    audience: Audience
    from_fork: bool = False

    def of(self, change: ImageChange) -> Audience:
        """Return the audience for the new side of a change.

        An image that only a fork names is asked for anonymously: a stranger must not make us spend a credential.
        """
        named_by_base = change.old_reference is not None and change.name_before is None
        return ANONYMOUS if self.from_fork and not named_by_base else self.audience


@dataclass(frozen=True, slots=True)
class Assessor:
    """Gathers evidence for both sides of every change and reads posture from what the policy trusts.

    Without `beyond` only an image's own repository is asked. `lists` gives the operator's, of what is exploited, as
    they are now.
    """

    registries: Registries
    verifier: Verifier
    beyond: Beyond | None = None
    lists: Callable[[], ExploitLists] = ExploitLists

    def assess(self, changes: Sequence[ImageChange], policy: Policy, viewer: Viewer) -> tuple[AssessedChange, ...]:
        """Assess every change; each image at each audience is gathered once."""
        wanted = {side for change in changes for side in _sides(change, viewer)}
        tagged = {side for change in changes for side in _tagged(change, viewer)}
        evidence = self._gather(wanted, tagged, policy)
        lists = self.lists()

        def read(side: _Wanted) -> AssessedImage:
            return _image(policy, evidence[side], lists)

        assessed = [_assessed(change, read, viewer) for change in changes]
        return self._with_history(assessed, viewer)

    def _with_history(self, assessed: Iterable[AssessedChange], viewer: Viewer) -> tuple[AssessedChange, ...]:
        """Say of each change how its source commits stand to each other, as far as provenance names both."""
        history = None if self.beyond is None else self.beyond.history
        found: list[AssessedChange] = []
        orders: dict[tuple[_Moved, Audience], Order | None] = {}
        for change in assessed:
            moved = None if history is None else _source_moved(change)
            if history is None or moved is None:
                found.append(change)
                continue
            pair = (moved, viewer.of(change.change))
            if pair not in orders and len(orders) < MOST_COMPARED:
                orders[pair] = history.order(*moved, pair[1])
            found.append(replace(change, source=orders.get(pair)))
        return tuple(found)

    def _gather(
        self, wanted: Iterable[_Wanted], tagged: Container[_Wanted], policy: Policy
    ) -> Mapping[_Wanted, Evidence]:
        ordered = sorted(set(wanted), key=lambda one: (str(one[0]), one[1] is ANONYMOUS))
        views = {audience: self.registries.open(audience) for _, audience in ordered}

        def counts(evidence: Evidence) -> bool:
            return policy.reads(evidence)

        gatherers = {audience: Gatherer(view, self.verifier, policy.keys, counts) for audience, view in views.items()}
        looks = {audience: self._look(gatherer, policy, audience) for audience, gatherer in gatherers.items()}

        def look(one: _Wanted) -> Evidence:
            reference, audience = one
            evidence = looks[audience](reference)
            # After the image: what a tag names stands for nothing that its digest does not give (AT-038).
            now = views[audience].resolve(replace(reference, digest=None)) if one in tagged else None
            return replace(evidence, tag_now=now)

        with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
            # Each thread logs in the scope of the job that started it.
            scopes = [copy_context() for _ in ordered]
            found = pool.map(lambda scope, one: scope.run(look, one), scopes, ordered)
            return dict(zip(ordered, found, strict=True))

    def _look(self, gatherer: Gatherer, policy: Policy, audience: Audience) -> Callable[[ImageReference], Evidence]:
        return gatherer.gather if self.beyond is None else Search(gatherer, policy, self.beyond, audience).gather


_Wanted = tuple[ImageReference, Audience]
_Moved = tuple[str, tuple[str, str]]


def _sides(change: ImageChange, viewer: Viewer) -> tuple[_Wanted, ...]:
    old = () if change.old_reference is None else ((change.old_reference, viewer.audience),)
    new = () if change.new_reference is None else ((change.new_reference, viewer.of(change)),)
    return old + new


def _tagged(change: ImageChange, viewer: Viewer) -> tuple[_Wanted, ...]:
    """Return the new side when it names both a tag and a digest, which may have come to disagree."""
    new = change.new_reference
    return () if new is None or new.tag is None or new.digest is None else ((new, viewer.of(change)),)


def _assessed(change: ImageChange, read: Callable[[_Wanted], AssessedImage], viewer: Viewer) -> AssessedChange:
    def side(reference: ImageReference | None, audience: Audience) -> AssessedImage | None:
        return None if reference is None else read((reference, audience))

    before = side(change.old_reference, viewer.audience)
    after = side(change.new_reference, viewer.of(change))
    nothing = Posture()
    measures = diff(before.posture if before else nothing, after.posture if after else nothing)
    return AssessedChange(change, before, after, measures)


def _source_moved(change: AssessedChange) -> _Moved | None:
    """Return the repository and both commits, where trusted provenance of both sides names the same repository."""
    sides = [_source(side.posture) for side in (change.before, change.after) if side is not None]
    known = [one for one in sides if one is not None]
    if len(known) < len(("before", "after")) or known[0][0] != known[1][0] or known[0] == known[1]:
        return None
    return known[0][0], (known[0][1], known[1][1])


def _source(posture: Posture) -> tuple[str, str] | None:
    found = [posture.measures.get(key) for key in ("provenance.source", "provenance.commit")]
    repository, commit = (one.value if one is not None and isinstance(one.value, str) else "" for one in found)
    return (repository, commit) if repository and commit else None


def _image(policy: Policy, evidence: Evidence, lists: ExploitLists) -> AssessedImage:
    trusted = policy.trust(evidence)
    signature, attestations = policy.conclude(evidence)
    posture, views = policy.postures(evidence, evidence.runnable, lists)
    return AssessedImage(evidence, trusted, posture, signature, attestations, views)
