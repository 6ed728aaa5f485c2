"""Differences of lists: vulnerabilities only where scans can be compared, packages by name and version."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from app.core.oci import Platform
from app.core.posture import (
    Basis,
    PackageChanges,
    PackageVersions,
    Posture,
    Vulnerability,
    VulnerabilityChanges,
    package_changes,
    vulnerability_changes,
)

DAY = datetime(2026, 11, 22, tzinfo=UTC)
BASIS = Basis(Platform("linux", "amd64"), "trivy", DAY)


def one(name: str, version: str = "1", *, package: str = "p", excused: bool = False) -> Vulnerability:
    return Vulnerability(name, package, version, "high", excused=excused)


def posture(*found: Vulnerability, scans: tuple[Basis, ...] = (BASIS,)) -> Posture:
    return Posture(vulnerabilities=found, scans=scans)


def test_what_only_one_side_has_is_fixed_or_new() -> None:
    assert vulnerability_changes(posture(one("A"), one("B")), posture(one("B"), one("C"))) == VulnerabilityChanges(
        (one("A"),), (one("C"),), (one("B"),)
    )


def test_a_vulnerability_stays_with_its_package_whatever_the_version() -> None:
    assert vulnerability_changes(posture(one("A", "1")), posture(one("A", "2"))).unchanged == (one("A", "2"),)


def test_the_same_vulnerability_in_another_package_is_another_one() -> None:
    changes = vulnerability_changes(posture(one("A")), posture(one("A", package="q")))
    assert (len(changes.fixed), len(changes.new)) == (1, 1)


def test_what_is_excused_is_not_there() -> None:
    assert vulnerability_changes(posture(one("A")), posture(one("A", excused=True))).fixed == (one("A"),)


ARM = Basis(Platform("linux", "arm64"), "trivy", DAY)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ((), (BASIS,), "no scan is known of the old image"),
        ((BASIS,), (), "no scan is known of the new image"),
        ((), (), "no scan is known of the new image"),
        ((BASIS,), (BASIS, ARM), "the sides were not scanned by the same number of scans"),
        ((BASIS,), (ARM,), "the scans looked at different platforms"),
        ((BASIS,), (Basis(BASIS.platform, "grype", DAY),), "different scanners"),
        (
            (BASIS,),
            (Basis(BASIS.platform, "trivy", DAY + timedelta(days=2)),),
            "the scanners' databases are 2 days apart",
        ),
        ((BASIS,), (Basis(BASIS.platform, "trivy"),), "a scan does not say how old its database is"),
        ((BASIS, ARM), (ARM, BASIS), ""),
    ],
)
def test_lists_are_compared_only_where_scans_pair_up(
    before: tuple[Basis, ...], after: tuple[Basis, ...], why: str
) -> None:
    changes = vulnerability_changes(posture(one("A"), scans=before), posture(one("B"), scans=after))
    assert (changes.why, bool(changes.new)) == (why, not why)


@settings(max_examples=100, deadline=None)
@given(st.sets(st.sampled_from("ABCDEF")), st.sets(st.sampled_from("ABCDEF")))
def test_every_vulnerability_is_in_one_part(before: set[str], after: set[str]) -> None:
    changes = vulnerability_changes(posture(*map(one, sorted(before))), posture(*map(one, sorted(after))))
    names = [{each.id for each in part} for part in (changes.fixed, changes.new, changes.unchanged)]
    assert names == [before - after, after - before, before & after]


def test_packages_come_go_and_change_their_version() -> None:
    changes = package_changes({"a@1", "b@1", "c@1"}, {"a@1", "b@2", "b@3", "d"})
    assert changes == PackageChanges(("d",), ("c@1",), (PackageVersions("b", ("1",), ("2", "3")),))
    assert changes.count == 3


def test_the_scope_of_a_name_is_no_version() -> None:
    assert package_changes({"@s/a"}, {"@s/a@1"}) == PackageChanges(changed=(PackageVersions("@s/a", ("",), ("1",)),))


@settings(max_examples=100, deadline=None)
@given(st.sets(st.text("ab@1", min_size=1, max_size=4)), st.sets(st.text("ab@1", min_size=1, max_size=4)))
def test_equal_lists_differ_in_nothing_and_others_in_something(before: set[str], after: set[str]) -> None:
    assert package_changes(before, before).count == 0
    assert package_changes(before, after).count > 0 or not before ^ after or _alike(before, after)


def _alike(before: set[str], after: set[str]) -> bool:
    # `a@` and `a` name the same package without a version.
    return {text.removesuffix("@") for text in before} == {text.removesuffix("@") for text in after}
