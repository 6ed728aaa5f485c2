"""What an ImageValidatingPolicy says of images: which ones, and which attestors and attestations its code can name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.admission.base import (
    Comparator,
    Field,
    Words,
    at,
    by_change,
    entries,
    flag,
    judged,
    language_of,
    named,
    pairs,
    relation,
    table,
    undecided,
    unknown,
    unmatched,
)
from app.admission.base.languages import EVERYTHING, Language, NotUnderstood, wildcard
from app.admission.base.trust import replaced
from app.core.policy_edit import Effect, PolicyEdit

_IMAGES = Words("more images are checked", "fewer images are checked")
_DIGEST = Words("no digest is asked for", "a digest is asked for")
_SPECIAL = frozenset("[]{}\\!?")


def image_glob(text: str) -> Language:
    """Return what a glob matches in which `*` also crosses slashes; raises `NotUnderstood` for classes and braces."""
    if not _SPECIAL.isdisjoint(text):
        raise NotUnderstood("a glob with classes or alternatives")
    return wildcard(text)


def _references(field: Field) -> Iterable[PolicyEdit]:
    """Compare which images it is about; without any reference all are."""
    before, after = entries(field.before), entries(field.after)
    expressions = [[one for one in side if at(one, "glob") is None] for side in (before, after)]
    if unmatched(*expressions) or unmatched(expressions[1], expressions[0]):
        more = bool(before) and not unmatched(before, after)
        fewer = bool(after) and not unmatched(after, before)
        found = by_change(gained="" if more else None, lost="" if fewer else None)
        found = found if more is not fewer else unknown("an expression that chooses images changed")
    else:
        globs = [[glob for one in side if isinstance(glob := at(one, "glob"), str)] for side in (before, after)]
        # What an expression chooses is chosen on both sides, or the empty list would not mean everything.
        empties = [EVERYTHING if not side else language_of([], image_glob) for side in (before, after)]
        sides = [
            language_of(side, image_glob, empty) if isinstance(empty, Language) else empty
            for side, empty in zip(globs, empties, strict=True)
        ]
        found = relation(sides[0], sides[1])
    yield judged(field, found, _IMAGES, wider=Effect.STRONGER)


def _identities(field: Field) -> Iterable[PolicyEdit]:
    before, after = entries(field.before), entries(field.after)
    more, fewer = unmatched(after, before), unmatched(before, after)
    if not before or not after:
        yield field.weaker("who may sign is no longer said") if before else field.cannot_tell("who may sign is said")
        return
    found = by_change(gained="" if more else None, lost="" if fewer else None)
    yield judged(field, found, Words("more identities are accepted", "fewer are accepted"), wider=Effect.WEAKER)


_IGNORE = {
    "insecureIgnoreTlog": flag(Words("no log entry is needed", "a log entry is needed"), strict=False, default=False),
    "insecureIgnoreSCT": flag(
        Words("certificates need not be logged", "certificates must be logged"), strict=False, default=False
    ),
}
_LOG = table(
    {
        "url": replaced("the transparency log"),
        "rekorPubKey": replaced("the transparency log's key"),
        "ctLogPubKey": replaced("the certificate log's key"),
        "tsaCertChain": replaced("the time stamp authority"),
        **_IGNORE,
    }
)
_COSIGN = table(
    {
        "keyless": table({"identities": _identities, "roots": replaced("the trusted root")}),
        "key": replaced("the key"),
        "certificate": replaced("the certificate"),
        "ctlog": _LOG,
        "tuf": replaced("the trusted root"),
        "annotations": undecided("the signature needs to carry something else"),
        "source": undecided("signatures are looked for at another place: who can write there decides"),
    }
)
_ATTESTOR = table(
    {
        "name": undecided("expressions know it by another name"),
        "cosign": _COSIGN,
        "notary": replaced("the trusted certificates"),
    }
)
_ATTESTATION = table(
    {
        "name": undecided("expressions know it by another name"),
        "intoto": replaced("the type of the attestation"),
        "referrer": replaced("the type of the attestation"),
    }
)


def _nameable(of: Comparator, what: str) -> Comparator:
    """Return the comparator of what expressions can name; whether they do so is not looked at."""

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        for child in pairs(field, "name"):
            if child.changed and child.before is not None and child.after is not None:
                yield from of(child)
            elif child.changed:
                yield child.cannot_tell(
                    f"{what} that expressions can name is {'new' if child.before is None else 'gone'}"
                )

    return comparator


def _credentials(field: Field) -> Iterable[PolicyEdit]:
    insecure = field.child("allowInsecureRegistry")
    if insecure.changed:
        words = Words("registries without encryption are accepted", "registries must be encrypted")
        yield from flag(words, strict=False, default=False)(insecure)
    elif isinstance(field.before, Mapping | None) and isinstance(field.after, Mapping | None):
        yield field.neutral("only how the registry is logged in to")
    else:
        yield field.cannot_tell("it has an unexpected form")


IMAGE_FIELDS: dict[str, Comparator] = {
    "matchImageReferences": _references,
    "validationConfigurations": table(
        {
            "mutateDigest": flag(Words("tags are not resolved", "tags are resolved"), strict=True, default=True),
            "verifyDigest": flag(_DIGEST, strict=True, default=True),
            "required": flag(
                Words("images need not be verified", "images must be verified"), strict=True, default=True
            ),
        }
    ),
    "images": named(
        "name",
        undecided("images are looked for at other places"),
        words=Words("images are looked for at one more place", "images are looked for at one place fewer"),
        wider=Effect.STRONGER,
    ),
    "attestors": _nameable(_ATTESTOR, "an attestor"),
    "attestations": _nameable(_ATTESTATION, "an attestation"),
    "credentials": _credentials,
    "imageRules": undecided("an early form that later versions do not know"),
}
