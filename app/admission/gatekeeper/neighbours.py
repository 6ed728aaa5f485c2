"""What stands around constraints: the configuration, data that is synchronised, expansion, and mutation."""

from __future__ import annotations

from collections.abc import Iterable

from app.admission.base import (
    Comparator,
    Data,
    Field,
    Relation,
    Words,
    at,
    entries,
    is_list,
    judged,
    neutral,
    opaque_list,
    table,
    texts_of,
    texts_relation,
    together,
    undecided,
)
from app.admission.base.languages import starred
from app.admission.base.whole import loosens, object_of, tightens, whole
from app.core.policy_edit import Effect, PolicyEdit

_PROCESSES = ("audit", "webhook", "sync", "mutation-webhook")
_MATCH_KEYS = frozenset({"excludedNamespaces", "processes"})


def _exclusions(field: Field) -> Iterable[PolicyEdit]:
    """Compare which namespaces each process leaves out."""
    words = Words("more namespaces are left out", "fewer namespaces are left out")
    sides = [_by_process(side) for side in (field.before, field.after)]
    if sides[0] is None or sides[1] is None:
        yield field.cannot_tell("exclusions that are not understood")
        return
    found: list[Relation] = [texts_relation(sides[0][name], sides[1][name], starred) for name in _PROCESSES]
    yield judged(field, together(found), words, wider=Effect.WEAKER)


def _by_process(data: Data) -> dict[str, list[Data]] | None:
    found: dict[str, list[Data]] = {name: [] for name in _PROCESSES}
    if data is not None and not is_list(data):
        return None
    for one in entries(data):
        namespaces, processes = texts_of(at(one, "excludedNamespaces")), texts_of(at(one, "processes"))
        if namespaces is None or not processes or not _MATCH_KEYS.issuperset(one if isinstance(one, dict) else ("?",)):
            return None
        if not {*_PROCESSES, "*"}.issuperset(processes):
            return None
        for name in _PROCESSES if "*" in processes else processes:
            found[name].extend(namespaces)
    return found


def _synchronised(field: Field) -> Iterable[PolicyEdit]:
    """Compare the objects that rules can look up: with fewer of them a rule may find nothing."""
    list_words = Words("more objects can be looked up", "fewer objects can be looked up")
    for edit in opaque_list(list_words, wider=Effect.STRONGER, what="what can be looked up")(field):
        if edit.effect is Effect.STRONGER:
            yield field.neutral("more objects can be looked up")
        elif edit.effect is Effect.WEAKER:
            yield field.cannot_tell("rules that look up other objects may find nothing")
        else:
            yield edit


_CONFIG = table(
    {
        "match": _exclusions,
        "sync": table({"syncOnly": _synchronised}),
        "validation": neutral("only what is written down changed"),
        "readiness": neutral("nothing that is admitted depends on it"),
    }
)
_WHOLE_CONFIG = object_of({"spec": _CONFIG})


def _spec_only(field: Field) -> Iterable[PolicyEdit]:
    """Judge a configuration that is new or gone by what it says; the name and kind alone say nothing."""
    return list(_CONFIG(field.child("spec"))) or [field.neutral("it says nothing")]


compare_config = whole(_WHOLE_CONFIG, new=_spec_only, gone=_spec_only)


def _sync_spec(field: Field) -> Iterable[PolicyEdit]:
    return _synchronised(field.child("spec", "gvks"))


compare_sync = whole(object_of({"spec": table({"gvks": _synchronised})}), new=_sync_spec, gone=_sync_spec)

_RANKS = {"deny": 3, "warn": 2, "dryrun": 1}


def _expanded_action(field: Field) -> Iterable[PolicyEdit]:
    """Compare the action for what is made of an object; without one, constraints keep their own."""
    before, after = (_RANKS.get(str(side), 0) if side else None for side in (field.before, field.after))
    deny, dryrun = _RANKS["deny"], _RANKS["dryrun"]
    if 0 in (before, after):
        yield field.cannot_tell("an action that is not known")
    elif before == after:
        yield field.neutral("it means the same")
    elif before is None:
        yield field.stronger("violations will be refused") if after == deny else field.weaker(_LESS)
    elif after is None:
        said = "constraints act as they say"
        yield field.stronger(said) if before == dryrun else field.cannot_tell(f"{said}, which may be less")
    else:
        yield field.stronger("violations are treated more strictly") if after > before else field.weaker(_LESS)


_LESS = "violations of what is made of an object will not be refused"
compare_expansion = whole(
    object_of(
        {
            "spec": table(
                {
                    "enforcementAction": _expanded_action,
                    **dict.fromkeys(
                        ("applyTo", "templateSource", "generatedGVK"), undecided("other objects are checked early")
                    ),
                }
            )
        }
    ),
    new=tightens("what is made of an object is checked with it"),
    gone=loosens("what is made of an object is no longer checked with it"),
)

_CHANGES: Comparator = undecided("it changes objects, which security may depend on")
compare_mutation = whole(object_of({"spec": _CHANGES}), new=_CHANGES, gone=_CHANGES)
