"""Charts, remote bases and git revisions: told when they changed, once, and never as an image."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.inventory import (
    Artifact,
    ImageUse,
    ObjectReference,
    Source,
    chart,
    diff,
    resolved,
    source_changes,
    unreadable_changes,
)

UNSEEN = "what images it brings cannot be seen here"
RELEASE = ObjectReference("helm.toolkit.fluxcd.io/v2", "HelmRelease", "apps", "cm")


def use(
    version: str = "1.2.0", path: str = "a.yaml", *, name: str = "cm", location: str = "https://x.test", line: int = 3
) -> ImageUse:
    source = Source("chart", name, location, version)
    return ImageUse(
        *(path, line, "flux-helmrelease", "spec.chart.spec", None, None, None, version),
        object=RELEASE,
        problem="what it leads to is not read",
        source=source,
    )


def told(before: list[ImageUse], after: list[ImageUse], renames: dict[str, str] | None = None) -> list[str]:
    return [place.reason for place in source_changes(before, after, renames or {})]


def test_a_source_that_stays_is_not_told() -> None:
    assert told([use()], [replace(use(), line=9)]) == []


def test_another_version_is_told_at_its_line() -> None:
    (place,) = source_changes([use("1.2.0")], [use("1.3.0", line=7)], {})
    assert (place.path, place.line, place.elsewhere, place.source) == ("a.yaml", 7, True, True)
    assert place.reason == f"the chart cm of https://x.test moves from 1.2.0 to 1.3.0: {UNSEEN}"


def test_another_place_of_the_same_chart_is_told_with_both() -> None:
    (reason,) = told([use()], [use(location="https://evil.test")])
    assert reason == f"the chart cm 1.2.0 of https://x.test becomes the chart cm 1.2.0 of https://evil.test: {UNSEEN}"


def test_another_chart_of_the_same_object_is_told_with_both() -> None:
    assert told([use()], [use(name="other")]) == [
        f"the chart cm 1.2.0 of https://x.test becomes the chart other 1.2.0 of https://x.test: {UNSEEN}"
    ]


def test_a_new_source_is_told() -> None:
    assert told([], [use()]) == [f"the chart cm 1.2.0 of https://x.test is new: {UNSEEN}"]


def test_a_source_that_is_gone_brings_nothing() -> None:
    assert told([use()], []) == []


def test_a_version_that_is_no_longer_written_is_told() -> None:
    assert told([use()], [use("")]) == [f"the chart cm of https://x.test moves from 1.2.0 to no version: {UNSEEN}"]


@pytest.mark.parametrize(
    "moved",
    [
        pytest.param(use(path="b.yaml"), id="another file"),
        pytest.param(replace(use(), object=replace(RELEASE, name="new")), id="another object"),
        pytest.param(replace(use(), field="spec.charts[3].spec"), id="another field"),
    ],
)
def test_a_source_that_only_moved_is_not_told(moved: ImageUse) -> None:
    assert told([use()], [moved]) == []


def test_a_renamed_file_is_the_same_file() -> None:
    nameless = replace(use(), object=None)
    assert told([nameless], [replace(nameless, path="b.yaml")], {"b.yaml": "a.yaml"}) == []


def test_a_version_that_moved_with_its_object_is_told_as_moved() -> None:
    (reason,) = told([use("1.2.0")], [use("1.3.0", "b.yaml")])
    assert "moves from 1.2.0 to 1.3.0" in reason


def test_two_objects_that_exchange_their_versions_are_both_told() -> None:
    other = replace(RELEASE, name="other")
    before = [use("1.2.0"), replace(use("1.3.0"), object=other, line=9)]
    after = [use("1.3.0"), replace(use("1.2.0"), object=other, line=9)]
    assert len(told(before, after)) == 2


def test_an_entry_in_front_of_others_does_not_move_them() -> None:
    def entry(index: int, name: str) -> ImageUse:
        return replace(use(name=name), object=None, field=f"resources[{index}]")

    assert told([entry(0, "a"), entry(1, "b")], [entry(0, "new"), entry(1, "a"), entry(2, "b")]) == [
        f"the chart new 1.2.0 of https://x.test is new: {UNSEEN}"
    ]


def test_the_same_change_in_many_files_is_told_once() -> None:
    names = [replace(RELEASE, name=f"app{number}") for number in range(40)]
    before = [replace(use("1"), object=name, path=f"{name.name}.yaml") for name in names]
    after = [replace(use("2"), object=name, path=f"{name.name}.yaml") for name in names]
    (place,) = source_changes(before, after, {})
    assert place.reason.endswith(f"{UNSEEN} (and at 39 more places)")


def test_two_places_are_one_more_place() -> None:
    after = [use(), replace(use(line=4), object=replace(RELEASE, name="b"))]
    assert told([], after)[0].endswith("(and at 1 more place)")


def test_a_long_name_is_cut() -> None:
    (reason,) = told([], [use(name="a" * 1000)])
    assert len(reason) < 260


def test_a_source_is_no_image_and_no_unreadable_place() -> None:
    assert (diff([], [use()], {}), unreadable_changes([], [use()])) == ((), ())


@pytest.mark.parametrize(
    ("name", "location", "version", "expected"),
    [
        ("cm", "oci://ghcr.io/acme/charts", "1.2.3", "ghcr.io/acme/charts/cm:1.2.3"),
        ("cm", "oci://ghcr.io/acme/charts/", "v1.2.3", "ghcr.io/acme/charts/cm:v1.2.3"),
        ("cm", "oci://ghcr.io/acme", "1.2.3+build.4", "ghcr.io/acme/cm:1.2.3_build.4"),
        ("cm", "oci://ghcr.io/acme", "1.2.3-rc.1", "ghcr.io/acme/cm:1.2.3-rc.1"),
        ("oci://ghcr.io/acme/cm", "", "1.2.3", "ghcr.io/acme/cm:1.2.3"),
        ("oci://ghcr.io/acme/cm:1.2.3", "", "", "ghcr.io/acme/cm:1.2.3"),
        (f"oci://ghcr.io/acme/cm@sha256:{'a' * 64}", "", "", f"ghcr.io/acme/cm@sha256:{'a' * 64}"),
        (f"oci://ghcr.io/acme/cm@sha256:{'a' * 64}", "", "1.2.3", f"ghcr.io/acme/cm:1.2.3@sha256:{'a' * 64}"),
        ("cm", "https://charts.test", "1.2.3", "None"),
        ("cm", "", "1.2.3", "None"),
        ("cm", "oci://ghcr.io/acme", "1.2.x", "None"),
        ("cm", "oci://ghcr.io/acme", "1.2", "None"),
        ("cm", "oci://ghcr.io/acme", ">=1.2.3", "None"),
        ("cm", "oci://ghcr.io/acme", "", "None"),
        ("cm", "oci://ghcr.io/acme", "${VERSION}", "None"),
        ("C M", "oci://ghcr.io/acme", "1.2.3", "None"),
        ("oci://user@ghcr.io/cm", "", "1.2.3", "None"),
    ],
)
def test_only_a_chart_in_a_registry_at_one_version_is_a_reference(
    name: str, location: str, version: str, expected: str
) -> None:
    assert str(chart(name, location, version)) == expected


def repository(url: str, namespace: str = "apps", name: str = "acme") -> ImageUse:
    return ImageUse(
        *("repo.yaml", 6, "flux-source", "spec", None, None, None, url),
        object=ObjectReference("source.toolkit.fluxcd.io/v1", "HelmRepository", namespace, name),
        problem="what it leads to is not read",
        source=Source("Helm repository", "", url, ""),
    )


AT_OBJECT = use("1.2.3", location="HelmRepository apps/acme")


@pytest.mark.parametrize("namespace", ["apps", ""])
def test_a_chart_is_an_artifact_when_its_repository_is_one_of_a_registry(namespace: str) -> None:
    found = resolved([AT_OBJECT, repository("oci://ghcr.io/acme", namespace)])[0]
    assert (str(found.reference), found.artifact, found.problem, found.source) == (
        "ghcr.io/acme/cm:1.2.3",
        Artifact.CHART,
        None,
        None,
    )


def test_a_reference_without_a_namespace_finds_its_repository() -> None:
    found = resolved([use("1.2.3", location="HelmRepository /acme"), repository("oci://ghcr.io/acme")])[0]
    assert found.artifact is Artifact.CHART


def test_a_chart_of_an_index_says_where_it_lies() -> None:
    found = resolved([AT_OBJECT, repository("https://charts.test")])[0]
    assert str(found.source) == "chart cm 1.2.3 of https://charts.test"


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([], id="none"),
        pytest.param([repository("oci://a.test/x", name="other")], id="of another name"),
        pytest.param([repository("oci://a.test/x", "else")], id="of another namespace"),
        pytest.param([repository("oci://a.test/x"), repository("oci://b.test/x")], id="two that differ"),
        pytest.param([replace(repository("oci://a.test/x"), object=None)], id="without an object"),
    ],
)
def test_a_chart_stays_a_source_without_its_one_repository(others: list[ImageUse]) -> None:
    assert resolved([AT_OBJECT, *others])[0] == AT_OBJECT


def test_a_pointer_to_an_artifact_that_is_read_is_not_told_beside_it() -> None:
    artifact = ImageUse(
        *("oci.yaml", 6, "flux-source", "spec", None, "1.2.3", None, "x"),
        object=ObjectReference("source.toolkit.fluxcd.io/v1", "OCIRepository", "", "cm"),
        artifact=Artifact.CHART,
    )
    pointer = use("", name="", location="OCIRepository apps/cm")
    assert resolved([artifact, pointer]) == (artifact,)


def test_a_chart_and_an_image_of_one_name_are_not_taken_for_each_other() -> None:
    found = resolved([AT_OBJECT, repository("oci://ghcr.io/acme")])[0]
    image = replace(found, artifact=Artifact.IMAGE, path="b.yaml", field="image", object=None, tag="1.0.0")
    changes = diff([image], [found], {})
    assert [(one.artifact.value, one.before is None) for one in changes] == [("helm chart", True), ("image", False)]


SOURCES = st.builds(
    use,
    st.sampled_from(["1", "2", ""]),
    st.sampled_from(["a.yaml", "b.yaml"]),
    name=st.sampled_from(["x", "y"]),
    location=st.sampled_from(["https://a.test", "HelmRepository apps/acme"]),
    line=st.integers(1, 3),
)


@given(st.lists(SOURCES, max_size=6))
@settings(max_examples=100, deadline=None)
def test_nothing_is_told_where_nothing_changed(uses: list[ImageUse]) -> None:
    assert source_changes(uses, list(reversed(uses)), {}) == ()


@given(st.lists(SOURCES, max_size=6), st.lists(SOURCES, max_size=6))
@settings(max_examples=200, deadline=None)
def test_what_is_told_depends_on_no_order_and_hides_no_new_source(
    before: list[ImageUse], after: list[ImageUse]
) -> None:
    places = source_changes(before, after, {})
    assert places == source_changes(list(reversed(before)), list(reversed(after)), {})
    known = {one.source for one in before}
    assert bool(places) or all(one.source in known for one in after)


def test_a_chart_and_an_image_of_one_name_and_version_have_keys_of_their_own() -> None:
    found = resolved([AT_OBJECT, repository("oci://ghcr.io/acme")])[0]
    image = replace(found, artifact=Artifact.IMAGE, path="b.yaml", field="image", object=None)
    assert sorted(one.key for one in diff([], [image, found], {})) == [
        "ghcr.io/acme/cm none -> 1.2.3",
        "helm chart ghcr.io/acme/cm none -> 1.2.3",
    ]


@pytest.mark.parametrize(("length", "cut"), [(160, False), (161, True)])
def test_a_long_name_is_cut_and_one_that_just_fits_is_not(length: int, cut: bool) -> None:  # noqa: FBT001 - a table
    rest = len("chart  1.2.0 of https://x.test")
    (reason,) = told([use()], [use(name="n" * (length - rest))])
    assert ("…" in reason) == cut
