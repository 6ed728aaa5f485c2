"""VEX from a delivery to statuses and comment: attested in a registry, heeded only for whom the policy names, shown."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from app.core.oci import Digest
from tests.e2e.conftest import IDENTITY, IMAGES, ISSUER, World, policy
from tests.predicates.statements import COSIGN_VULN, trivy

SECURITY = "https://github.com/acme/security/.github/workflows/vex.yml@refs/heads/main"
SCOPE = """\
    attestations: [{type: vulnerabilities, signers: [release]}]
    limits: {vulnerabilities.high: 0}
"""
SIGNERS = f"  security: {{issuer: '{ISSUER}', identity: '{SECURITY}'}}\nimages:"
PURL = "pkg:apk/wolfi/p@1?arch=x86_64"
SERIAL = "3e671687-395b-41f5-a30f-a58921a69b79"
OPENVEX, CYCLONEDX = "https://openvex.dev/ns/v0.2.0", "https://cyclonedx.org/bom"


def under(world: World, *, heeded: bool = True) -> None:
    text = policy(world.desk.registry.host, scope=SCOPE + ("    vex: [security]\n" if heeded else ""))
    world.under_policy(text.replace("images:", SIGNERS))


def attest(world: World, digest: Digest, said: tuple[str, object], identity: str = SECURITY) -> None:
    signer = world.desk.sigstore.signer(identity, ISSUER)
    world.desk.registry.attach(world.desk.sigstore.attest("api", digest, *said, signer), "acme/api")


def scanned(world: World) -> tuple[str, Digest]:
    """Push a signed image in which the release workflow's scanner found something."""
    image, digest = world.image()
    predicate = trivy("HIGH")
    predicate["scanner"]["result"]["Results"][0]["Vulnerabilities"][0]["PkgIdentifier"] = {"PURL": PURL}
    attest(world, digest, (COSIGN_VULN, predicate), IDENTITY)
    return image, digest


def openvex(digest: Digest, status: str = "not_affected") -> Mapping[str, object]:
    said = {
        "vulnerability": {"name": "CVE-0"},
        "products": [{"@id": f"pkg:oci/api@sha256%3A{digest.hex}", "subcomponents": [{"@id": "pkg:apk/wolfi/p@1"}]}],
        "status": status,
        "justification": "vulnerable_code_not_in_execute_path",
    }
    return {"@context": OPENVEX, "@id": "https://acme.example/vex/1", "author": "acme", "statements": [said]}


def judged(world: World, image: str) -> tuple[str, str]:
    pull = world.bump(image)
    world.desk.work()
    return world.desk.states(pull)[IMAGES], pull.comments[-1].body.replace("`", "")


def test_without_vex_the_finding_breaks_the_limit(world: World) -> None:
    under(world)
    assert judged(world, scanned(world)[0])[0] == "failure"


def test_openvex_of_an_author_whom_the_policy_names_is_applied_and_shown_with_who_said_why(world: World) -> None:
    under(world)
    image, digest = scanned(world)
    attest(world, digest, (OPENVEX, openvex(digest)))
    state, comment = judged(world, image)
    assert (state, [one in comment for one in ("CVE-0", SECURITY, "vulnerable_code_not_in_execute_path")]) == (
        "success",
        [True, True, True],
    )


@pytest.mark.parametrize(
    ("heeded", "identity", "status"),
    [
        (False, SECURITY, "not_affected"),
        (True, SECURITY.replace("acme", "other"), "not_affected"),
        (True, IDENTITY, "not_affected"),
        (True, SECURITY, "affected"),
    ],
)
def test_at_036_openvex_of_anybody_else_or_that_excuses_nothing_changes_nothing(
    *, world: World, heeded: bool, identity: str, status: str
) -> None:
    under(world, heeded=heeded)
    image, digest = scanned(world)
    attest(world, digest, (OPENVEX, openvex(digest, status)), identity)
    assert judged(world, image)[0] == "failure"


@pytest.mark.parametrize(("versions", "state"), [("vers:apk/>=1|<2", "success"), ("vers:apk/<1-r3", "failure")])
def test_cyclonedx_vex_names_a_component_of_the_package_list_and_its_versions(
    world: World, versions: str, state: str
) -> None:
    under(world)
    image, digest = scanned(world)
    listed = {"bom-ref": "p", "name": "p", "purl": "pkg:apk/wolfi/p"}
    known = {"bomFormat": "CycloneDX", "serialNumber": f"urn:uuid:{SERIAL}", "version": 1, "components": [listed]}
    affects = {"ref": f"urn:cdx:{SERIAL}/1#p", "versions": [{"range": versions, "status": "unaffected"}]}
    analysis = {"state": "not_affected", "justification": "code_not_reachable"}
    said = {"id": "CVE-0", "analysis": analysis, "affects": [affects]}
    attest(world, digest, (CYCLONEDX, known))
    attest(world, digest, (CYCLONEDX, {"bomFormat": "CycloneDX", "vulnerabilities": [said]}))
    found, comment = judged(world, image)
    assert (found, "in a form that is not compared" in comment) == (state, state == "failure")
