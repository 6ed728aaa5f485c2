"""VEX: what an author says of vulnerabilities in an image, matched carefully and applied so that everybody sees it.

A claim counts only for what it names: a vulnerability by its identifier or alias, in an image by digest, in a package
by package URL. What is not surely meant is not matched, and what is not matched changes nothing. Of one author the
latest claim stands; of several that disagree the one that leaves the finding in the counts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.core.attestation import SignedStatement
from app.core.oci import Digest
from app.core.posture import VexClaim, Vulnerability
from app.predicates.base.purl import IMAGES, PackageUrl, digest_of
from app.predicates.base.reading import Place
from app.predicates.base.versions import Versions

NOT_AFFECTED: Final = "not_affected"
AFFECTED: Final = "affected"
FIXED: Final = "fixed"
UNDER_INVESTIGATION: Final = "under_investigation"
STATUSES: Final = (NOT_AFFECTED, AFFECTED, FIXED, UNDER_INVESTIGATION)


@dataclass(frozen=True, slots=True)
class Product:
    """What a claim is about: an image by digest (`None`: this one), and packages in it (none: the whole image).

    With `versions` only these of the packages.
    """

    image: Digest | None
    packages: tuple[PackageUrl, ...] = ()
    versions: Versions | None = None

    def covers(self, found: PackageUrl | None, images: AbstractSet[Digest]) -> bool:
        """Say whether a finding in this package is meant, in a scan of these images; `None`: in which is not known."""
        if self.image is not None and self.image not in images:
            return False
        if not self.packages:
            return self.image is not None
        if found is None or not any(package.covers(found) for package in self.packages):
            return False
        return self.versions is None or self.versions.hold(found.version, found.kind)


@dataclass(frozen=True, slots=True)
class BomLink:
    """What a claim is about by the name that a CycloneDX document gave it: `urn:cdx:SERIAL/VERSION#REFERENCE`.

    With `versions` only these of it.
    """

    name: str
    versions: Versions | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of a VEX document; `at` is when its author says to have made it, `None` when not told.

    `links` are what it is about besides `products`, in other documents. `doubt` says in one clause what of it names
    nothing sure; empty for nothing.
    """

    names: frozenset[str]
    products: tuple[Product, ...]
    status: str
    justification: str
    at: datetime | None = None
    links: tuple[BomLink, ...] = ()
    doubt: str = ""

    @property
    def excuses(self) -> bool:
        """Whether it takes findings out of the counts: `not_affected` needs a reason, as OpenVEX demands."""
        return self.status == FIXED or (self.status == NOT_AFFECTED and bool(self.justification))


@dataclass(frozen=True, slots=True)
class Author:
    """Who signed a statement, and its verified time; `label` is for people, `key` tells signers apart."""

    key: str
    label: str
    at: datetime | None

    @classmethod
    def of(cls, statement: SignedStatement) -> Author:
        """Take them from a statement."""
        signer = statement.signer
        return cls(f"{signer.issuer} {signer.identity} {signer.key}", signer.label, statement.verified_at)


@dataclass(frozen=True, slots=True)
class Said:
    """A claim by an author."""

    claim: Claim
    author: Author


def _standing(said: Iterable[Said]) -> list[Said]:
    """Return what no later word of the same author replaced; where times do not tell, all of it stands."""
    by_author: dict[str, list[Said]] = {}
    for one in said:
        by_author.setdefault(one.author.key, []).append(one)
    found: list[Said] = []
    for own in by_author.values():
        verified = max((one.author.at for one in own if one.author.at is not None), default=None)
        newest = [one for one in own if one.author.at in (None, verified)]
        for at in {None, verified}:
            document = [one for one in newest if one.author.at == at]
            stated = max((one.claim.at for one in document if one.claim.at is not None), default=None)
            found += [one for one in document if one.claim.at in (None, stated)]
    return found


def meant(one: Vulnerability, said: Iterable[Said], images: AbstractSet[Digest]) -> list[Said]:
    """Return what of this is about the finding, in a scan that speaks of these images."""
    found = PackageUrl.parse(one.purl)
    return [
        claim
        for claim in said
        if one.id in claim.claim.names and any(product.covers(found, images) for product in claim.claim.products)
    ]


def heeded(one: Vulnerability, meant: Iterable[Said]) -> Vulnerability:
    """Return the finding with what authors say of it, all of whom mean it."""
    standing = _standing(meant)
    if not standing:
        return one
    vex = sorted({VexClaim(each.claim.status, each.author.label, each.claim.justification) for each in standing})
    return dataclasses.replace(one, vex=tuple(vex), excused=all(each.claim.excuses for each in standing))


def product(identifiers: Iterable[str], hashes: Iterable[str], parts: Iterable[str] | None) -> Product | None:
    """Make a product of the texts that name it, its SHA-256 hashes and its parts; `None` when it names nothing sure.

    `parts` `None` means that it has none: the whole of it is meant. Texts that contradict each other name nothing.
    """
    texts = tuple(identifiers)
    known = [named for named in map(_named, texts) if named is not None]
    digests = {one for one in known if isinstance(one, Digest)}
    digests |= {digest for text in hashes if (digest := digest_of(f"sha256:{text.lower()}")) is not None}
    packages = tuple(one for one in known if isinstance(one, PackageUrl))
    if len(digests) > 1 or (packages and (digests or any(map(_unsure, texts)))):
        return None
    if not digests:
        # The parts of a package inside of an image cannot be told apart from other packages.
        return Product(None, packages) if packages and parts is None else None
    inside = () if parts is None else tuple(one for text in parts if (one := PackageUrl.parse(text)) is not None)
    return None if parts is not None and not inside else Product(digests.pop(), inside)


def limited(found: Product | None, versions: Versions | None) -> Product | None:
    """Limit a product to versions; an image as a whole has none that could be told apart."""
    if found is None or versions is None:
        return found
    if not found.packages:
        return found if versions.doubtful else None
    return dataclasses.replace(found, versions=versions)


def _unsure(text: str) -> bool:
    """Say whether a text names an image, but not by digest."""
    url = PackageUrl.parse(text)
    return url is not None and url.kind in IMAGES and url.image is None


def _named(text: str) -> Digest | PackageUrl | None:
    url = PackageUrl.parse(text)
    if url is None:
        return digest_of(text.rpartition("@")[2])
    return url if url.kind not in IMAGES else url.image


def status_of(place: Place) -> str:
    """Read a status word."""
    if place.text() not in STATUSES:
        raise place.refuse("is not a VEX status")
    return place.text()
