"""PolicyException of `policies.kyverno.io`: whatever makes it cover more is weaker."""

from __future__ import annotations

from collections.abc import Iterable

from app.admission.base import (
    Field,
    PolicyObject,
    Words,
    at,
    by_change,
    entries,
    judged,
    metadata,
    neutral,
    table,
    texts,
    undecided,
    unmatched,
)
from app.admission.base.expressions import expression_list
from app.admission.base.languages import EVERYTHING, exact
from app.admission.kyverno.exception import ttl
from app.admission.kyverno.images_by_cel import image_glob
from app.core.policy_edit import Effect, PolicyEdit

_COVERS = Words("the exception covers more", "the exception covers less")


def compare_cel_exception(old: PolicyObject | None, new: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Compare two exceptions."""
    field = Field.of(old, new)
    if new is None:
        return (field.stronger("the exception is gone"),)
    if old is not None:
        return _OBJECT(field)
    expires = at(field.after, "metadata", "labels", "cleanup.kyverno.io/ttl") is not None
    return (field.weaker("a new exception" if expires else "a new exception, which does not expire"),)


def _references(field: Field) -> Iterable[PolicyEdit]:
    more = unmatched(entries(field.after), entries(field.before))
    fewer = unmatched(entries(field.before), entries(field.after))
    found = by_change(
        gained=str(at(more[0], "name")) if more else None, lost=str(at(fewer[0], "name")) if fewer else None
    )
    words = Words("more policies are excepted from", "fewer policies are excepted from")
    yield judged(field, found, words, wider=Effect.WEAKER)


_OBJECT = table(
    {
        "apiVersion": neutral("only the version of the interface changed"),
        "metadata": metadata(
            labels={"cleanup.kyverno.io/ttl": ttl}, renamed=neutral("only the exception's name changed")
        ),
        "spec": table(
            {
                "policyRefs": _references,
                "images": texts(image_glob, _COVERS, wider=Effect.WEAKER, empty=EVERYTHING),
                "allowedValues": texts(exact, _COVERS, wider=Effect.WEAKER),
                "matchConditions": expression_list("expression", "a condition of the exception", wider=Effect.STRONGER),
                "reportResult": neutral("only what reports say changed"),
                "exceptions": undecided("a field of the other kind of exception: it may have no effect"),
            }
        ),
        "status": neutral("the cluster's own bookkeeping"),
    }
)
