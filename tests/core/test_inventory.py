from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.inventory import (
    ImageChange,
    ImageLines,
    ImageUse,
    ImageVersion,
    ObjectReference,
    UnreadablePlace,
    diff,
    unreadable_changes,
)
from app.core.oci import Digest, ImageName

D1, D2 = Digest("1" * 64), Digest("2" * 64)
DEPLOYMENT = ObjectReference("apps/v1", "Deployment", "", "api")


def use(image: str | None = "api", tag: str | None = "1", **rest: object) -> ImageUse:
    name = None if image is None else ImageName.parse(f"ghcr.io/acme/{image}")
    plain = ImageUse("a.yaml", 1, "kubernetes", "spec.containers[0].image", name, tag, None, f"{image}:{tag}")
    return replace(plain, **rest)  # type: ignore[arg-type]


def problem(**rest: object) -> ImageUse:
    return replace(use(None, None, problem="templated", written="{{ x }}"), **rest)  # type: ignore[arg-type]


def short(changes: tuple[ImageChange, ...]) -> list[tuple[str, str, str, int]]:
    def version(value: ImageVersion | None) -> str:
        return "-" if value is None else str(value)

    return [
        (change.name.path if change.name else "?", version(change.before), version(change.after), len(change.uses))
        for change in changes
    ]


def test_nothing_changed_is_no_change() -> None:
    assert diff([use()], [use()], {}) == ()


def test_a_moved_tag_is_one_change_with_its_place_in_the_head() -> None:
    after = use(tag="2", line=7)
    assert diff([use()], [after], {}) == (
        ImageChange(after.name, ImageVersion("1", None), ImageVersion("2", None), (after,)),
    )


def test_a_moved_digest_under_the_same_tag_is_a_change() -> None:
    assert short(diff([use(digest=D1)], [use(digest=D2)], {})) == [("acme/api", f"1@{D1}", f"1@{D2}", 1)]


def test_a_removed_digest_is_a_change() -> None:
    assert short(diff([use(digest=D1)], [use()], {})) == [("acme/api", f"1@{D1}", "1", 1)]


def test_an_added_image_has_no_before() -> None:
    assert short(diff([], [use()], {})) == [("acme/api", "-", "1", 1)]


def test_a_removed_image_has_no_after_and_its_place_in_the_base() -> None:
    (change,) = diff([use(line=9)], [], {})
    assert (change.after, change.uses[0].line) == (None, 9)


def test_the_same_bump_in_forty_overlays_is_one_change_with_forty_uses() -> None:
    paths = [f"overlays/{number:02}.yaml" for number in range(40)]
    before = [use(path=path) for path in paths]
    assert short(diff(before, [replace(old, tag="2") for old in before], {})) == [("acme/api", "1", "2", 40)]


def test_the_uses_of_a_change_are_sorted_by_place() -> None:
    before = [use(path=path) for path in "cab"]
    (change,) = diff(before, [replace(old, tag="2") for old in before], {})
    assert [place.path for place in change.uses] == ["a", "b", "c"]


def test_a_renamed_file_is_no_change() -> None:
    assert diff([use(path="old.yaml")], [use(path="new.yaml")], {"new.yaml": "old.yaml"}) == ()


def test_a_bump_in_a_renamed_file_is_paired() -> None:
    changes = diff([use(path="old.yaml")], [use(path="new.yaml", tag="2")], {"new.yaml": "old.yaml"})
    assert short(changes) == [("acme/api", "1", "2", 1)]


def test_an_image_that_moved_to_another_file_is_no_change() -> None:
    assert diff([use(path="old.yaml")], [use(path="new.yaml", field="image")], {}) == ()


def test_a_bump_that_moved_to_another_file_is_paired_by_name() -> None:
    assert short(diff([use(path="old.yaml")], [use(path="new.yaml", tag="2")], {})) == [("acme/api", "1", "2", 1)]


def test_a_renamed_object_is_no_change() -> None:
    assert diff([use(object=DEPLOYMENT)], [use(object=replace(DEPLOYMENT, name="web"))], {}) == ()


def test_a_container_inserted_before_others_shifts_nobody() -> None:
    before = [
        use("a", container="a", field="spec.containers[0].image"),
        use("b", container="b", field="spec.containers[1].image"),
    ]
    after = [
        use("new", container="new", field="spec.containers[0].image"),
        use("a", container="a", field="spec.containers[1].image"),
        use("b", "2", container="b", field="spec.containers[2].image"),
    ]
    assert short(diff(before, after, {})) == [("acme/b", "1", "2", 1), ("acme/new", "-", "1", 1)]


def test_containers_of_the_same_image_are_paired_by_container() -> None:
    before = [use(container="x", tag="1"), use(container="y", tag="2")]
    after = [use(container="x", tag="2"), use(container="y", tag="3")]
    assert short(diff(before, after, {})) == [("acme/api", "1", "2", 1), ("acme/api", "2", "3", 1)]


def test_swapped_entries_of_a_list_are_no_change() -> None:
    before = [use(tag="1", field="args[0]"), use(tag="2", field="args[1]")]
    after = [use(tag="2", field="args[0]"), use(tag="1", field="args[1]")]
    assert diff(before, after, {}) == ()


def test_a_repository_move_names_both_repositories() -> None:
    (change,) = diff([use("old")], [use("new")], {})
    assert (str(change.name_before), str(change.name), str(change.before), str(change.after)) == (
        "ghcr.io/acme/old",
        "ghcr.io/acme/new",
        "1",
        "1",
    )


def test_a_repository_move_at_another_index_or_object_is_paired() -> None:
    moved_index = diff([use("old", field="args[0]")], [use("new", field="args[1]")], {})
    moved_object = diff([use("old", object=DEPLOYMENT)], [use("new")], {})
    assert [len(changes) for changes in (moved_index, moved_object)] == [1, 1]


def test_a_repository_that_becomes_known_is_no_move() -> None:
    (change,) = diff([use(None)], [use("api", "2")], {})
    assert (change.name_before, str(change.before), str(change.after)) == (None, "1", "2")


def test_a_repository_that_becomes_known_says_nothing_of_what_was_there_before() -> None:
    (change,) = diff([use(None)], [use("api", "1")], {})
    assert (change.before_unknown, change.old_reference, change.key) == (True, None, "ghcr.io/acme/api unknown 1 -> 1")


@pytest.mark.parametrize("renames", [{}, {"b.yaml": "a.yaml"}])
def test_an_image_in_a_file_that_could_not_be_read_before_may_not_be_new(renames: dict[str, str]) -> None:
    path = next(iter(renames), "a.yaml")
    (change,) = diff([], [use(path=path)], renames, unread=["a.yaml"])
    assert (change.before, change.before_unknown) == (None, True)


def test_an_image_where_one_could_not_be_judged_before_may_not_be_new() -> None:
    (change,) = diff([problem(field="spec.containers[1].image")], [use()], {})
    assert change.before_unknown


def test_an_image_beside_one_that_cannot_be_judged_is_new() -> None:
    (change,) = diff([problem(path="other.yaml")], [use()], {}, unread=["third.yaml"])
    assert not change.before_unknown


def test_a_removed_image_is_known() -> None:
    (change,) = diff([use()], [], {}, unread=["a.yaml"])
    assert not change.before_unknown


def test_swapped_tags_of_images_without_repository_are_changes() -> None:
    before, after = ([use(None, tag, field=f"a[{at}]") for at, tag in enumerate(tags)] for tags in ("12", "21"))
    assert short(diff(before, after, {})) == [("?", "1", "2", 1), ("?", "2", "1", 1)]


def test_images_without_repository_are_paired_at_their_place() -> None:
    assert short(diff([use(None)], [use(None, "2")], {})) == [("?", "1", "2", 1)]


def test_images_without_repository_are_one_change_only_within_a_file() -> None:
    before = [use(None, path=path) for path in "aab"]
    after = [replace(old, tag="2") for old in before]
    assert short(diff(before, after, {})) == [("?", "1", "2", 2), ("?", "1", "2", 1)]


def test_images_without_repository_are_not_paired_across_files() -> None:
    assert len(diff([use(None, path="a")], [use(None, path="b")], {})) == 2


def test_the_line_shown_is_that_of_the_part_that_moved() -> None:
    parts = ImageLines(name=2, tag=3, digest=4)
    old = use(digest=D1, line=3, parts=parts)
    lines = [
        diff([old], [new], {})[0].uses[0].line
        for new in (use("new", digest=D1, parts=parts), replace(old, tag="2"), replace(old, digest=D2))
    ]
    assert lines == [2, 3, 4]


def test_the_line_of_a_part_that_is_gone_is_the_line_of_the_use() -> None:
    old = use(digest=D1, line=3, parts=ImageLines(2, 3, 4))
    assert diff([old], [use(line=3, parts=ImageLines(2, 3))], {})[0].uses[0].line == 3


def test_a_change_knows_the_whole_references_of_both_sides() -> None:
    (change,) = diff([use("old")], [use("new", "2", digest=D1)], {})
    assert [str(change.old_reference), str(change.new_reference)] == [
        "ghcr.io/acme/old:1",
        f"ghcr.io/acme/new:2@{D1}",
    ]


def test_an_added_and_a_removed_image_lack_one_side() -> None:
    added, removed = diff([], [use()], {})[0], diff([use()], [], {})[0]
    assert (added.old_reference, removed.new_reference) == (None, None)


def test_a_use_knows_its_reference_when_the_repository_is_known() -> None:
    assert [str(use().reference), use(None).reference] == ["ghcr.io/acme/api:1", None]


def test_a_change_is_identified_by_its_names_and_versions() -> None:
    keys = [diff([use("old")], [use("new")], {})[0].key, diff([], [use(None, None)], {})[0].key]
    assert keys == ["ghcr.io/acme/old ghcr.io/acme/new 1 -> 1", "a.yaml:1 none -> latest"]


def test_uses_with_a_problem_are_no_images() -> None:
    assert diff([problem()], [problem(written="other")], {}) == ()


def test_a_new_place_that_cannot_be_judged_is_told() -> None:
    assert unreadable_changes([], [use(), problem(line=4)], {}) == (UnreadablePlace("a.yaml", 4, "templated"),)


def test_a_place_that_could_not_be_judged_before_is_not_told_again() -> None:
    assert unreadable_changes([problem(line=1)], [problem(line=5)], {}) == ()


def test_a_place_that_cannot_be_judged_in_a_renamed_file_is_not_told_again() -> None:
    assert unreadable_changes([problem()], [problem(path="new.yaml")], {"new.yaml": "a.yaml"}) == ()


def test_a_place_that_is_written_otherwise_is_told() -> None:
    assert len(unreadable_changes([problem()], [replace(problem(), written="{{ y }}")], {})) == 1


def test_a_second_place_of_the_same_text_is_told() -> None:
    assert len(unreadable_changes([use(), problem()], [problem(), problem(line=8)], {})) == 1


USES = st.lists(
    st.builds(
        use,
        st.sampled_from(["a", "b", None]),
        st.sampled_from(["1", "2", None]),
        path=st.sampled_from(["x", "y"]),
        line=st.integers(1, 4),
        field=st.sampled_from(["a[0].image", "a[1].image", "image"]),
        container=st.sampled_from(["", "c"]),
        digest=st.sampled_from([None, D1]),
        object=st.sampled_from([None, DEPLOYMENT]),
    ),
    max_size=8,
)


@settings(max_examples=100, deadline=None)
@given(USES)
def test_an_inventory_does_not_differ_from_itself(uses: list[ImageUse]) -> None:
    assert diff(uses, uses, {}) == ()


@settings(max_examples=100, deadline=None)
@given(USES, USES, st.integers())
def test_the_order_of_the_input_does_not_show(before: list[ImageUse], after: list[ImageUse], seed: int) -> None:
    mixed = [list(before), list(after)]
    for side in mixed:
        random.Random(seed).shuffle(side)
    assert diff(*mixed, {}) == diff(before, after, {})


@settings(max_examples=100, deadline=None)
@given(USES, USES)
def test_every_version_that_is_new_is_told(before: list[ImageUse], after: list[ImageUse]) -> None:
    def values(uses: list[ImageUse]) -> set[tuple[object, ...]]:
        return {(item.name, item.tag, item.digest) for item in uses if item.name}

    told = {(item.name, item.tag, item.digest) for change in diff(before, after, {}) for item in change.uses}
    assert values(after) - values(before) <= told


@settings(max_examples=100, deadline=None)
@given(USES, USES)
def test_no_two_changes_have_the_same_key(before: list[ImageUse], after: list[ImageUse]) -> None:
    keys = [change.key for change in diff(before, after, {}) if change.name]
    assert len(keys) == len(set(keys))
