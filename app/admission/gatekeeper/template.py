"""Constraint templates: the code that constraints apply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.admission.base import Data, Field, at, entries, is_list, neutral, placeholders, same, table, undecided
from app.admission.base.expressions import words_of
from app.admission.base.whole import loosens, object_of, whole
from app.admission.gatekeeper.constraint import AROUND
from app.admission.gatekeeper.rego import Code, difference
from app.core.policy_edit import PolicyEdit

_DESCRIPTIONS = frozenset({"description", "title", "example"})


def _targets(field: Field) -> Iterable[PolicyEdit]:
    """Compare the code of one target; that of several, or in another form, cannot be compared."""
    sides = [entries(side) for side in (field.before, field.after)]
    if [len(side) for side in sides] != [1, 1] or not all(isinstance(side[0], Mapping) for side in sides):
        yield field.cannot_tell("the code is for other targets, or of another form")
        return
    target = field.item(0, 0, "code")
    rego = target.child("rego")
    for name in target.names:
        child = target.child(name)
        if child.changed and name != "rego":
            yield from _OTHER_CODE.get(name, undecided("unknown field: it may have no effect"))(child)
    if rego.changed:
        yield from _rego(rego)


def _rego(field: Field) -> Iterable[PolicyEdit]:
    before, after = field.before, field.after
    if not isinstance(before, str) or not isinstance(after, str) or placeholders(before) or placeholders(after):
        yield field.cannot_tell("the code came, went, or is filled in elsewhere")
        return
    match difference(before, after):
        case "same":
            yield field.neutral("only comments, white space or messages changed")
        case "more":
            yield field.stronger("one more clause finds violations")
        case "fewer":
            yield field.weaker("a clause that finds violations is gone")
        case "narrower":
            yield field.weaker("a clause asks for more before it finds a violation")
        case _:
            yield field.cannot_tell("the code changed: what it finds is not known")


def _libs(field: Field) -> Iterable[PolicyEdit]:
    sides = [_modules(side) for side in (field.before, field.after)]
    if sides[0] is not None and sides[0] == sides[1]:
        yield field.neutral("only comments or white space changed")
    else:
        yield field.cannot_tell("the code that the rules use changed")


def _modules(data: Data) -> list[Code] | None:
    if not is_list(data) or not all(isinstance(one, str) and not placeholders(one) for one in data):
        return None
    return [Code.of(str(one)) for one in data]


def _code(field: Field) -> Iterable[PolicyEdit]:
    """Compare code by engine: CEL as words, Rego as the clauses of its module."""
    sides = [[_normal(one) for one in entries(side)] for side in (field.before, field.after)]
    if len(sides[0]) == len(sides[1]) > 0 and all(map(same, *sides)):
        yield field.neutral("only comments, white space or messages changed")
        return
    yield field.cannot_tell("the code changed: what it finds is not known")


def _normal(data: Data, key: str = "") -> Data:
    if isinstance(data, Mapping):
        return {name: _normal(value, name) for name, value in data.items() if name not in ("message", "rego")} | (
            {"rego": _clauses(at(data, "rego"))} if "rego" in data else {}
        )
    if is_list(data):
        return [_normal(one, key) for one in data]
    return words_of(data) if key == "expression" else data


def _clauses(data: Data) -> Data:
    if not isinstance(data, str):
        return data
    code = Code.of(data)
    return [[list(clause) for clause in sorted(some)] for some in (code.violations, code.others)]


_OTHER_CODE = {"libs": _libs, "code": _code}


def _schema(field: Field) -> Iterable[PolicyEdit]:
    """Compare the schema of parameters: what is no description may drop parameters, or fill them in."""
    if same(_described(field.before), _described(field.after)):
        yield field.neutral("only how parameters are described changed")
    else:
        yield field.cannot_tell("which parameters reach the code changed, or what they are when not given")


def _described(data: Data) -> Data:
    """Return a schema without what describes it; that something with properties is an object goes without saying."""
    if isinstance(data, Mapping):
        kept = {
            key: _described(one) for key, one in data.items() if key not in _DESCRIPTIONS or isinstance(one, Mapping)
        }
        if "properties" in kept and kept.get("type", "object") == "object":
            kept["type"] = "object"
        return kept
    return [_described(one) for one in data] if is_list(data) else data


_CRD = table(
    {
        "spec": table(
            {"names": undecided("constraints of another kind use it"), "validation": _schema},
        )
    }
)
compare_template = whole(
    object_of({"spec": table({"crd": _CRD, "targets": _targets})}, around=AROUND),
    new=neutral("a new template: without a constraint of its kind nothing is refused"),
    gone=loosens("the template is gone, and with it all constraints of its kind"),
)
