"""What is inside: vulnerabilities by name with what VEX says, source commits with a link that can be no other."""

from __future__ import annotations

import dataclasses

import pytest

from app.core.assessment import AssessedChange
from app.core.attestation import Form, SignedStatement, Statement, Word
from app.core.inventory import ImageVersion
from app.core.posture import Basis, Better, Measure, Posture, VexClaim, Vulnerability
from app.core.versions import Order
from app.render.comment.contents import (
    excused_lines,
    package_lines,
    source_lines,
    unmeasured_lines,
    vulnerability_lines,
)
from app.render.vulnerabilities import vulnerabilities
from tests.render.samples import AMD64, NOON, SIGNER, assessed, built, change, digest, image

A, B = "a" * 40, "b" * 40
MOVED = change("ghcr.io/acme/api", ImageVersion("1", digest("a")), ImageVersion("2", digest("b")))
OLD, NEW = image(MOVED, Word.VERIFIED, old=True), image(MOVED, Word.VERIFIED)
CVE = Vulnerability("CVE-1", "openssl", "3.1", "high", "3.2")
EXPLOITED = dataclasses.replace(CVE, exploited=True, epss=0.943)


def posture(*found: Vulnerability, basis: Basis = AMD64) -> Posture:
    return Posture(vulnerabilities=found, scans=(basis,))


def sides(old: Posture, new: Posture) -> AssessedChange:
    return assessed(MOVED, dataclasses.replace(OLD, posture=old), dataclasses.replace(NEW, posture=new))


def test_a_vulnerability_has_package_versions_and_severity() -> None:
    lines = vulnerability_lines(sides(posture(CVE), posture()), every=True)
    assert lines == ["fixed: `CVE-1 openssl (3.1, high, fixed in 3.2)`"]


def test_what_is_known_to_be_exploited_or_likely_to_be_says_so() -> None:
    lines = vulnerability_lines(sides(posture(), posture(EXPLOITED)), every=True)
    assert lines == ["new: `CVE-1 openssl (3.1, high, known exploited, EPSS 94.3%, fixed in 3.2)`"]


def test_a_likelihood_of_zero_is_said() -> None:
    lines = vulnerability_lines(sides(posture(), posture(dataclasses.replace(CVE, epss=0.0))), every=True)
    assert lines == ["new: `CVE-1 openssl (3.1, high, EPSS 0.0%, fixed in 3.2)`"]


def test_the_document_says_what_is_known_of_exploitation() -> None:
    (one,) = vulnerabilities(sides(posture(), posture(EXPLOITED)))["new"]["listed"]  # type: ignore[index] # as it is
    assert (one["known_exploited"], one["epss"]) == (True, 0.943)


def test_what_stayed_is_listed_with_what_vex_says_of_it() -> None:
    both = posture(dataclasses.replace(CVE, vex=(VexClaim("under_investigation", "vendor"),), note="a note"))
    lines = vulnerability_lines(sides(both, both), every=True)
    assert lines == ["unchanged: `CVE-1 openssl (3.1, high, fixed in 3.2, VEX: under investigation, a note)`"]


def test_what_stayed_is_not_listed_where_all_is_well() -> None:
    assert vulnerability_lines(sides(posture(CVE), posture(CVE)), every=False) == []


def test_what_cannot_be_compared_is_listed_as_found() -> None:
    lines = vulnerability_lines(sides(posture(CVE), posture(CVE, basis=Basis())), every=True)
    assert lines == ["found: `CVE-1 openssl (3.1, high, fixed in 3.2)`"]


def test_a_removed_image_lists_nothing() -> None:
    gone = assessed(change("ghcr.io/acme/api", ImageVersion("1", None), None), OLD, None)
    assert vulnerability_lines(gone, every=True) == []


def test_long_lists_say_how_many_more() -> None:
    found = [dataclasses.replace(CVE, id=f"CVE-{number:02}") for number in range(23)]
    (line,) = vulnerability_lines(sides(posture(), posture(*found)), every=False)
    assert line.endswith(" and 3 more")


SAID = "VEX applied, not counted: `CVE-1 openssl (3.1, high, fixed in 3.2)`"
EXCUSED = dataclasses.replace(
    CVE, excused=True, vex=(VexClaim("fixed", "vendor"), VexClaim("not_affected", "vendor", "code_not_present"))
)


def test_what_vex_took_out_is_said_with_author_and_reason() -> None:
    assert excused_lines(dataclasses.replace(NEW, posture=posture(EXCUSED, CVE))) == [
        f"{SAID}: fixed by `vendor`, not affected by `vendor` (`code_not_present`)"
    ]


def test_more_than_fits_of_what_vex_took_out_is_counted() -> None:
    found = [dataclasses.replace(EXCUSED, id=f"CVE-{number:02}") for number in range(23)]
    assert excused_lines(dataclasses.replace(NEW, posture=posture(*found)))[-1] == ("VEX applied, not counted: 3 more")


def test_without_a_new_side_nothing_is_taken_out() -> None:
    assert (excused_lines(None), unmeasured_lines(None)) == ([], [])


def from_source(old: tuple[str, str], new: tuple[str, str]) -> AssessedChange:
    return sides(Posture(built(*old)), Posture(built(*new)))


def test_two_commits_of_one_repository_are_linked() -> None:
    assert source_lines(from_source(("acme/api", A), ("acme/api", B))) == [
        f"source commits between: [`aaaaaaa…bbbbbbb`](https://github.com/acme/api/compare/{A}...{B})"
    ]


def test_a_source_that_went_backwards_is_said_so() -> None:
    moved = dataclasses.replace(from_source(("acme/api", A), ("acme/api", B)), source=Order.BACK)
    assert source_lines(moved)[0].startswith("source commit went backwards: [`aaaaaaa…bbbbbbb`](https://github.com/")


def test_the_same_commit_in_another_image_was_rebuilt() -> None:
    assert source_lines(from_source(("acme/api", A), ("acme/api", A))) == ["same source commit: rebuilt from `aaaaaaa`"]


def test_the_same_image_was_not_rebuilt() -> None:
    same = dataclasses.replace(OLD, posture=Posture(built("acme/api", A)))
    assert source_lines(assessed(MOVED, same, same)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (("acme/api", A), ("acme/other", B)),
        (("acme/api)[x](https://evil.example/", A), ("acme/api)[x](https://evil.example/", B)),
        (("acme/api/../x", A), ("acme/api/../x", B)),
        (("acme/..", A), ("acme/..", B)),
        (("acme/api", "main"), ("acme/api", B)),
        (("acme/api", A), ("acme/api", f"{B}...evil")),
        (("acme/api ≠ https://github.com/acme/x", A), ("acme/api ≠ https://github.com/acme/x", B)),
    ],
)
def test_at_191_nothing_but_digits_and_a_repository_on_github_becomes_a_link(
    old: tuple[str, str], new: tuple[str, str]
) -> None:
    assert source_lines(from_source(old, new)) == []


def test_a_repository_elsewhere_is_not_linked() -> None:
    measures = [built("x", commit) for commit in (A, B)]
    for one in measures:
        one["provenance.source"] = dataclasses.replace(one["provenance.source"], value="https://evil.example/acme/api")
    assert source_lines(sides(*map(Posture, measures))) == []


def test_without_provenance_or_a_side_nothing_is_said_of_sources() -> None:
    assert source_lines(sides(Posture(), Posture())) == []
    assert source_lines(assessed(MOVED, None, NEW)) == []


def signed(kind: str) -> SignedStatement:
    return SignedStatement(Statement(kind, (), {}), SIGNER, digest("b"), Form.BUNDLE, "referrers", NOON, logged=True)


def test_an_attestation_that_nobody_measures_is_listed_with_type_and_signer() -> None:
    kinds = ("https://vendor.test/x", "https://slsa.dev/provenance/v1", "https://sigstore.dev/cosign/sign/v1")
    evidence = dataclasses.replace(NEW.evidence, signed=tuple(map(signed, kinds)))
    side = dataclasses.replace(NEW, evidence=evidence, posture=Posture(types=frozenset({kinds[1]})))
    (line,) = unmeasured_lines(side)
    assert line == f"\N{HEAVY MINUS SIGN} signed, not measured: `https://vendor.test/x` by `{SIGNER.identity}`"


def test_more_attestations_than_fit_are_counted() -> None:
    evidence = dataclasses.replace(NEW.evidence, signed=tuple(signed(f"https://v.test/{n:02}") for n in range(22)))
    assert unmeasured_lines(dataclasses.replace(NEW, evidence=evidence))[-1].endswith("signed, not measured: 2 more")


def packages(*names: str) -> Posture:
    return Posture({"packages": Measure("packages", "packages", frozenset(names), Better.NEITHER, "t")})


def test_packages_are_added_removed_and_changed() -> None:
    (one,) = sides(packages("a@1", "b@1", "c"), packages("b@2", "c@1", "d@1")).measures
    assert package_lines(one) == [
        "packages added: `d@1`",
        "packages removed: `a@1`",
        "packages changed: `b 1 → 2`, `c (no version) → 1`",
    ]


def test_without_an_old_list_no_package_is_new() -> None:
    (one,) = sides(Posture(), packages("a@1")).measures
    assert package_lines(one) == []


def test_the_document_has_each_list_with_its_count() -> None:
    found = vulnerabilities(sides(posture(CVE), posture(EXCUSED)))
    vulnerable = {"id": "CVE-1", "package": "openssl", "version": "3.1", "fix": "3.2", "severity": "high", "note": None}
    vulnerable |= {"known_exploited": False, "epss": None}
    none: dict[str, object] = {"count": 0, "listed": []}
    said = [
        {"status": "fixed", "author": "vendor", "justification": None},
        {"status": "not_affected", "author": "vendor", "justification": "code_not_present"},
    ]
    assert found == {
        "fixed": {"count": 1, "listed": [{**vulnerable, "vex": []}]},
        "new": none,
        "unchanged": none,
        "found": none,
        "excused": {"count": 1, "listed": [{**vulnerable, "vex": said}]},
        "why": None,
    }


def test_the_document_says_why_lists_are_not_compared() -> None:
    assert vulnerabilities(assessed(MOVED, None, None))["why"] == "no scan is known of the new image"
