"""Constraint templates: which edits of code can be told without running it."""

from __future__ import annotations

import pytest

from app.core.policy_edit import Effect
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, effect, with_

HEAD = "package k8sthing\n\n"
ONE = 'violation[{"msg": msg}] {\n  c := input.review.object.spec.containers[_]\n  not ok(c)\n  msg := "bad"\n}\n'
TWO = 'violation[{"msg": msg}] {\n  input.review.object.spec.hostPID\n  msg := sprintf("no %v", [input.x])\n}\n'
HELPER = 'ok(c) {\n  c.image == "a"\n}\n'
CODE = HEAD + ONE + HELPER
SCHEMA = {"properties": {"repos": {"type": "array", "items": {"type": "string"}}}}


def template(rego: str, /, **target: object) -> Object:
    return {
        "apiVersion": "templates.gatekeeper.sh/v1",
        "kind": "ConstraintTemplate",
        "metadata": {"name": "k8sthing"},
        "spec": {
            "crd": {"spec": {"names": {"kind": "K8sThing"}, "validation": {"openAPIV3Schema": SCHEMA}}},
            "targets": [{"target": "admission.k8s.gatekeeper.sh", "rego": rego, **target}],
        },
    }


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (CODE, "# a comment\n" + CODE.replace("  ", "\t") + "\n\n", NEUTRAL),
        (CODE, HEAD + HELPER + "\n" + ONE, NEUTRAL),
        (CODE, CODE.replace("bad", "very bad"), NEUTRAL),
        (HEAD + TWO, HEAD + TWO.replace("no %v", "not %v"), NEUTRAL),
        (HEAD + TWO, HEAD + TWO.replace("[input.x]", "[input.y]"), CANNOT_TELL),
        (HEAD + TWO, HEAD + TWO.replace('msg := sprintf("no %v", [input.x])', 'msg := sprintf("no", f)'), CANNOT_TELL),
        # What a message says may be looked at.
        (
            HEAD + ONE.replace('"bad"\n', '"bad"\n  msg != ""\n'),
            HEAD + ONE.replace('"bad"\n', '""\n  msg != ""\n'),
            CANNOT_TELL,
        ),
        (
            HEAD + ONE.replace('msg := "bad"', 'x; msg := "bad"'),
            HEAD + ONE.replace('msg := "bad"', 'x; msg := "a"'),
            CANNOT_TELL,
        ),
        (
            HEAD + ONE.replace('msg := "bad"', 'f(msg, "a")'),
            HEAD + ONE.replace('msg := "bad"', 'f(msg, "b")'),
            CANNOT_TELL,
        ),
        (CODE, CODE + TWO, STRONGER),
        (CODE + TWO, CODE, WEAKER),
        (CODE + TWO, HEAD + HELPER + TWO, WEAKER),
        (CODE, HEAD + TWO + HELPER, CANNOT_TELL),
        (HEAD + TWO, HEAD + TWO.replace("  msg", '  input.kind == "Pod"\n  msg'), WEAKER),
        (HEAD + TWO, HEAD + TWO.replace("}\n", "  input.b\n}\n"), WEAKER),
        (HEAD + TWO, HEAD + TWO.replace("  msg", "  not input.b\n  msg"), CANNOT_TELL),
        (HEAD + TWO.replace("  msg", "  input.b\n  msg"), HEAD + TWO, CANNOT_TELL),
        (CODE, CODE.replace('c.image == "a"', 'c.image == "b"'), CANNOT_TELL),
        (CODE, CODE.replace(HELPER, ""), CANNOT_TELL),
        (CODE, CODE + "clean {\n  count(violation) == 0\n}\n", CANNOT_TELL),
        # A space or a line that means something.
        (CODE, CODE.replace("containers[_]", "containers [_]"), CANNOT_TELL),
        (CODE, CODE.replace("c := input", "c :=\ninput"), CANNOT_TELL),
        (CODE, CODE.replace("c := input", "c:=input"), NEUTRAL),
        (CODE, "# METADATA\n# scope: document\n" + CODE, CANNOT_TELL),
        (CODE, "", CANNOT_TELL),
        (CODE, "{{ .Files.Get }}", CANNOT_TELL),
        (HEAD + "a = `x`\n", HEAD + "a = `y`\n", CANNOT_TELL),
        (HEAD + "a = 1 { x }\nelse = 2\nb = 1\n", HEAD + "a = 1 { x }\nb = 1\nelse = 2\n", CANNOT_TELL),
        ("else = 1\n", "else = 1\n\n", NEUTRAL),
        (HEAD + "}\n" + ONE, HEAD + "}\n\n" + ONE, NEUTRAL),
    ],
)
def test_code(before: str, after: str, wanted: Effect) -> None:
    assert effect(template(before), template(after)) is wanted


def test_code_that_tells_of_violations_elsewhere_cannot_be_told() -> None:
    looks = "clean {\n  count(violation) == 0\n}\n"
    assert effect(template(CODE + looks), template(CODE + TWO + looks)) is CANNOT_TELL
    assert effect(template(CODE + looks), template(CODE + "\n" + looks)) is NEUTRAL


def engines(expression: str, rego: object = CODE, message: str = "a") -> dict[str, object]:
    validation = {"expression": expression, "message": message}
    return {
        "rego": None,
        "code": [
            {"engine": "K8sNativeValidation", "source": {"validations": [validation]}},
            {"engine": "Rego", "source": {"rego": rego}},
        ],
    }


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (engines("a == b"), engines("a  ==  b // same"), NEUTRAL),
        (engines("a == b"), engines("a == c"), CANNOT_TELL),
        (engines("a == b"), engines("a == b", message="other"), NEUTRAL),
        (engines("a"), engines("a", rego=CODE + "\n"), NEUTRAL),
        (engines("a"), engines("a", rego=CODE + TWO), CANNOT_TELL),
        (engines("a"), engines("a", rego=3), CANNOT_TELL),
        (engines("a"), {"rego": None, "code": []}, CANNOT_TELL),
        ({"libs": ["package a\n"]}, {"libs": ["package a\n\n"]}, NEUTRAL),
        ({"libs": ["package a\n"]}, {"libs": ["package a\nb = 1\n"]}, CANNOT_TELL),
        ({}, {"libs": ["package a\n"]}, CANNOT_TELL),
        ({}, {"strange": 1}, CANNOT_TELL),
        ({"target": "a"}, {"target": "b"}, CANNOT_TELL),
        ({}, engines("a"), CANNOT_TELL),
    ],
)
def test_targets(before: dict[str, object], after: dict[str, object], wanted: Effect) -> None:
    assert effect(template(CODE, **before), template(CODE, **after)) is wanted


def test_several_targets_cannot_be_told() -> None:
    one = template(CODE)
    assert effect(one, with_(one, "spec.targets", [*one["spec"]["targets"]] * 2)) is CANNOT_TELL
    assert effect(one, with_(one, "spec.targets", ["a"])) is CANNOT_TELL


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({**SCHEMA, "type": "object"}, NEUTRAL),
        ({**SCHEMA, "description": "which"}, NEUTRAL),
        ({**SCHEMA, "type": "array"}, CANNOT_TELL),
        ({**SCHEMA, "default": {"repos": []}}, CANNOT_TELL),
        ({"properties": {**SCHEMA["properties"], "exemptImages": {"type": "array"}}}, CANNOT_TELL),
        ({"properties": {}}, CANNOT_TELL),
        # A parameter may be called like a description.
        ({"properties": {**SCHEMA["properties"], "title": {"type": "string"}}}, CANNOT_TELL),
        ({**SCHEMA, "oneOf": [{"title": "a"}]}, CANNOT_TELL),
    ],
)
def test_schemas(schema: object, wanted: Effect) -> None:
    one = template(CODE)
    assert effect(one, with_(one, "spec.crd.spec.validation.openAPIV3Schema", schema)) is wanted


def test_constraints_of_another_kind_cannot_be_told() -> None:
    assert effect(template(CODE), with_(template(CODE), "spec.crd.spec.names.kind", "Other")) is CANNOT_TELL


def test_a_template_that_goes_takes_its_constraints_with_it() -> None:
    assert effect(template(CODE), None) is WEAKER


def test_a_new_template_refuses_nothing_yet() -> None:
    assert effect(None, template(CODE)) is NEUTRAL
