"""VEX: only trusted authors, only what is surely meant, always seen; without it nothing gets milder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from app.core.attestation import Signer, TrustedStatement
from app.core.oci import Descriptor, Digest, Platform
from app.core.posture import Posture, VexClaim
from app.predicates import View, read_posture
from app.predicates.openvex import claims as openvex_claims
from tests.predicates.statements import ALICE, COSIGN_VULN, NOON, SUBJECT, trivy, trusted
from tests.predicates.test_documents import payloads

OPENVEX = "https://openvex.dev/ns"
CYCLONEDX = "https://cyclonedx.org/bom"
IMAGE = f"pkg:oci/api@sha256%3A{SUBJECT.hex}"
OTHER = Digest("b" * 64)
PURL = "pkg:apk/wolfi/p@1?arch=x86_64"
VENDOR = Signer("https://issuer.test", "vendor")


def scan(*severities: str, purl: str = PURL) -> dict[str, Any]:
    predicate = trivy(*severities)
    for one in predicate["scanner"]["result"]["Results"][0]["Vulnerabilities"]:
        one["PkgIdentifier"] = {"PURL": purl}
    return predicate


def say(
    status: str = "not_affected",
    name: object = "CVE-0",
    products: object = ({"@id": IMAGE},),
    **more: object,
) -> dict[str, Any]:
    reason = {"justification": "vulnerable_code_not_present"} if status == "not_affected" else {}
    return {"vulnerability": name, "products": products, "status": status, **reason, **more}


def document(*statements: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"@context": "https://openvex.dev/ns/v0.2.0", "statements": list(statements), **more}


def vex(*statements: dict[str, Any], signer: Signer = VENDOR, at: datetime | None = NOON) -> TrustedStatement:
    return trusted(OPENVEX, document(*statements), signer=signer, at=at)


def read(*said: TrustedStatement, purl: str = PURL, severities: Iterable[str] = ("HIGH",)) -> Posture:
    return read_posture([trusted(COSIGN_VULN, scan(*severities, purl=purl))], (), View(said, image=SUBJECT))


def high(posture: Posture) -> object:
    return posture.measures["vulnerabilities.high"].value


@pytest.mark.parametrize("status", ["not_affected", "fixed"])
def test_a_finding_that_a_trusted_author_excuses_does_not_count(status: str) -> None:
    assert high(read(vex(say(status)))) == 0


def test_an_excused_finding_is_shown_with_who_said_it_and_why() -> None:
    (one,) = read(vex(say())).vulnerabilities
    assert (one.excused, one.vex) == (True, (VexClaim("not_affected", "vendor", "vulnerable_code_not_present"),))


@pytest.mark.parametrize("status", ["affected", "under_investigation"])
def test_a_finding_that_an_author_confirms_or_examines_counts_and_says_so(status: str) -> None:
    posture = read(vex(say(status)))
    assert (high(posture), posture.vulnerabilities[0].vex) == (1, (VexClaim(status, "vendor"),))


def test_not_affected_without_a_reason_excuses_nothing() -> None:
    assert high(read(vex(say(justification="")))) == 1


def test_an_impact_statement_is_a_reason() -> None:
    assert high(read(vex(say(justification=None, impact_statement="never called")))) == 0


def test_what_is_not_named_stays_in_the_counts() -> None:
    posture = read(vex(say()), severities=("HIGH", "CRITICAL"))
    assert (high(posture), posture.measures["vulnerabilities.critical"].value) == (0, 1)


@pytest.mark.parametrize(
    "name", ["CVE-0", {"name": "CVE-0"}, {"name": "GHSA-1", "aliases": ["CVE-0"]}], ids=["text", "object", "alias"]
)
def test_a_vulnerability_is_meant_by_text_name_or_alias(name: object) -> None:
    assert high(read(vex(say(name=name)))) == 0


def test_a_vulnerability_is_never_meant_by_a_part_of_its_name() -> None:
    assert high(read(vex(say(name="CVE-")))) == 1


PARTS = [{"@id": "pkg:apk/wolfi/p"}]


@pytest.mark.parametrize(
    "product",
    [
        IMAGE,
        {"@id": IMAGE},
        {"@id": f"ghcr.io/acme/api@{SUBJECT}"},
        {"@id": "https://acme.test/api", "identifiers": {"purl": IMAGE}},
        {"@id": "https://acme.test/api", "hashes": {"sha-256": SUBJECT.hex}},
        {"@id": "pkg:oci/api", "hashes": {"sha-256": SUBJECT.hex.upper()}},
        {"@id": IMAGE, "subcomponents": PARTS},
        {"@id": IMAGE, "subcomponents": [{"@id": "pkg:apk/wolfi/q"}, *PARTS]},
        PURL,
        {"@id": "pkg:apk/wolfi/p@1"},
        {"@id": "pkg:apk/wolfi/p?arch=x86_64"},
    ],
    ids=str,
)
def test_a_product_is_the_image_by_digest_or_a_package_by_its_url(product: object) -> None:
    assert high(read(vex(say(products=[product])))) == 0


@pytest.mark.parametrize(
    "product",
    [
        "",
        "api",
        "pkg:oci/api",
        "pkg:oci/api@1.2.3",
        f"pkg:oci/api@sha256:{OTHER.hex}",
        f"pkg:generic/api@sha256:{SUBJECT.hex}",
        {"@id": IMAGE, "hashes": {"sha-256": OTHER.hex}},
        {"@id": IMAGE, "identifiers": {"purl": "pkg:apk/wolfi/p"}},
        {"@id": "pkg:oci/api", "identifiers": {"purl": "pkg:apk/wolfi/p"}},
        {"@id": IMAGE, "subcomponents": []},
        {"@id": IMAGE, "subcomponents": [{"@id": "p"}]},
        {"@id": IMAGE, "subcomponents": [{"@id": "pkg:apk/wolfi/p@2"}]},
        {"@id": f"pkg:oci/api@sha256:{OTHER.hex}", "subcomponents": PARTS},
        {"@id": "pkg:apk/wolfi/p", "subcomponents": PARTS},
        "pkg:apk/wolfi/p@2",
        "pkg:apk/wolfi/p@1?arch=aarch64",
        "pkg:apk/alpine/p@1",
        "pkg:apk/wolfi/p@1#sub",
        "pkg:apk/wolfi/p?arch=x86_64&arch=x86_64&distro=a",
        "pkg:apk/wolfi/",
        "pkg:apk",
        "pkg:",
        {},
    ],
    ids=str,
)
def test_what_is_not_surely_meant_changes_nothing_and_is_told(product: object) -> None:
    statement = vex(say(products=[product])) if product != "" else vex(say(products=[{"@id": ""}]))
    posture = read(statement)
    assert high(posture) == 1
    assert posture.notes == (
        "VEX by vendor: 1 of 1 statements meet no finding of a scan of this image, and change nothing",
    )


@pytest.mark.parametrize("products", [None, []])
def test_a_statement_without_products_is_about_nothing(products: object) -> None:
    assert high(read(vex(say(products=products)))) == 1


def test_a_finding_without_a_package_url_is_not_meant_by_one() -> None:
    assert high(read(vex(say(products=[PURL])), purl="")) == 1


def test_the_later_word_of_one_author_stands() -> None:
    early, late = {"timestamp": "2026-01-01T00:00:00Z"}, {"timestamp": "2026-02-01T00:00:00Z"}
    assert high(read(vex(say("affected", **early), say(**late)))) == 0
    assert high(read(vex(say("affected", **late), say(**early)))) == 1


def test_the_document_verified_later_stands_whatever_it_says_of_its_time() -> None:
    stale = vex(say("affected", timestamp="2099-01-01T00:00:00Z"), at=NOON - timedelta(days=1))
    assert high(read(stale, vex(say(timestamp="2026-01-01T00:00:00Z")))) == 0


def test_of_words_whose_order_is_not_known_the_one_that_counts_the_finding_stands() -> None:
    assert high(read(vex(say("affected")), vex(say()))) == 1
    assert high(read(vex(say("affected"), at=None), vex(say()))) == 1


def test_of_two_authors_that_disagree_the_one_that_counts_the_finding_stands() -> None:
    assert high(read(vex(say("affected"), signer=ALICE, at=NOON - timedelta(days=9)), vex(say()))) == 1


def test_a_vex_document_that_cannot_be_read_excuses_nothing_and_is_told() -> None:
    posture = read(trusted(OPENVEX, {"statements": [say(), {}]}, signer=VENDOR))
    (broken,) = posture.unreadable
    assert (high(posture), broken.path) == (1, "predicate.statements[1].vulnerability")


def test_a_document_that_says_too_much_of_one_vulnerability_is_unreadable() -> None:
    posture = read(vex(*[say() for _ in range(501)]))
    (broken,) = posture.unreadable
    assert (high(posture), broken.reason.startswith("says of more than 500 products")) == (1, True)


def test_five_hundred_words_on_one_vulnerability_are_weighed() -> None:
    words = [say("affected", timestamp=f"2026-01-01T00:00:{second:02}Z") for second in range(60)] * 8
    assert high(read(vex(*words, say(timestamp="2026-02-01T00:00:00Z")))) == 0


def test_a_platform_s_manifest_is_meant_where_the_scan_says_to_be_of_that_platform() -> None:
    def judged(architecture: str) -> object:
        manifest = Descriptor("", OTHER, 1, Platform("linux", architecture))
        said = vex(say(products=[f"pkg:oci/api@sha256:{OTHER.hex}"]))
        found = trusted(COSIGN_VULN, scan("HIGH"))
        return high(read_posture([found], [manifest, Descriptor("", Digest("c" * 64), 1)], View((said,))))

    assert (judged("amd64"), judged("arm64")) == (0, 1)


def test_the_index_is_meant_for_each_of_its_platforms() -> None:
    found = trusted(COSIGN_VULN, scan("HIGH"), subject=OTHER)
    assert high(read_posture([found], (), View((vex(say()),), image=SUBJECT))) == 0


def bom(*analyses: dict[str, Any], ref: str = "p", **more: object) -> dict[str, Any]:
    return {
        "bomFormat": "CycloneDX",
        "metadata": {
            "timestamp": "2026-01-01T00:00:00Z",
            "component": {
                "bom-ref": "image",
                "type": "container",
                "name": "api",
                "hashes": [{"alg": "SHA-256", "content": SUBJECT.hex}, {"alg": "MD5", "content": "0"}],
            },
        },
        "components": [{"bom-ref": "p", "type": "library", "name": "p", "purl": "pkg:apk/wolfi/p@1"}],
        "vulnerabilities": [{"id": "CVE-0", "analysis": one, "affects": [{"ref": ref}]} for one in analyses],
        **more,
    }


@pytest.mark.parametrize("ref", ["p", "image", "pkg:apk/wolfi/p"])
@pytest.mark.parametrize(
    "analysis",
    [
        {"state": "not_affected", "justification": "code_not_present"},
        {"state": "false_positive", "detail": "not this"},
        {"state": "resolved"},
        {"state": "resolved_with_pedigree"},
    ],
)
def test_a_cyclonedx_analysis_of_a_trusted_author_excuses(ref: str, analysis: dict[str, Any]) -> None:
    assert high(read(trusted(CYCLONEDX, bom(analysis, ref=ref)))) == 0


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (bom({"state": "exploitable"}), ()),
        (bom({"state": "in_triage"}), ()),
        (bom({"state": "not_affected"}), ()),
        (bom({"state": "resolved"}, ref="unknown"), ()),
        (bom({}), ()),
        (bom({"state": "resolved"}, vulnerabilities=[{"id": "CVE-0", "analysis": {"state": "resolved"}}]), ()),
        (bom({"state": "fine"}), ("predicate.vulnerabilities[0].analysis.state",)),
        ({"bomFormat": "CycloneDX"}, ()),
    ],
)
def test_any_other_cyclonedx_analysis_excuses_nothing(document: dict[str, Any], told: tuple[str, ...]) -> None:
    posture = read(trusted(CYCLONEDX, document))
    assert (high(posture), tuple(one.path for one in posture.unreadable)) == (1, told)


SERIAL = "3e671687-395b-41f5-a30f-a58921a69b79"
LINK = f"urn:cdx:{SERIAL}/2"
EXCUSED = {"state": "not_affected", "justification": "code_not_present"}


def parts(*components: dict[str, Any], serial: str = SERIAL, version: object = 2) -> dict[str, Any]:
    """Write the list of an image's packages, to which another document may refer."""
    return {
        "bomFormat": "CycloneDX",
        "serialNumber": f"urn:uuid:{serial}",
        "version": version,
        "components": list(components) or [{"bom-ref": "p", "name": "p", "purl": "pkg:apk/wolfi/p"}],
    }


def linking(ref: str, **more: object) -> TrustedStatement:
    """Excuse what another document names."""
    about = {"id": "CVE-0", "analysis": EXCUSED, "affects": [{"ref": ref, **more}]}
    return trusted(CYCLONEDX, {"bomFormat": "CycloneDX", "vulnerabilities": [about]})


@pytest.mark.parametrize("ref", [f"{LINK}#p", f"URN:CDX:{SERIAL.upper()}/2#p", f"{LINK}#%70"])
def test_a_component_of_another_document_is_found_by_its_link(ref: str) -> None:
    assert high(read(linking(ref), trusted(CYCLONEDX, parts()))) == 0


@pytest.mark.parametrize("written", ["pkg:apk/wolfi/p@1?arch=x86_64", "pkg%3Aapk%2Fwolfi%2Fp%401%3Farch%3Dx86_64"])
def test_a_reference_that_is_a_package_url_is_found_encoded_or_not(written: str) -> None:
    component = {"bom-ref": "pkg:apk/wolfi/p@1?arch=x86_64", "name": "p", "purl": PURL}
    assert high(read(linking(f"{LINK}#{written}"), trusted(CYCLONEDX, parts(component)))) == 0


def test_a_document_refers_to_itself_by_a_link_too() -> None:
    own = bom(EXCUSED, ref=f"urn:cdx:{SERIAL}/1#p", serialNumber=f"urn:uuid:{SERIAL}")
    assert high(read(trusted(CYCLONEDX, own))) == 0


NOT_NAMED = "1 name what no document of the authors about this image names"


@pytest.mark.parametrize(
    "documents",
    [
        (),
        (parts(serial=SERIAL.replace("3", "4")),),
        (parts(version=1),),
        (parts({"bom-ref": "q", "name": "p", "purl": PURL}),),
        (parts({"bom-ref": "p", "name": "p"}),),
        (parts(), parts({"bom-ref": "p", "name": "p", "purl": "pkg:apk/wolfi/other"})),
        (parts({"bom-ref": "p", "name": "p", "purl": PURL}, {"bom-ref": "%70", "name": "o", "purl": "pkg:apk/o"}),),
        (parts(version="two"),),
        ({"bomFormat": "CycloneDX", "serialNumber": SERIAL},),
    ],
)
def test_a_link_that_names_nothing_sure_excuses_nothing_and_that_is_said(documents: tuple[dict[str, Any], ...]) -> None:
    posture = read(linking(f"{LINK}#p"), *(trusted(CYCLONEDX, one) for one in documents))
    assert (high(posture), [note for note in posture.notes if note.endswith(NOT_NAMED)] != []) == (1, True)


def test_several_links_are_followed_beside_documents_of_another_form() -> None:
    said = [linking(f"{LINK}#p"), linking(f"{LINK}#p"), vex(say(name="CVE-9")), trusted(CYCLONEDX, parts())]
    assert high(read(*said)) == 0


def test_at_036_a_link_into_a_document_of_somebody_else_names_nothing() -> None:
    strangers = trusted(CYCLONEDX, parts())
    found = trusted(COSIGN_VULN, scan("HIGH"))
    assert high(read_posture([found, strangers], (), View((linking(f"{LINK}#p"),), image=SUBJECT))) == 1


def limited(state: dict[str, Any], *versions: dict[str, Any], ref: str = "pkg:apk/wolfi/p") -> TrustedStatement:
    about = {"id": "CVE-0", "analysis": state, "affects": [{"ref": ref, "versions": list(versions)}]}
    return trusted(CYCLONEDX, bom(vulnerabilities=[about]))


@pytest.mark.parametrize(
    ("versions", "counted"),
    [
        ([{"version": "1", "status": "unaffected"}], 0),
        ([{"version": "2", "status": "unaffected"}], 1),
        ([{"version": "1", "status": "affected"}], 1),
        ([{"version": "1"}], 1),
        ([{"version": "1", "status": "unknown"}], 1),
        ([{"range": "vers:apk/>=1|<2", "status": "unaffected"}], 0),
        ([{"range": "vers:apk/>=2", "status": "unaffected"}], 1),
        ([{"range": "vers:apk/<2-r1", "status": "unaffected"}], 1),
        ([{"range": "below two", "status": "unaffected"}], 1),
        ([], 1),
    ],
)
def test_a_claim_that_is_limited_to_versions_excuses_only_these(versions: list[dict[str, Any]], counted: int) -> None:
    assert high(read(limited(EXCUSED, *versions))) == counted


def test_versions_limit_a_component_of_this_and_of_another_document() -> None:
    versions = [{"version": "2", "status": "unaffected"}]
    own = limited(EXCUSED, *versions, ref="p")
    other = linking(f"{LINK}#p", versions=versions)
    assert (high(read(own)), high(read(other, trusted(CYCLONEDX, parts())))) == (1, 1)


def test_an_image_as_a_whole_has_no_version_that_could_be_told() -> None:
    versions = [{"version": "1", "status": "unaffected"}]
    assert high(read(limited(EXCUSED, *versions, ref="image"))) == 1


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        ([{"version": "1"}], 1),
        ([{"version": "2"}], 0),
        ([{"range": "vers:apk/<2-r1"}], 1),
        ([{"version": "1", "status": "unaffected"}], 0),
    ],
)
@pytest.mark.parametrize("ref", ["p", "image"])
def test_what_an_author_confirms_stands_where_the_versions_cannot_be_told(
    *, versions: list[dict[str, Any]], said: int, ref: str
) -> None:
    (found,) = read(limited({"state": "exploitable"}, *versions, ref=ref)).vulnerabilities
    assert len(found.vex) == (1 if ref == "image" else said)


@pytest.mark.parametrize("written", ["vers:apk/<2-r1", "below two"])
def test_versions_that_are_not_compared_are_said(written: str) -> None:
    posture = read(limited(EXCUSED, {"range": written, "status": "unaffected"}))
    assert posture.notes[0].endswith("change nothing; 1 name versions in a form that is not compared")


def test_a_status_of_a_version_that_is_none_makes_the_document_unreadable() -> None:
    posture = read(limited(EXCUSED, {"version": "1", "status": "fine"}))
    assert [one.path for one in posture.unreadable] == ["predicate.vulnerabilities[0].affects[0].versions[0].status"]


def test_without_a_trusted_author_an_analysis_excuses_nothing_in_its_own_document() -> None:
    posture = read_posture([trusted(CYCLONEDX, bom({"state": "resolved"}))])
    assert posture.measures["vulnerabilities.unknown"].value == 1


_ODD = st.none() | st.booleans() | st.integers(-1, 3) | st.text(max_size=8) | st.lists(st.integers(), max_size=2)
_VERSION = st.fixed_dictionaries(
    {},
    optional={
        "version": st.sampled_from(["1", "2", ""]) | _ODD,
        "range": st.sampled_from(["vers:apk/<2", "vers:apk/*", "x"]) | _ODD,
        "status": st.sampled_from(["affected", "unaffected", "unknown"]) | _ODD,
    },
)
_AFFECTS = st.fixed_dictionaries(
    {"ref": st.sampled_from(["p", "image", PURL, f"{LINK}#p", "urn:cdx:"]) | _ODD},
    optional={"versions": st.lists(_VERSION, max_size=2) | _ODD},
)
_ANALYSED = st.fixed_dictionaries(
    {"id": st.sampled_from(["CVE-0", "CVE-1"]), "analysis": st.just(EXCUSED) | _ODD},
    optional={"affects": st.lists(_AFFECTS, max_size=3) | _ODD},
)
_NAMING = st.fixed_dictionaries(
    {"bomFormat": st.just("CycloneDX")},
    optional={
        "serialNumber": st.just(f"urn:uuid:{SERIAL}") | _ODD,
        "version": st.integers(1, 2) | _ODD,
        "components": st.lists(
            st.fixed_dictionaries({"bom-ref": st.just("p") | _ODD, "name": st.just("p")}), max_size=2
        ),
        "vulnerabilities": st.lists(_ANALYSED, max_size=3) | _ODD,
    },
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_NAMING, max_size=3))
def test_at_052_whatever_documents_say_they_are_read_or_told_and_nothing_gets_worse(said: list[dict[str, Any]]) -> None:
    posture = read(*(trusted(CYCLONEDX, one) for one in said))
    assert high(posture) in (0, 1)


_STATUS = st.sampled_from(["not_affected", "affected", "fixed", "under_investigation"])
_PRODUCT = st.sampled_from([IMAGE, PURL, "pkg:oci/api", f"pkg:oci/x@sha256:{OTHER.hex}", {"@id": IMAGE}])
_SAY = st.builds(
    lambda status, name, product: say(status, f"CVE-{name}", [product]), _STATUS, st.integers(0, 4), _PRODUCT
)
_SEVERITIES = st.lists(st.sampled_from(["CRITICAL", "HIGH", "LOW"]), max_size=5)


def numbers(posture: Posture) -> Iterator[tuple[str, int]]:
    return ((key, one.value) for key, one in posture.measures.items() if isinstance(one.value, int))


@settings(max_examples=100, deadline=None)
@given(_SEVERITIES, st.lists(_SAY, max_size=5))
def test_without_a_trusted_author_nothing_gets_milder(severities: list[str], said: list[dict[str, Any]]) -> None:
    alone = read_posture([trusted(COSIGN_VULN, scan(*severities))])
    beside = read_posture([trusted(COSIGN_VULN, scan(*severities)), vex(*said)])
    assert {key: value for key, value in numbers(beside) if not key.startswith("vex.")} == dict(numbers(alone))


@settings(max_examples=100, deadline=None)
@given(_SEVERITIES, st.lists(_SAY, max_size=5))
def test_vex_hides_nothing_that_it_does_not_name(severities: list[str], said: list[dict[str, Any]]) -> None:
    posture = read(vex(*said), severities=severities)
    named = {one["vulnerability"] for one in said if one["status"] in ("not_affected", "fixed")}
    assert {one.id for one in posture.vulnerabilities if one.excused} <= named
    assert len(posture.vulnerabilities) == len(severities)


@settings(max_examples=100, deadline=None)
@given(_SEVERITIES, st.lists(_SAY, max_size=5))
def test_vex_never_makes_a_count_larger(severities: list[str], said: list[dict[str, Any]]) -> None:
    without, with_vex = (
        dict(numbers(read(severities=severities))),
        dict(numbers(read(vex(*said), severities=severities))),
    )
    assert all(with_vex[key] <= value for key, value in without.items())


@pytest.mark.needs_data
@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("openvex/v0.0.1", {"fixed"}),
        ("openvex/v0.2.0", {"fixed", "not_affected"}),
        ("openvex/v020-1.vex", None),
        ("guac/open-vex-affected", {"affected"}),
        ("guac/open-vex-not-affected", {"not_affected"}),
    ],
)
def test_real_documents_of_both_versions_are_read(real_data: Path, name: str, statuses: set[str] | None) -> None:
    text = (real_data / f"sigstore/predicates/{name}.json").read_text(encoding="utf-8")
    found = openvex_claims(json.loads(text))
    assert found
    assert all(one.products for one in found)
    assert statuses is None or {one.status for one in found} <= statuses


@pytest.mark.needs_data
def test_the_real_document_attested_to_an_image_means_that_image(real_data: Path) -> None:
    statements = payloads(real_data / "sigstore/legacy-oci/openvex-discovery/wolfi-base-att")
    attested = [one for one in statements if one["predicateType"] == OPENVEX]
    assert attested
    for one in attested:
        subject = Digest(one["subject"][0]["digest"]["sha256"])
        (claim,) = openvex_claims(one["predicate"])
        assert [product.image for product in claim.products] == [subject]
        assert [package.path for package in claim.products[0].packages] == [("wolfi", "apk-tools")]
