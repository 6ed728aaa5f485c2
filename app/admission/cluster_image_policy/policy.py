"""`ClusterImagePolicy` of the policy controller: any of its authorities suffices, and every policy must be passed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.admission.base import (
    Comparator,
    Data,
    Field,
    Words,
    at,
    entries,
    is_list,
    judged,
    ordered,
    pairs,
    placeholders,
    table,
    texts_relation,
    unknown,
    unmatched,
)
from app.admission.base.languages import image_glob
from app.admission.base.relation import Order, by_change
from app.admission.base.whole import loosens, object_of, whole
from app.admission.cluster_image_policy.authority import authority, passes_always
from app.core.policy_edit import Effect, PolicyEdit

_MORE = "more images must pass it; where images without a policy are refused, it also lets some in"
_FEWER = "fewer images must pass it"


def _images(spec: Field) -> Iterable[PolicyEdit]:
    """Compare which images are covered; each is refused, by default, where no policy covers it."""
    field = spec.child("images")
    if not field.changed:
        return
    sides = [_globs(side) for side in (field.before, field.after)]
    if sides[0] is None or sides[1] is None:
        yield field.cannot_tell("images that are not understood")
        return
    found = texts_relation(sides[0], sides[1], image_glob)
    if found.order is Order.WIDER:
        opens = any(passes_always(side) for side in entries(at(spec.after, "authorities")))
        yield field.weaker("more images pass without a signature", found.gained) if opens else field.cannot_tell(_MORE)
    else:
        yield judged(field, found, Words(_MORE, _FEWER), wider=Effect.STRONGER)


def _globs(data: Data) -> list[Data] | None:
    if data is not None and not is_list(data):
        return None
    known = all(isinstance(one, Mapping) and one.keys() == {"glob"} for one in entries(data))
    return [_full(at(one, "glob")) for one in entries(data)] if known else None


def _full(glob: Data) -> Data:
    """Return a glob as the controller takes it: stars alone stand for images of Docker Hub."""
    return (
        {"*": "index.docker.io/library/*", "*/*": "index.docker.io/*/*"}.get(glob, glob)
        if isinstance(glob, str)
        else glob
    )


_AUTHORITIES = Words("one more authority suffices", "an authority no longer suffices")


def _authorities(field: Field) -> Iterable[PolicyEdit]:
    """Compare authorities: any of them suffices, so that one more is weaker."""
    if not all(side is None or is_list(side) for side in (field.before, field.after)):
        yield field.cannot_tell("it is no list")
        return
    found = [child for child in pairs(field, "name") if child.changed]
    for child in found:
        if child.before is not None and child.after is not None:
            yield from authority(child)
        elif child.before is None:
            pass_all = passes_always(child.after)
            yield child.weaker("images pass without a signature" if pass_all else _AUTHORITIES.wider)
        elif entries(field.after):
            yield child.stronger(_AUTHORITIES.narrower)
        else:
            yield child.cannot_tell("no authority is left: the controller's settings decide")
    if not found:
        yield field.neutral("only their order changed")


def _match(field: Field) -> Iterable[PolicyEdit]:
    """Compare which objects are looked at: any entry suffices, and without one all that the controller knows."""
    if not all(side is None or is_list(side) for side in (field.before, field.after)):
        yield field.cannot_tell("it is no list")
        return
    before, after = entries(field.before), entries(field.after)
    more, fewer = unmatched(after, before), unmatched(before, after)
    words = Words("more objects are looked at", "fewer objects are looked at")
    if placeholders(field.before) or placeholders(field.after) or (more and fewer):
        found = unknown("it was edited: whether fewer objects are looked at is not known")
    elif not before or not after:
        found = by_change(gained="" if before else None, lost="" if after else None)
    else:
        found = by_change(gained="" if more else None, lost="" if fewer else None)
    yield judged(field, found, words, wider=Effect.STRONGER)


def _policy(field: Field) -> Iterable[PolicyEdit]:
    """Compare the code that looks at what the authorities found."""
    if field.before is None:
        yield field.stronger("what was found must satisfy a policy as well")
    elif field.after is None:
        yield field.weaker("what was found need not satisfy a policy any more")
    else:
        yield field.cannot_tell("the policy of what was found was edited")


_MODE = ordered(
    {"enforce": 1, "warn": 0},
    Words("violations are warned about, not refused", "violations are refused"),
    default="enforce",
)
_FIELDS: dict[str, Comparator] = {"mode": _MODE, "authorities": _authorities, "match": _match, "policy": _policy}
_REST = table(_FIELDS)


def _spec(field: Field) -> Iterable[PolicyEdit]:
    yield from _images(field)
    rest = field.with_values(*(_without_images(side) for side in (field.before, field.after)))
    if rest.changed:
        yield from _REST(rest)


def _without_images(data: Data) -> Data:
    return {name: value for name, value in data.items() if name != "images"} if isinstance(data, Mapping) else data


def _new(field: Field) -> Iterable[PolicyEdit]:
    if any(passes_always(one) for one in entries(at(field.after, "spec", "authorities"))):
        yield field.weaker("a new policy lets images pass without a signature")
    else:
        yield field.cannot_tell(f"a new policy: {_MORE}")


compare_policy = whole(
    object_of({"spec": _spec}),
    new=_new,
    gone=loosens("the policy is gone: its images pass, or are refused where no policy covers them"),
)
