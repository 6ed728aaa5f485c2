"""What kustomizations do to policies: bring them, stop bringing them, patch them."""

from __future__ import annotations

import json

import pytest

from app import admission
from app.core.policy_edit import Effect, PolicyEdit, combined
from app.core.tree import File
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, file, with_
from tests.admission.test_kyverno_exceptions import EXCEPTION
from tests.admission.test_kyverno_policies import POLICY

ROOT, OTHER = "prod/kustomization.yaml", "dev/kustomization.yaml"
HELD = file(POLICY, path="prod/p.yaml")


def brings(*entries: str, path: str = ROOT, **more: object) -> File:
    return File(path, json.dumps({"resources": list(entries), **more}))


def said(edits: tuple[PolicyEdit, ...]) -> list[tuple[str, str, Effect]]:
    return [(edit.path, edit.field, edit.effect) for edit in edits]


def test_a_policy_that_is_no_longer_brought_is_gone() -> None:
    found = admission.compare([brings("p.yaml", "q.yaml")], [brings("q.yaml")], ([HELD], []))
    assert [(one.path, one.field, one.before, one.effect) for one in found] == [
        (ROOT, "resources", "prod/p.yaml", WEAKER)
    ]


def test_the_sentence_says_that_it_stays_in_its_file() -> None:
    (found,) = admission.compare([brings("p.yaml")], [brings()], ([HELD], []))
    assert found.sentence == "it stays in prod/p.yaml and is no longer applied: the policy is gone"


def test_an_exception_that_is_no_longer_brought_is_stronger() -> None:
    held = file(EXCEPTION, path="prod/e.yaml")
    assert said(admission.compare([brings("e.yaml")], [brings()], ([held], []))) == [(ROOT, "resources", STRONGER)]


def test_an_exception_that_was_there_and_is_now_brought_is_weaker() -> None:
    held = file(EXCEPTION, path="prod/e.yaml")
    assert said(admission.compare([brings()], [brings("e.yaml")], ([], [held]))) == [(ROOT, "resources", WEAKER)]


def test_a_folder_is_followed_through_its_kustomization() -> None:
    around = [file(POLICY, path="policies/p.yaml"), brings("p.yaml", path="policies/kustomization.yaml")]
    found = admission.compare([brings("../policies")], [brings()], (around, []))
    assert said(found) == [(ROOT, "resources", WEAKER)]


def test_a_policy_that_is_brought_by_another_way_stays() -> None:
    nested = brings("../p.yaml", path="prod/more/kustomization.yaml")
    found = admission.compare([brings("p.yaml")], [brings("more"), nested], ([HELD], [HELD]))
    assert found == ()


def test_a_policy_that_a_folder_below_brings_no_more_and_the_overlay_itself_does_stays() -> None:
    nested = brings("../p.yaml", path="prod/more/kustomization.yaml")
    emptied = brings(path="prod/more/kustomization.yaml")
    found = admission.compare([brings("more"), nested], [brings("more", "p.yaml"), emptied], ([HELD], [HELD]))
    assert found == ()


def test_a_policy_that_another_overlay_brings_instead_cannot_be_told() -> None:
    before = [brings("p.yaml"), brings(path=OTHER)]
    after = [brings(), brings("../prod/p.yaml", path=OTHER)]
    assert said(admission.compare(before, after, ([HELD], [HELD]))) == [(ROOT, "resources", CANNOT_TELL)]


SPACE: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}
STRICT = with_(SPACE, "metadata.labels", {"pod-security.kubernetes.io/enforce": "restricted"})


@pytest.mark.parametrize(("before", "after", "wanted"), [(SPACE, SPACE, NEUTRAL), (STRICT, SPACE, CANNOT_TELL)])
def test_what_another_overlay_brings_instead_is_judged_by_what_it_is(
    before: Object, after: Object, wanted: Effect
) -> None:
    files = file(before, path="prod/n.yaml"), file(after, path="dev/n.yaml")
    olds = [brings("n.yaml"), brings(path=OTHER)]
    found = admission.compare(olds, [brings(), brings("n.yaml", path=OTHER)], (files, files))
    assert said(found) == [(ROOT, "resources", wanted)]


def test_a_policy_that_moves_out_of_what_is_brought_is_gone() -> None:
    before = [brings("p.yaml"), HELD]
    after = [brings(), file(POLICY, path="unused/p.yaml")]
    found = said(admission.compare(before, after))
    assert (ROOT, "resources", WEAKER) in found


def test_a_policy_that_moves_with_its_kustomization_stays() -> None:
    before = [brings("p.yaml"), HELD]
    after = [brings("sub/p.yaml"), file(POLICY, path="prod/sub/p.yaml")]
    assert said(admission.compare(before, after)) == [("prod/sub/p.yaml", "", NEUTRAL)]


def test_a_policy_whose_file_is_gone_is_told_once() -> None:
    found = said(admission.compare([brings("p.yaml"), HELD], [brings()]))
    assert found == [("prod/p.yaml", "", WEAKER)]


def test_a_policy_that_is_new_is_told_once() -> None:
    found = said(admission.compare([brings()], [brings("p.yaml"), HELD]))
    assert found == [("prod/p.yaml", "", STRONGER)]


def test_a_kustomization_that_is_gone_brings_nothing() -> None:
    assert said(admission.compare([brings("p.yaml")], [], ([HELD], []))) == [(ROOT, "resources", WEAKER)]


def test_a_kustomization_that_brings_itself_is_read_once() -> None:
    loop = brings("../prod", "p.yaml")
    assert said(admission.compare([loop], [brings("../prod")], ([HELD], []))) == [(ROOT, "resources", WEAKER)]


BASE = brings("p.yaml", path="base/kustomization.yaml")
OWN = brings("p.yaml", path="prod/own/kustomization.yaml")
COPY, KEPT = file(POLICY, path="prod/own/p.yaml"), file(POLICY, path="base/p.yaml")
AUDITED = file(with_(POLICY, "spec.validationFailureAction", "Audit"), path="prod/own/p.yaml")


def test_a_copy_that_gives_way_to_the_same_in_a_base_is_not_gone() -> None:
    found = admission.compare([brings("own"), OWN, COPY], [brings("../base")], ([], [BASE, KEPT]))
    assert [(one.effect, one.sentence) for one in found] == [(NEUTRAL, "moved here from prod/own/p.yaml")]


def test_a_copy_that_takes_the_place_of_a_base_is_compared_with_it() -> None:
    found = admission.compare([brings("../base")], [brings("own"), OWN, AUDITED], ([BASE, KEPT], []))
    assert ("spec.validationFailureAction", WEAKER) in {(one.field, one.effect) for one in found}


def test_a_copy_that_one_of_two_overlays_brings_no_more_is_gone() -> None:
    other = brings("../prod/own", path=OTHER)
    before, after = [brings("own"), OWN, COPY, other], [brings("../base"), brings(path=OTHER)]
    assert WEAKER in {one.effect for one in admission.compare(before, after, ([], [BASE, KEPT]))}


def test_kustomizations_are_followed_only_so_deep() -> None:
    chain = [brings("down", path="/".join(["prod", *["down"] * depth, "kustomization.yaml"])) for depth in range(1, 9)]
    deep = file(POLICY, path="/".join(["prod", *["down"] * 9, "p.yaml"]))
    end = brings("p.yaml", path="/".join(["prod", *["down"] * 9, "kustomization.yaml"]))
    assert admission.compare([brings("down")], [brings()], ([*chain, end, deep], [])) == ()


@pytest.mark.parametrize(
    "entry", ["https://example.org/p.yaml", "git@example.org:a", "../../../out.yaml", "github.com/a/b?ref=v1"]
)
def test_what_lies_elsewhere_is_not_followed(entry: str) -> None:
    assert admission.compare([brings(entry)], [brings()]) == ()


@pytest.mark.parametrize("text", ["a: [", "a: b\n---\nc: d\n", "x"])
def test_a_kustomization_that_cannot_be_read_brings_nothing(text: str) -> None:
    edits = admission.compare([File(ROOT, text)], [brings("p.yaml")], ([], [HELD]))
    assert (ROOT, "resources", STRONGER) in said(edits)


def test_a_file_that_cannot_be_read_holds_no_policy_that_is_followed() -> None:
    assert admission.compare([brings("p.yaml")], [brings()], ([File("prod/p.yaml", "a: [")], [])) == ()


def test_what_is_wanted_are_the_files_that_came_and_went() -> None:
    found = admission.wanted([brings("p.yaml", "kept.yaml")], [brings("kept.yaml", "dir")])
    assert found == (
        frozenset({"prod/p.yaml"}),
        frozenset(f"prod/dir/{name}" for name in ("kustomization.yaml", "kustomization.yml", "Kustomization")),
    )


def test_what_was_read_leads_further() -> None:
    around = ([], [brings("deep.yaml", path="prod/dir/kustomization.yaml")])
    assert "prod/dir/deep.yaml" in admission.wanted([brings()], [brings("dir")], around)[1]


def test_a_changed_policy_wants_the_kustomizations_beside_it() -> None:
    base, head = admission.wanted([HELD], [file(with_(POLICY, "spec.background", value=False), path="prod/p.yaml")])
    assert (
        base
        == head
        == frozenset(
            f"{folder}{name}"
            for folder in ("prod/", "")
            for name in ("kustomization.yaml", "kustomization.yml", "Kustomization")
        )
    )


def test_what_is_no_policy_wants_nothing() -> None:
    assert admission.wanted([File("a.yaml", "a: b")], [File("a.yaml", "a: [")]) == (frozenset(), frozenset())


PATCH: Object = {**with_(POLICY, "spec", {"validationFailureAction": "Audit"})}
DELETES: Object = {**with_(POLICY, "spec", None), "$patch": "delete"}


def test_a_patch_file_that_takes_a_policy_away_is_weaker() -> None:
    (found,) = admission.compare([], [file(DELETES)])
    assert (found.effect, found.sentence) == (WEAKER, "a patch takes the policy out of what is applied")


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (DELETES, None, CANNOT_TELL),
        (None, {**EXCEPTION, "$patch": "delete"}, CANNOT_TELL),
        (None, {**PATCH, "$patch": "merge"}, CANNOT_TELL),
    ],
)
def test_other_patch_files_cannot_be_told(before: Object | None, after: Object | None, wanted: Effect) -> None:
    sides = [[] if one is None else [file(one)] for one in (before, after)]
    assert [edit.effect for edit in admission.compare(*sides)] == [wanted]


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("Enforce", "Audit", WEAKER),
        ("Audit", "Enforce", CANNOT_TELL),
        (None, "Audit", CANNOT_TELL),
        ("Audit", "Audit", None),
    ],
)
def test_a_file_that_is_used_as_a_patch(before: str | None, after: str, wanted: Effect | None) -> None:
    sides = [
        file(
            with_(with_(POLICY, "spec.validationFailureAction", one), "spec.rules", POLICY["spec"]["rules"]),
            path="prod/x.yaml",
        )
        for one in (before, after)
    ]
    around = File(ROOT, json.dumps({"patches": [{"path": "x.yaml"}]}))
    found = {edit.effect for edit in admission.compare(sides[:1], sides[1:], ([around], [around]))}
    assert found == (set() if wanted is None else {wanted})


TARGET = {"kind": "ClusterPolicy", "name": "p"}
REMOVES = "- op: remove\n  path: /spec/rules/0\n"
INLINE = json.dumps(DELETES)


@pytest.mark.parametrize(
    ("patches", "wanted"),
    [
        ({"patches": [{"target": TARGET, "patch": REMOVES}]}, CANNOT_TELL),
        ({"patches": [{"target": {**TARGET, "group": "kyverno.io"}, "patch": REMOVES}]}, CANNOT_TELL),
        ({"patchesJson6902": [{"target": TARGET, "path": "x.yaml"}]}, WEAKER),
        ({"patches": [{"patch": "$patch: delete\napiVersion: kyverno.io/v1\nkind: ClusterPolicy\n"}]}, WEAKER),
        ({"patchesStrategicMerge": ["$patch: delete\napiVersion: kyverno.io/v1\nkind: ClusterPolicy\n"]}, WEAKER),
        ({"patches": [{"patch": "$patch: delete\napiVersion: kyverno.io/v2\nkind: PolicyException\n"}]}, CANNOT_TELL),
        ({"patchesStrategicMerge": ["x.yaml"]}, WEAKER),
        ({"patches": [{"target": {"kind": "Deployment"}, "patch": REMOVES}]}, None),
        ({"patches": [{"target": {"group": "apps", "kind": "Deployment"}, "patch": REMOVES}]}, None),
        ({"patches": [{"patch": "a: ["}]}, None),
        ({"patches": [{"path": "unknown.yaml"}]}, None),
        ({"patches": [3]}, None),
    ],
)
def test_a_patch_that_a_kustomization_came_to_list(patches: dict[str, object], wanted: Effect | None) -> None:
    around = File(
        "prod/x.yaml", "$patch: delete\napiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata:\n  name: p\n"
    )
    found = admission.compare([brings()], [brings(**patches)], ([], [around]))  # type: ignore[arg-type]  # plain data
    assert [(one.field, one.effect) for one in found] == ([] if wanted is None else [("patches", wanted)])


def test_a_patch_that_a_kustomization_lists_no_more_cannot_be_told() -> None:
    patches = {"patches": [{"target": TARGET, "patch": REMOVES}]}
    (found,) = admission.compare([brings(**patches)], [brings()])  # type: ignore[arg-type]  # plain data
    assert (found.effect, found.before, found.after) == (CANNOT_TELL, REMOVES.strip(), None)


def test_what_a_patch_took_away_is_not_missed_with_the_whole_kustomization() -> None:
    taking = brings(patches=[{"patch": "$patch: delete\napiVersion: kyverno.io/v1\nkind: ClusterPolicy\n"}])
    assert said(admission.compare([taking], [])) == [(ROOT, "patches", NEUTRAL)]
    assert said(admission.compare([taking], [brings()])) == [(ROOT, "patches", CANNOT_TELL)]


@pytest.mark.parametrize(
    ("text", "same"), [(f"{REMOVES}\n# why\n", True), (REMOVES.replace("0", "1"), False), ("a: [", False)]
)
def test_a_patch_that_is_only_written_otherwise_is_the_same(text: str, *, same: bool) -> None:
    before, after = (brings(patches=[{"target": TARGET, "patch": one}]) for one in (REMOVES, text))
    assert bool(admission.compare([before], [after])) is not same


def test_a_patch_is_told_with_its_line() -> None:
    text = (
        "resources:\n  - p.yaml\npatches:\n  - target:\n      kind: ClusterPolicy\n    patch: |\n      - op: remove\n"
    )
    (found,) = admission.compare([File(ROOT, "resources:\n  - p.yaml\n")], [File(ROOT, text)])
    assert found.line == 4


def test_the_file_of_a_patch_is_wanted() -> None:
    patches = {"patches": [{"path": "x.yaml"}]}
    assert admission.wanted([brings()], [brings(**patches)])[1] == frozenset({"prod/x.yaml"})  # type: ignore[arg-type]  # plain data
    assert admission.wanted([brings(**patches)], [brings()])[0] == frozenset({"prod/x.yaml"})  # type: ignore[arg-type]  # plain data


def test_an_exception_whose_patch_is_new_cannot_be_told() -> None:
    around = File(ROOT, json.dumps({"patches": [{"path": "x.yaml"}]}))
    found = admission.compare([], [file(EXCEPTION, path="prod/x.yaml")], ([around], [around]))
    assert [edit.effect for edit in found] == [CANNOT_TELL]


def test_a_patch_that_is_the_same_on_both_sides_has_no_edit() -> None:
    patches = {"patches": [{"target": TARGET, "patch": REMOVES}]}
    before, after = brings("a.yaml", **patches), brings("b.yaml", **patches)  # type: ignore[arg-type]  # plain data
    assert admission.compare([before], [after]) == ()


REMOTE = "https://example.com/release/v1.yaml"
ALLOWS: Object = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "a"},
    "rules": [{"apiGroups": ["kyverno.io"], "resources": ["*"], "verbs": ["*"]}],
}
HARMLESS = with_(ALLOWS, "rules", [])


@pytest.mark.parametrize(("one", "wanted"), [(ALLOWS, CANNOT_TELL), (STRICT, CANNOT_TELL), (POLICY, WEAKER)])
def test_what_gives_way_to_something_from_elsewhere_is_not_called_gone(one: Object, wanted: Effect) -> None:
    held = file(one, path="prod/p.yaml")
    found = admission.compare([brings("p.yaml"), held], [brings(REMOTE)])
    assert {edit.effect for edit in found} == {wanted}


def test_what_may_hold_it_now_is_named() -> None:
    (found,) = admission.compare([brings("p.yaml"), file(ALLOWS, path="prod/p.yaml")], [brings(REMOTE)])
    assert found.sentence.endswith(f"; {REMOTE} may hold it now")


@pytest.mark.parametrize(("one", "wanted"), [(POLICY, CANNOT_TELL), (SPACE, CANNOT_TELL), (HARMLESS, NEUTRAL)])
def test_what_comes_in_place_of_something_from_elsewhere_is_not_called_new(one: Object, wanted: Effect) -> None:
    held = file(one, path="prod/p.yaml")
    found = admission.compare([brings(REMOTE)], [brings("p.yaml"), held])
    assert {edit.effect for edit in found} == {wanted}


@pytest.mark.parametrize("sides", [((HELD,), ()), ((), (HELD,))])
def test_a_list_that_swaps_a_file_that_stays_for_something_from_elsewhere(sides: admission.Sides) -> None:
    lists = brings("p.yaml"), brings(REMOTE)
    gone = bool(sides[0])
    before, after = lists if gone else lists[::-1]
    assert said(admission.compare([before], [after], sides)) == [(ROOT, "resources", WEAKER if gone else CANNOT_TELL)]


def test_what_another_kustomization_takes_from_elsewhere_says_nothing_of_this_one() -> None:
    before = [brings("p.yaml"), file(ALLOWS, path="prod/p.yaml"), brings(path=OTHER)]
    found = admission.compare(before, [brings(), brings(REMOTE, path=OTHER)])
    assert {edit.effect for edit in found} == {STRONGER}


def test_a_list_that_takes_the_same_from_elsewhere_as_before_says_what_it_said() -> None:
    found = admission.compare([brings(REMOTE)], [brings(REMOTE, "p.yaml"), HELD])
    assert {edit.effect for edit in found} == {STRONGER}


@pytest.mark.parametrize(
    ("one", "old", "new", "wanted"),
    [
        (POLICY, "clusters/production/p.yaml", "clusters/staging/p.yaml", CANNOT_TELL),
        (POLICY, "clusters/eu-1/p.yaml", "clusters/us-1/p.yaml", CANNOT_TELL),
        (POLICY, "production/p.yaml", "attic/p.yaml", CANNOT_TELL),
        (POLICY, "Production/p.yaml", "production/policies/p.yaml", NEUTRAL),
        (POLICY, "policies/p.yaml", "production/p.yaml", NEUTRAL),
        (SPACE, "production/p.yaml", "staging/p.yaml", NEUTRAL),
    ],
)
def test_a_policy_that_leaves_an_environment_is_not_just_moved(one: Object, old: str, new: str, wanted: Effect) -> None:
    found = admission.compare([file(one, path=old)], [file(one, path=new)])
    assert combined(edit.effect for edit in found) is wanted


def test_a_policy_that_a_list_brings_from_where_it_moved_to_stays() -> None:
    before = [brings("p.yaml"), HELD]
    after = [brings("../common/p.yaml"), file(POLICY, path="common/p.yaml")]
    assert {edit.effect for edit in admission.compare(before, after)} == {NEUTRAL}
