"""`verifyImages`: which images need signatures and attestations, and whose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.admission.base import (
    Comparator,
    Data,
    Field,
    Words,
    entries,
    flag,
    judged,
    named,
    neutral,
    pairs,
    table,
    texts,
    undecided,
)
from app.admission.base.languages import wildcard
from app.admission.base.trust import replaced
from app.admission.kyverno.attestors import attestors, marks
from app.admission.kyverno.conditions import conditions_relation
from app.core.policy_edit import Effect, PolicyEdit

_IMAGES = Words("more images are checked", "fewer images are checked")
_OLD = frozenset({"image", "key", "roots", "subject", "issuer", "additionalExtensions", "annotations"})
_DIGEST = Words("no digest is asked for", "a digest is asked for")


def verify_images(field: Field) -> Iterable[PolicyEdit]:
    """Compare the entries of `verifyImages`, each of which must be met by the images that it is about."""
    sides = [_modern(side) for side in (field.before, field.after)]
    if sides[0] is None or sides[1] is None:
        yield field.cannot_tell("a check in its old form cannot be compared")
        return
    field = field.with_values(sides[0], sides[1])
    found = pairs(field, "name")
    for one in found:
        if one.before is None:
            yield one.stronger("one more check of images")
        elif one.after is None:
            yield one.weaker("one check of images fewer")
        elif one.changed:
            yield from _ENTRY(one)
    if not any(one.changed for one in found):
        yield field.neutral("only the form of the check changed")


def _modern(data: Data) -> list[Data] | None:
    """Return the entries in the form that came later; `None` when one cannot be put so."""
    found: list[Data] = []
    for one in entries(data):
        if not isinstance(one, Mapping):
            return None
        if not _OLD.intersection(one) - {"annotations"}:
            found.append(one)
            continue
        if one.get("attestors") is not None or (
            one.get("attestations") is not None and len(_OLD.intersection(one)) > 1
        ):
            return None
        found.append(_converted(one))
    return found


def _converted(one: Mapping[str, Data]) -> Data:
    modern = {key: value for key, value in one.items() if key not in _OLD}
    if one.get("image") is not None:
        modern["imageReferences"] = [one["image"], *entries(one.get("imageReferences"))]
    entry: dict[str, Data] = {}
    if one.get("key") is not None:
        entry["keys"] = {"publicKeys": one["key"]}
    keyless = {
        key: one[key] for key in ("subject", "issuer", "roots", "additionalExtensions") if one.get(key) is not None
    }
    if keyless:
        entry["keyless"] = keyless
    if one.get("annotations") is not None:
        entry["annotations"] = one["annotations"]
    return {**modern, "attestors": [{"entries": [entry]}]} if entry else modern


def _conditions(field: Field) -> Iterable[PolicyEdit]:
    words = Words("more attestations satisfy the conditions", "fewer attestations satisfy the conditions")
    yield judged(field, conditions_relation(field.before, field.after), words, wider=Effect.WEAKER)


def _attestation_attestors(field: Field) -> Iterable[PolicyEdit]:
    if field.after is None:
        yield field.weaker("anybody's attestation counts")
    elif field.before is None:
        yield field.stronger("the attestation must be somebody's")
    else:
        yield from attestors(field)


def _all_attestors(field: Field) -> Iterable[PolicyEdit]:
    if field.after is None:
        yield field.weaker("no signature is needed")
    elif field.before is None:
        yield field.stronger("a signature is needed")
    else:
        yield from attestors(field)


_TYPE = replaced("the type of the attestation")
_ATTESTATION = table(
    {
        "name": undecided("conditions know it by another name"),
        "type": _TYPE,
        "predicateType": _TYPE,
        "attestors": _attestation_attestors,
        "conditions": _conditions,
    }
)
_DENIES = table({"deny": undecided("a condition over attestations changed"), "message": neutral("only the message")})
_REGISTRY = table(
    {
        "allowInsecureRegistry": flag(
            Words("registries without encryption are accepted", "registries must be encrypted"),
            strict=False,
            default=False,
        ),
        "helpers": neutral("only how the registry is logged in to"),
        "secrets": neutral("only how the registry is logged in to"),
        "providers": neutral("only how the registry is logged in to"),
    }
)

_ENTRY: Comparator = table(
    {
        "name": neutral("only the name of the check changed"),
        "imageReferences": texts(wildcard, _IMAGES, wider=Effect.STRONGER),
        "skipImageReferences": texts(
            wildcard, Words("more images are passed over", "fewer images are passed over"), wider=Effect.WEAKER
        ),
        "type": undecided("another kind of signature is looked for"),
        "attestors": _all_attestors,
        "attestations": named(
            "type",
            _ATTESTATION,
            words=Words("one more attestation is needed", "one attestation fewer is needed"),
            wider=Effect.STRONGER,
        ),
        "annotations": marks("the signature needs to carry less", "the signature needs to carry more"),
        "repository": undecided("signatures are looked for at another place: who can write there decides"),
        "required": flag(Words("images need not be verified", "images must be verified"), strict=True, default=True),
        "verifyDigest": flag(_DIGEST, strict=True, default=True),
        "mutateDigest": flag(Words("tags are not resolved", "tags are resolved"), strict=True, default=True),
        "validate": _DENIES,
        "useCache": neutral("only whether answers are remembered"),
        "imageRegistryCredentials": _REGISTRY,
        "cosignOCI11": undecided("signatures are looked for in another way"),
    }
)
