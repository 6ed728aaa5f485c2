"""Image policies of Sigstore's policy controller, row by row, and those of others that are called alike."""

from __future__ import annotations

import pytest

from app.admission.cluster_image_policy.authority import log_required
from app.core.policy_edit import Effect
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, edits, effect, with_

PEM = "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n"
ONE, TWO = PEM.format("one"), PEM.format("two")
WHO = {"issuer": "https://i", "subject": "https://github.com/acme/a"}
KEYLESS = {"keyless": {"identities": [WHO]}, "name": "main"}
KEY = {"key": {"data": ONE}, "name": "main"}
SIGNED = {"name": "sbom", "predicateType": "https://spdx.dev/Document", "policy": {"type": "cue", "data": "a"}}
POLICY: Object = {
    "apiVersion": "policy.sigstore.dev/v1beta1",
    "kind": "ClusterImagePolicy",
    "metadata": {"name": "p"},
    "spec": {"images": [{"glob": "ghcr.io/acme/**"}], "authorities": [KEYLESS]},
}


def globs(*texts: str) -> list[object]:
    return [{"glob": text} for text in texts]


@pytest.mark.parametrize(
    ("path", "before", "after", "wanted"),
    [
        ("mode", None, "warn", WEAKER),
        ("mode", "warn", "enforce", STRONGER),
        ("images", globs("ghcr.io/acme/**"), globs("ghcr.io/acme/*"), WEAKER),
        ("images", globs("a/*", "b/*"), globs("a/*"), WEAKER),
        # A wider glob also admits images that are refused where no policy covers them.
        ("images", globs("ghcr.io/acme/*"), globs("ghcr.io/**"), CANNOT_TELL),
        ("images", globs("a/*"), globs("b/*"), WEAKER),
        ("images", globs("*"), globs("index.docker.io/library/*"), NEUTRAL),
        ("images", globs("a"), globs("${IMAGES}"), CANNOT_TELL),
        ("images", globs("a"), [{"glob": "a", "other": 1}], CANNOT_TELL),
        ("images", globs("a"), "a", CANNOT_TELL),
        ("images", globs("a"), [{"glob": 3}], CANNOT_TELL),
        ("authorities", [KEYLESS], [KEYLESS, {"name": "b", **KEY}], WEAKER),
        ("authorities", [KEYLESS, {"key": {"data": ONE}}], [KEYLESS], STRONGER),
        ("authorities", [KEYLESS], [], CANNOT_TELL),
        ("authorities", [KEYLESS], "none", CANNOT_TELL),
        ("authorities", [KEYLESS, KEY], [KEY, KEYLESS], NEUTRAL),
        ("authorities", [KEYLESS], [KEYLESS, {"static": {"action": "pass"}}], WEAKER),
        ("match", None, [{"resource": "pods"}], WEAKER),
        ("match", [{"resource": "pods"}], None, STRONGER),
        ("match", [{"resource": "pods"}], [{"resource": "pods"}, {"resource": "jobs"}], STRONGER),
        ("match", [{"resource": "pods"}, {"resource": "jobs"}], [{"resource": "jobs"}], WEAKER),
        ("match", [{"resource": "pods"}], [{"resource": "jobs"}], CANNOT_TELL),
        ("match", [{"resource": "pods"}], {"a": 1}, CANNOT_TELL),
        ("policy", None, {"type": "cue"}, STRONGER),
        ("policy", {"type": "cue"}, None, WEAKER),
        ("policy", {"data": "a"}, {"data": "b"}, CANNOT_TELL),
        ("policy", {"type": "cue"}, {"type": "cue", "includeSpec": True}, CANNOT_TELL),
        ("strange", None, 1, CANNOT_TELL),
    ],
)
def test_policies(path: str, before: object, after: object, wanted: Effect) -> None:
    assert effect(*(with_(POLICY, f"spec.{path}", one) for one in (before, after))) is wanted


def test_more_images_under_an_authority_that_always_passes_is_weaker() -> None:
    open_ = with_(POLICY, "spec.authorities", [{"static": {"action": "pass"}}])
    assert effect(open_, with_(open_, "spec.images", globs("**"))) is WEAKER


def test_a_policy_that_comes_or_goes() -> None:
    open_ = with_(POLICY, "spec.authorities", [{"static": {"action": "pass"}}])
    assert [effect(None, POLICY), effect(POLICY, None), effect(None, open_)] == [CANNOT_TELL, WEAKER, WEAKER]


def test_the_older_group_is_the_same_engine() -> None:
    old = {**POLICY, "apiVersion": "cosigned.sigstore.dev/v1alpha1"}
    assert effect(old, with_(old, "spec.mode", "warn")) is WEAKER


def who(**other: object) -> dict[str, object]:
    return {"keyless": {"identities": [{**WHO, **other}]}, "name": "main"}


def keyless(**fields: object) -> dict[str, object]:
    return {"keyless": {"identities": [WHO], **fields}, "name": "main"}


def key(**fields: object) -> dict[str, object]:
    return {"key": fields, "name": "main"}


def attested(*attestations: object) -> dict[str, object]:
    return {**KEYLESS, "attestations": list(attestations)}


REMOTE = {"type": "cue", "remote": {"url": "https://a"}}
PINNED = {"type": "cue", "remote": {"url": "https://a", "sha256sum": "0" * 64}}
MAIN = {"issuer": "https://i", "subjectRegExp": r"https://github\.com/acme/.*"}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (KEY, KEYLESS, WEAKER),
        (KEYLESS, {"static": {"action": "pass"}, "name": "main"}, WEAKER),
        ({"static": {"action": "pass"}, "name": "main"}, KEYLESS, STRONGER),
        ({"static": {"action": "pass"}}, {"static": {"action": "fail"}}, STRONGER),
        ({"static": {"action": "fail"}}, {"static": {"action": "odd"}}, WEAKER),
        (key(data=ONE), key(data=TWO), WEAKER),
        (key(data=ONE), key(data=ONE + TWO), WEAKER),
        (key(data=ONE + TWO), key(data=ONE), STRONGER),
        (key(data=ONE), key(data=ONE.strip()), NEUTRAL),
        (key(data="a"), key(data="b"), WEAKER),
        (key(data="a"), key(data=3), WEAKER),
        (key(secretRef={"name": "a"}), key(secretRef={"name": "b"}), WEAKER),
        (key(kms="a"), key(kms="b"), WEAKER),
        (key(secretRef={"name": "a"}), key(data=ONE), WEAKER),
        (key(data=ONE), key(data=ONE, hashAlgorithm="sha512"), CANNOT_TELL),
        (who(), who(subject="https://github.com/acme/b"), WEAKER),
        (KEYLESS, keyless(identities=[WHO, {**WHO, "issuer": "https://j"}]), WEAKER),
        (keyless(identities=[WHO, {**WHO, "issuer": "https://j"}]), KEYLESS, STRONGER),
        (KEYLESS, keyless(identities=[MAIN]), WEAKER),
        (keyless(identities=[MAIN]), KEYLESS, STRONGER),
        (
            keyless(identities=[MAIN]),
            keyless(identities=[{**MAIN, "subjectRegExp": "^https://github.com/acme/a$"}]),
            WEAKER,
        ),
        (keyless(identities=[MAIN]), keyless(identities=[{"subjectRegExp": MAIN["subjectRegExp"]}]), WEAKER),
        (keyless(identities=[WHO, MAIN]), keyless(identities=[MAIN]), NEUTRAL),
        (keyless(identities=[{**WHO, **MAIN}]), keyless(identities=[MAIN]), NEUTRAL),
        (KEYLESS, keyless(identities=[{**WHO, "SubjectRegExp": "a"}]), CANNOT_TELL),
        (KEYLESS, keyless(identities=[{**WHO, "subjectRegExp": "("}]), CANNOT_TELL),
        (KEYLESS, keyless(identities=[{**WHO, "issuer": "${ISSUER}"}]), CANNOT_TELL),
        (KEYLESS, keyless(identities=[{**WHO, "issuer": 3}]), CANNOT_TELL),
        (KEYLESS, keyless(identities="all"), CANNOT_TELL),
        (KEYLESS, keyless(identities=[]), WEAKER),
        (keyless(identities=[]), KEYLESS, STRONGER),
        (keyless(url="https://a"), keyless(url="https://b"), WEAKER),
        (KEYLESS, keyless(url="https://b"), CANNOT_TELL),
        (keyless(**{"ca-cert": {"data": ONE}}), keyless(**{"ca-cert": {"data": TWO}}), WEAKER),
        (keyless(trustRootRef="a"), keyless(trustRootRef="b"), WEAKER),
        (KEYLESS, keyless(insecureIgnoreSCT=True), WEAKER),
        (keyless(insecureIgnoreSCT=True), KEYLESS, STRONGER),
        # Without a log of its own, another root of trust ends that the log is asked.
        (KEYLESS, keyless(trustRootRef="a"), WEAKER),
        (KEYLESS, {**KEYLESS, "ctlog": {}}, WEAKER),
        ({**KEYLESS, "ctlog": {}}, KEYLESS, STRONGER),
        (KEY, {**KEY, "ctlog": {"url": "https://log"}}, STRONGER),
        ({**KEY, "ctlog": {"url": "https://log"}}, KEY, WEAKER),
        ({**KEY, "ctlog": {"url": "https://log"}}, {**KEY, "ctlog": {"url": "https://other"}}, WEAKER),
        (KEY, {**KEY, "ctlog": {}}, NEUTRAL),
        (KEYLESS, {**KEYLESS, "rfc3161timestamp": {"trustRootRef": "a"}}, WEAKER),
        ({**KEYLESS, "rfc3161timestamp": {"trustRootRef": "a"}}, KEYLESS, CANNOT_TELL),
        ({**KEYLESS, "signatureFormat": "bundle"}, {**KEYLESS, "signatureFormat": "bundle", "ctlog": {}}, CANNOT_TELL),
        (KEYLESS, {**KEYLESS, "signatureFormat": "bundle"}, CANNOT_TELL),
        (KEYLESS, {**KEYLESS, "source": [{"oci": "ghcr.io/other"}]}, CANNOT_TELL),
        (KEYLESS, {**KEYLESS, "name": "other"}, CANNOT_TELL),
        (KEYLESS, {**KEYLESS, "strange": 1}, CANNOT_TELL),
        (KEYLESS, attested(SIGNED), WEAKER),
        (attested(SIGNED), KEYLESS, WEAKER),
        (attested(SIGNED), attested(SIGNED, {"name": "vuln"}), STRONGER),
        (attested(SIGNED, {"name": "vuln"}), attested(SIGNED), WEAKER),
        (attested(SIGNED, {"name": "vuln"}), attested({"name": "vuln"}, SIGNED), NEUTRAL),
        (attested(SIGNED), attested({**SIGNED, "predicateType": "https://other"}), WEAKER),
        (attested(SIGNED), attested({**SIGNED, "name": "other"}), NEUTRAL),
        (attested(SIGNED), attested({**SIGNED, "policy": {"type": "cue", "data": "b"}}), CANNOT_TELL),
        (attested({"name": "a"}), attested({"name": "a", "policy": {"data": "b"}}), STRONGER),
        (attested(SIGNED), attested(with_(SIGNED, "policy", None)), WEAKER),
        (attested({"policy": REMOTE}), attested({"policy": PINNED}), STRONGER),
        (attested({"policy": PINNED}), attested({"policy": REMOTE}), CANNOT_TELL),
        (attested(SIGNED), {**KEYLESS, "attestations": "all"}, CANNOT_TELL),
    ],
)
def test_authorities(before: object, after: object, wanted: Effect) -> None:
    assert effect(*(with_(POLICY, "spec.authorities", [one]) for one in (before, after))) is wanted


def test_who_is_newly_accepted_is_shown() -> None:
    wide = keyless(identities=[{**MAIN, "subjectRegExp": "https://github.com/acme"}])
    found = edits(POLICY, with_(POLICY, "spec.authorities", [wide]))
    assert [bool(edit.witness) for edit in found] == [True]


@pytest.mark.parametrize(
    ("authority", "wanted"),
    [
        (KEYLESS, True),
        ({**KEYLESS, "ctlog": {}}, False),
        (keyless(trustRootRef="a"), False),
        ({**keyless(trustRootRef="a"), "ctlog": {"trustRootRef": "a"}}, True),
        ({**KEY, "ctlog": {"url": "a"}}, True),
        (KEY, False),
        ({**KEYLESS, "rfc3161timestamp": {}}, False),
        ({**KEYLESS, "signatureFormat": "legacy"}, True),
        ({**KEYLESS, "signatureFormat": "bundle"}, None),
    ],
)
def test_whether_a_log_is_asked(authority: object, wanted: object) -> None:
    assert log_required(authority) is wanted  # type: ignore[arg-type]  # data as it is read


def other(api: str, kind: str, **spec: object) -> Object:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "x"}, "spec": spec}


OPENSHIFT = "config.openshift.io/v1"


def openshift(scopes: object = ("a", "b"), **policy: object) -> Object:
    return other(OPENSHIFT, "ClusterImagePolicy", scopes=list(scopes), policy=policy)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (openshift(), openshift(["a"]), WEAKER),
        (openshift(["a"]), openshift(), STRONGER),
        (openshift(rootOfTrust={"policyType": "PublicKey"}), openshift(rootOfTrust={"policyType": "PKI"}), WEAKER),
        (openshift(), openshift(signedIdentity={"matchPolicy": "MatchRepository"}), WEAKER),
        (openshift(signedIdentity={"matchPolicy": "MatchRepository"}), openshift(), STRONGER),
        (openshift(), openshift(signedIdentity={"matchPolicy": "RemapIdentity"}), CANNOT_TELL),
        (openshift(), openshift(signedIdentity={"exactRepository": {}}), CANNOT_TELL),
        (None, openshift(), STRONGER),
        (openshift(), None, WEAKER),
    ],
)
def test_openshift(before: Object | None, after: Object | None, wanted: Effect) -> None:
    assert effect(before, after) is wanted


def registries(**sources: object) -> Object:
    return other(OPENSHIFT, "Image", registrySources=sources)


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (registries(allowedRegistries=["a"]), registries(allowedRegistries=["a", "b"]), WEAKER),
        (registries(allowedRegistries=["a"]), registries(), WEAKER),
        (registries(), registries(allowedRegistries=["a"]), STRONGER),
        (registries(blockedRegistries=["a"]), registries(), WEAKER),
        (registries(), registries(insecureRegistries=["a"]), WEAKER),
        (None, registries(insecureRegistries=["a"]), WEAKER),
        (None, registries(blockedRegistries=["a"]), STRONGER),
        (registries(blockedRegistries=["a"]), None, WEAKER),
    ],
)
def test_registries_of_openshift(before: Object | None, after: Object | None, wanted: Effect) -> None:
    assert effect(before, after) is wanted


@pytest.mark.parametrize("kind", ["ClusterImagePolicy", "ImagePolicy"])
def test_ibm(kind: str) -> None:
    one, two = (other("portieris.cloud.ibm.com/v1", kind, repositories=[name]) for name in "ab")
    assert [effect(None, one), effect(one, two), effect(one, None)] == [CANNOT_TELL, CANNOT_TELL, WEAKER]
