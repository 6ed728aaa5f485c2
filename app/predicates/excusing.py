"""What authors of VEX say, applied to the scans of one image, and told where it changes nothing."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from app.core.attestation import TrustedStatement
from app.core.oci import Digest, Platform
from app.core.posture import Posture, UnreadablePredicate
from app.predicates.base import Author, Claim, Malformed, Product, Said, Scan, heeded, limited, meant

MAX_PRODUCTS = 500
"""Products of one document that one vulnerability is said of; more of them cost more than they can say."""


class VexReader(Protocol):
    """A module that reads documents of VEX."""

    def claims(self, predicate: object) -> tuple[Claim, ...]:
        """Return what a document says; raises `Malformed`."""
        ...

    def named(self, predicate: object) -> Mapping[str, Product]:
        """Return what a document names for other documents, by BOM-Link; raises `Malformed`."""
        ...


@dataclass(frozen=True, slots=True)
class Images:
    """The digest of the image, and what each of its platform manifests runs on."""

    image: Digest | None
    platforms: Mapping[Digest, Platform | None]

    def scanned(self, scan: Scan, subject: Digest) -> frozenset[Digest]:
        """Return what a scan speaks of: its subject, the whole image, and the manifest of the platform it names."""
        platform = scan.basis.platform
        same = (digest for digest, known in self.platforms.items() if known is not None and known == platform)
        whole = () if self.image is None else (self.image,)
        return frozenset({subject, *whole, *same})


@dataclass(slots=True)
class Excuses:
    """The claims that count, which of them met a finding, and the documents that could not be read."""

    said: tuple[Said, ...]
    images: Images
    unreadable: tuple[UnreadablePredicate, ...]
    types: frozenset[str] = frozenset()
    met: set[int] = dataclasses.field(default_factory=set)

    @classmethod
    def of(
        cls,
        statements: Iterable[TrustedStatement],
        readers: Mapping[str, VexReader],
        images: Images,
    ) -> Excuses:
        """Read documents of trusted authors; one that cannot be read says nothing, and is told."""
        said: list[Said] = []
        unreadable: list[UnreadablePredicate] = []
        known = tuple(statements)
        names = _Names(known, readers)
        for statement in known:
            kind = statement.statement.predicate_type
            try:
                found = _bounded(names.resolve(readers[kind].claims(statement.statement.predicate)))
            except Malformed as error:
                unreadable.append(UnreadablePredicate(kind, error.path, error.reason))
                continue
            said += [Said(claim, Author.of(statement)) for claim in found]
        types = frozenset(one.statement.predicate_type for one in known)
        return cls(tuple(said), images, tuple(unreadable), types)

    def heed(self, scan: Scan, statement: TrustedStatement) -> Scan:
        """Return the scan with what was said of its findings."""
        if not self.said:
            return scan
        images = self.images.scanned(scan, statement.subject)
        by_name: dict[str, list[Said]] = {}
        for said in self.said:
            for name in said.claim.names:
                by_name.setdefault(name, []).append(said)
        found = []
        for one in scan.found:
            about = meant(one, by_name.get(one.id, ()), images)
            # By identity: two equal statements of one author are two, and hashing each again would be slow.
            self.met.update(map(id, about))
            found.append(heeded(one, about))
        return dataclasses.replace(scan, found=tuple(found))

    def noted(self, posture: Posture) -> Posture:
        """Return the posture with what could not be read, and how many claims of whom changed nothing."""
        authors = sorted({said.author.label for said in self.said})
        notes = [note for author in authors if (note := self._idle(author))]
        unreadable = sorted(
            {*posture.unreadable, *self.unreadable}, key=lambda one: (one.predicate_type, one.path, one.reason)
        )
        return dataclasses.replace(
            posture,
            unreadable=tuple(unreadable),
            notes=tuple(sorted({*posture.notes, *notes})),
            types=posture.types | self.types,
        )

    def _idle(self, author: str) -> str:
        own = [said for said in self.said if said.author.label == author]
        idle = [said for said in own if id(said) not in self.met]
        names = f"VEX by {author}: {len(idle)} of {len(own)} statements"
        counts = Counter(said.claim.doubt for said in idle if said.claim.doubt)
        doubts = "".join(f"; {counts[doubt]} {doubt}" for doubt in sorted(counts))
        return f"{names} meet no finding of a scan of this image, and change nothing{doubts}" if idle else ""


@dataclass(slots=True)
class _Names:
    """What documents of trusted authors about this image name, read when something refers to it.

    Whoever names a component decides what a reference to it means, so that nobody else's documents are looked at.
    """

    statements: tuple[TrustedStatement, ...]
    readers: Mapping[str, VexReader]
    found: Mapping[str, Product | None] | None = None

    def resolve(self, claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
        return tuple(self._resolved(claim) if claim.links else claim for claim in claims)

    def _resolved(self, claim: Claim) -> Claim:
        if self.found is None:
            self.found = self._read()
        known = [(self.found.get(link.name), link.versions) for link in claim.links]
        products = [limited(product, versions) for product, versions in known if product is not None]
        doubt = claim.doubt
        if len(products) < len(claim.links):
            doubt = doubt or "name what no document of the authors about this image names"
        about = (*claim.products, *(one for one in products if one is not None))
        return dataclasses.replace(claim, products=about, doubt=doubt)

    def _read(self) -> Mapping[str, Product | None]:
        found: dict[str, Product | None] = {}
        for statement in self.statements:
            try:
                own = self.readers[statement.statement.predicate_type].named(statement.statement.predicate)
            except Malformed:
                continue  # told where it is read as a claim
            for name, product in own.items():
                # What two documents of one serial number and version name differently is not sure.
                found[name] = product if found.get(name, product) == product else None
        return found


def _bounded(claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """Return the claims; refuse a document whose matching would take too long (a trusted author may be broken)."""
    counts: Counter[str] = Counter()
    for claim in claims:
        for name in claim.names:
            counts[name] += max(1, len(claim.products))
    if counts and max(counts.values()) > MAX_PRODUCTS:
        raise Malformed("predicate", f"says of more than {MAX_PRODUCTS} products what one vulnerability does to them")
    return claims
