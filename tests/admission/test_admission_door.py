"""The door: which files are read, how objects are found again, and what cannot be read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import admission
from app.admission import comparing
from app.admission.comparing import sides
from app.core.policy_edit import Effect, PolicyEdit, combined
from app.core.tree import File
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, edits, effect, file, told, with_
from tests.admission.test_kyverno_exceptions import EXCEPTION
from tests.admission.test_kyverno_policies import POLICY

AUDITED = with_(POLICY, "spec.validationFailureAction", "Audit")
OTHER = with_(with_(POLICY, "metadata.name", "other"), "spec.rules.0.name", "else")
POD: Object = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}


def compared(before: list[File], after: list[File]) -> list[tuple[str, Effect]]:
    return [(edit.path, edit.effect) for edit in admission.compare(before, after)]


@pytest.mark.parametrize(
    ("path", "read"),
    [
        *(("a/b.yaml", True), ("a.YML", True), ("a.json", True), ("templates/a.tpl", True), ("x/Kustomization", True)),
        *(("README.md", False), ("yaml", False)),
    ],
)
def test_files_are_read_by_their_name(path: str, read: bool) -> None:  # noqa: FBT001 - a table
    assert admission.reads(path) is read


def test_what_is_no_policy_is_left_alone() -> None:
    assert edits(POD, None) == ()


def test_the_same_on_both_sides_has_no_edit() -> None:
    assert edits(POLICY, POLICY) == ()


def test_a_policy_left_out_of_a_file_with_others_is_gone() -> None:
    found = admission.compare([file(POD, POLICY, OTHER)], [file(POD, OTHER)])
    assert [(one.effect, one.field, one.resource and one.resource.name) for one in found] == [(WEAKER, "", "p")]


def test_a_policy_that_moves_to_another_file_stays_what_it_is() -> None:
    (found,) = admission.compare([file(POLICY, path="a.yaml")], [file(POLICY, path="b.yaml")])
    assert (found.effect, found.path, found.sentence) == (NEUTRAL, "b.yaml", "moved here from a.yaml")
    assert (found.before, found.after) == ("a.yaml", "b.yaml")


def test_a_policy_that_moves_and_gets_weaker_is_weaker() -> None:
    found = compared([file(POLICY, path="a.yaml")], [file(AUDITED, path="b.yaml")])
    assert ("b.yaml", WEAKER) in found


def test_two_copies_are_compared_each_with_its_own_file() -> None:
    before = [file(POLICY, path="dev.yaml"), file(POLICY, path="prod.yaml")]
    after = [file(AUDITED, path="dev.yaml"), file(POLICY, path="prod.yaml")]
    assert compared(before, after) == [("dev.yaml", WEAKER)]


def test_one_of_two_copies_that_is_gone_is_gone() -> None:
    before = [file(POLICY, path="dev.yaml"), file(POLICY, path="prod.yaml")]
    assert compared(before, [file(POLICY, path="dev.yaml")]) == [("prod.yaml", WEAKER)]


def test_a_renamed_policy_is_the_same_policy() -> None:
    assert told(POLICY, with_(POLICY, "metadata.name", "q")) == {("metadata.name", NEUTRAL)}


def test_a_policy_with_another_name_and_other_words_around_it_is_the_same_policy() -> None:
    renamed = with_(with_(POLICY, "metadata.name", "q"), "metadata.annotations", {"note": "x"})
    assert effect(POLICY, renamed) is NEUTRAL


def test_a_new_version_of_the_interface_is_the_same_policy() -> None:
    assert effect(POLICY, {**POLICY, "apiVersion": "kyverno.io/v2beta1"}) is NEUTRAL


def test_objects_without_metadata_are_never_renamed() -> None:
    nameless = {"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "spec": POLICY["spec"]}
    assert compared([file(nameless)], [file(with_(nameless, "kind", "Policy"))]) != []


def test_another_policy_in_its_place_is_none() -> None:
    assert effect(POLICY, OTHER) is WEAKER


def test_a_policy_that_becomes_another_kind_of_object_is_gone() -> None:
    assert effect(POLICY, {**POLICY, "apiVersion": "example.org/v1"}) is WEAKER


def test_objects_of_a_list_are_policies() -> None:
    lists = [File("a.yaml", json.dumps({"kind": "List", "items": [one]})) for one in (POLICY, AUDITED)]
    assert compared(lists[:1], lists[1:]) == [("a.yaml", WEAKER)]


def test_objects_of_a_plain_sequence_are_policies() -> None:
    lists = [File("a.json", json.dumps([[one]])) for one in (POLICY, AUDITED)]
    assert compared(lists[:1], lists[1:]) == [("a.json", WEAKER)]


def test_lists_in_lists_are_opened_only_so_deep() -> None:
    def nested(one: object) -> File:
        for _ in range(6):
            one = [one]
        return File("a.json", json.dumps(one))

    assert compared([nested(POLICY)], [nested(AUDITED)]) == []


def test_a_text_is_no_object() -> None:
    assert compared([File("a.yaml", "just words")], [File("a.yaml", "other words")]) == []


def test_a_list_without_items_is_an_object() -> None:
    assert compared([File("a.yaml", "kind: List\n")], []) == []


LOCAL = {"config.kubernetes.io/local-config": "true"}
SKIPPED = {"argocd.argoproj.io/hook": "Skip"}


@pytest.mark.parametrize("mark", [LOCAL, SKIPPED])
def test_a_policy_that_is_left_out_of_what_is_applied_is_gone(mark: dict[str, str]) -> None:
    marked = with_(POLICY, "metadata.annotations", mark)
    found = [one for one in edits(POLICY, marked) if one.effect is WEAKER]
    assert [one.sentence for one in found] == [
        f"{next(iter(mark))} leaves it out of what is applied: the policy is gone"
    ]


def test_a_policy_that_is_left_out_no_longer_is_new() -> None:
    marked = with_(POLICY, "metadata.annotations", LOCAL)
    assert effect(marked, POLICY) is STRONGER


def test_the_rules_of_what_is_left_out_are_compared_as_well() -> None:
    marked = with_(EXCEPTION, "metadata.annotations", LOCAL)
    assert effect(EXCEPTION, with_(marked, "spec.match.any.0.resources.names", ["*"])) is WEAKER


@pytest.mark.parametrize(("key", "word"), [("reconcile", "disabled"), ("ssa", "Ignore"), ("ssa", "Merge")])
def test_a_copy_that_may_differ_unseen_is_weaker(key: str, word: str) -> None:
    marked = with_(POLICY, "metadata.annotations", {f"kustomize.toolkit.fluxcd.io/{key}": word})
    assert (effect(POLICY, marked), effect(marked, POLICY)) == (WEAKER, STRONGER)


def test_annotations_that_are_none_leave_nothing_out() -> None:
    assert effect(POLICY, with_(POLICY, "metadata.annotations", "x")) is CANNOT_TELL


BROKEN = json.dumps(POLICY)[:-3]


@pytest.mark.parametrize(
    ("path", "text", "told_"),
    [
        ("a.yaml", BROKEN, True),
        ("a.yaml", "a: [", False),
        ("a.json", '{"a": 1, // why\n}', False),
        ("a.yaml", "{{ if x }}\na: [\n", False),
        ("a.yaml", "{{ if x }}\napiVersion: kyverno.io/v1\na: [\n", True),
        ("a.tpl", "kyverno.io/v1: [", True),
        ("a.yaml", "a: !env x", False),
        ("a.yaml", "apiVersion: kyverno.io/v1\na: !env x", True),
        ("a.yaml", 'apiVersion: "kyvern\\x6f.io/v1"\na: !env x', True),
        ("a.yaml", "a: b\n" * 300_000, False),
    ],
)
def test_a_file_that_cannot_be_read_cannot_be_told(path: str, text: str, told_: bool) -> None:  # noqa: FBT001 - a table
    found = admission.compare([], [File(path, text)])
    assert [(one.effect, one.unread) for one in found] == ([(CANNOT_TELL, True)] if told_ else [])


def test_a_template_is_called_one() -> None:
    (found,) = admission.compare([], [File("a.yaml", "{{ if x }}\napiVersion: kyverno.io/v1\na: [\n")])
    assert found.sentence.endswith("cannot be read: a template, and what it renders to is not known")


def test_a_file_without_text_cannot_be_told() -> None:
    (found,) = admission.compare([], [File("a.yaml", None, "a symbolic link, which is not followed")])
    assert found.sentence == "the file may hold policies and cannot be read: a symbolic link, which is not followed"


def test_a_file_without_text_or_reason_cannot_be_told() -> None:
    (found,) = admission.compare([File("a.yaml", None)], [])
    assert (found.before, found.after, found.effect) == ("", None, CANNOT_TELL)


def test_a_file_that_stayed_as_unreadable_as_it_was_is_none() -> None:
    assert compared([File("a.yaml", BROKEN)], [File("a.yaml", BROKEN)]) == []


def test_a_policy_that_became_unreadable_cannot_be_told_and_is_gone() -> None:
    found = compared([file(POLICY)], [File("policy.yaml", BROKEN)])
    assert sorted(one.value for _, one in found) == ["cannot tell", "weaker"]


def test_more_objects_than_are_compared_cannot_be_told() -> None:
    many = [with_(POLICY, "metadata.name", str(one)) for one in range(sides.MAX_OBJECTS + 1)]
    found = admission.compare([], [file(*many[:3], path="a.yaml"), File("b.yaml", json.dumps(many))])
    assert {(one.path, one.effect) for one in found if one.effect is CANNOT_TELL} == {("b.yaml", CANNOT_TELL)}


def test_what_an_engine_overlooks_is_not_none() -> None:
    assert effect({**POLICY, "invented": None}, POLICY) is CANNOT_TELL


def test_a_mark_that_no_engine_reads_is_neutral() -> None:
    assert effect(POLICY, with_(POLICY, "metadata.annotations", {"note": "x"})) is NEUTRAL


class Owners:
    """An engine of whole files, for the door's sake."""

    NAME = "owners"

    def matches(self, path: str, text: str) -> bool:
        return path == "OWNERS" and text != "no"

    def compare(self, before: Sequence[File], after: Sequence[File]) -> Iterable[PolicyEdit]:
        sides = [files[0].text if files else None for files in (before, after)]
        return (PolicyEdit("OWNERS", None, "", sides[0], sides[1], WEAKER, "fewer owners"),)


def test_an_engine_of_whole_files_sees_its_files_of_both_sides() -> None:
    engines = comparing.Engines((), (Owners(),))
    tree = comparing.tree_of(engines.held, ([File("OWNERS", "a")], [File("OWNERS", "no"), File("b", "c")]), ((), ()))
    (found,) = comparing.compare_files(engines, tree)
    assert (found.before, found.after) == ("a", None)


TEXTS = st.sampled_from(["Enforce", "Audit", "*", "a", "{{ x }}", "", "1Gi"])
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | TEXTS
KEYS = st.sampled_from(
    [
        *(
            "rules",
            "name",
            "match",
            "exclude",
            "any",
            "all",
            "resources",
            "kinds",
            "validate",
            "pattern",
            "deny",
            "cel",
        ),
        *(
            "conditions",
            "key",
            "operator",
            "value",
            "verifyImages",
            "attestors",
            "entries",
            "count",
            "keyless",
            "images",
        ),
        *("validationFailureAction", "failureAction", "foreach", "expressions", "podSecurity", "exceptions", "spec"),
    ]
)
DATA = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)
KINDS = st.sampled_from(
    [
        *(("kyverno.io/v1", one) for one in ("ClusterPolicy", "PolicyException", "CleanupPolicy")),
        *(("policies.kyverno.io/v1", one) for one in ("ValidatingPolicy", "ImageValidatingPolicy", "PolicyException")),
    ]
)


def an_object(kind: tuple[str, str], spec: object) -> Object:
    return {"apiVersion": kind[0], "kind": kind[1], "metadata": {"name": "x"}, "spec": spec}


def both(kind: tuple[str, str], before: object, after: object) -> tuple[PolicyEdit, ...]:
    return edits(an_object(kind, before), an_object(kind, after))


@given(KINDS, DATA, DATA)
@settings(deadline=None, max_examples=200)
def test_comparing_never_breaks_and_never_overlooks(kind: tuple[str, str], before: object, after: object) -> None:
    found = both(kind, before, after)
    assert bool(found) is (json.dumps(before, sort_keys=True) != json.dumps(after, sort_keys=True))


@given(KINDS, DATA)
@settings(deadline=None, max_examples=100)
def test_nothing_differs_from_itself(kind: tuple[str, str], data: object) -> None:
    assert both(kind, data, data) == ()


@given(KINDS, DATA, DATA)
@settings(deadline=None, max_examples=200)
def test_what_is_only_stronger_one_way_is_never_neutral_or_stronger_the_other_way(
    kind: tuple[str, str], before: object, after: object
) -> None:
    there = combined(edit.effect for edit in both(kind, before, after))
    back = combined(edit.effect for edit in both(kind, after, before))
    if there is STRONGER:
        assert back in (WEAKER, CANNOT_TELL)


RULES = st.fixed_dictionaries(
    {
        "name": st.just("r"),
        "match": st.sampled_from(
            [{"any": [{"resources": {"kinds": kinds}}]} for kinds in (["Job"], ["Job", "CronJob"], ["*"])]
        ),
        "validate": st.fixed_dictionaries(
            {"pattern": st.dictionaries(st.sampled_from(["a", "=(b)", "X(c)", "(d)"]), TEXTS, max_size=3)},
            optional={"failureAction": st.sampled_from(["Enforce", "Audit"])},
        ),
    },
)
SPECS = st.fixed_dictionaries(
    {"rules": st.lists(RULES, min_size=1, max_size=1)},
    optional={"validationFailureAction": st.sampled_from(["Enforce", "Audit"]), "background": st.booleans()},
)


@given(SPECS, SPECS)
@settings(deadline=None, max_examples=200)
def test_a_sound_policy_that_gets_stronger_gets_weaker_on_the_way_back(before: object, after: object) -> None:
    kind = ("kyverno.io/v1", "ClusterPolicy")
    there = combined(edit.effect for edit in both(kind, before, after))
    back = combined(edit.effect for edit in both(kind, after, before))
    assert (there is STRONGER) <= (back in (WEAKER, CANNOT_TELL))


HOOKS = tuple(f"{tool}/hook{what}" for tool in ("argocd.argoproj.io", "helm.sh") for what in ("", "-delete-policy"))


@pytest.mark.parametrize("key", HOOKS)
def test_a_policy_that_a_tool_takes_away_after_a_sync_cannot_be_told(key: str) -> None:
    hooked = with_(POLICY, "metadata.annotations", {key: "HookSucceeded"})
    assert [effect(*sides) for sides in ((POLICY, hooked), (hooked, POLICY), (None, hooked))] == [CANNOT_TELL] * 3


def test_a_hook_that_stays_as_it_is_is_not_told() -> None:
    hooked = with_(POLICY, "metadata.annotations", {HOOKS[0]: "Sync", "a/b": "c"})
    assert effect(hooked, with_(hooked, "metadata.annotations", {HOOKS[0]: "Sync"})) is NEUTRAL


@pytest.mark.parametrize("mark", [LOCAL, SKIPPED])
def test_an_exception_that_was_left_out_and_is_gone_made_nothing_stronger(mark: dict[str, str]) -> None:
    assert effect(with_(EXCEPTION, "metadata.annotations", mark), None) is CANNOT_TELL


def test_a_new_policy_that_is_left_out_is_not_called_stronger() -> None:
    assert effect(None, with_(POLICY, "metadata.annotations", LOCAL)) is CANNOT_TELL
