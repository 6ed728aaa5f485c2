"""Provenance, package lists and hardening: what they say, and nothing that they do not."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from app.core.posture import Value
from app.predicates import read_posture
from tests.conftest import ROOT
from tests.predicates.statements import trusted

V02, V1 = "https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v1"
SPDX, CYCLONEDX = "https://spdx.dev/Document", "https://cyclonedx.org/bom"
HARDENING = "https://assay.dev/hardening/v1"
SHA, OTHER = "b" * 40, "c" * 40
REPOSITORY = "https://github.com/acme/api"


def values(kind: str, predicate: object) -> dict[str, Value]:
    posture = read_posture([trusted(kind, predicate)])
    assert posture.unreadable == ()
    return {key.split(".", 1)[-1]: one.value for key, one in posture.measures.items()}


def problem(kind: str, predicate: object) -> str:
    (one,) = read_posture([trusted(kind, predicate)]).unreadable
    return f"{one.path}: {one.reason}"


def v1(external: object, *dependencies: object) -> dict[str, Any]:
    return {
        "buildDefinition": {"externalParameters": external, "resolvedDependencies": list(dependencies)},
        "runDetails": {"builder": {"id": "builder"}},
    }


def git(uri: str, commit: str, name: str = "gitCommit") -> dict[str, Any]:
    return {"uri": uri, "digest": {name: commit}}


FULL = {"builder": "builder", "source": REPOSITORY, "ref": "refs/heads/main", "commit": SHA}


@pytest.mark.parametrize(
    "predicate",
    [
        v1(
            {"workflow": {"repository": REPOSITORY, "ref": "refs/heads/main"}},
            git(f"git+{REPOSITORY}@refs/heads/main", SHA),
        ),
        v1({"source": f"git+{REPOSITORY}.git@refs/heads/main"}, git(f"git+{REPOSITORY}", SHA)),
        v1({"configSource": {"uri": f"{REPOSITORY}.git#refs/heads/main"}}, git(REPOSITORY, SHA, "sha1")),
        v1({}, git(f"git+{REPOSITORY}@refs/heads/main", SHA), {"uri": "pkg:oci/base", "digest": {"sha256": "0"}}),
        v1({"source": ["not", "a", "text"]}, git(f"git+{REPOSITORY}@refs/heads/main", SHA), {"uri": "x"}),
    ],
)
def test_provenance_v1_names_builder_source_commit_and_ref(predicate: object) -> None:
    assert values(V1, predicate) == FULL


@pytest.mark.parametrize(
    "more",
    [
        {"invocation": {"configSource": {"uri": f"git+{REPOSITORY}@refs/heads/main", "digest": {"sha1": SHA}}}},
        {
            "invocation": {"configSource": {"uri": f"git+{REPOSITORY}@refs/heads/main"}},
            "materials": [git(REPOSITORY, SHA)],
        },
        {"materials": [git(f"git+{REPOSITORY}@refs/heads/main", SHA, "sha1")]},
        {"invocation": {"configSource": {}}, "materials": [git(f"{REPOSITORY}@refs/heads/main", SHA)]},
    ],
)
def test_provenance_v02_names_builder_source_commit_and_ref(more: dict[str, Any]) -> None:
    assert values(V02, {"builder": {"id": "builder"}, **more}) == FULL


def test_provenance_v1_names_workflow_trigger_and_runner() -> None:
    predicate = v1({"workflow": {"repository": REPOSITORY, "path": ".github/workflows/release.yml"}})
    told = {"event_name": "push", "runner_environment": "github-hosted"}
    predicate["buildDefinition"]["internalParameters"] = {"github": told}
    found = values(V1, predicate)
    assert (found["workflow"], found["trigger"], found["runner"]) == (
        ".github/workflows/release.yml",
        "push",
        "github-hosted",
    )


@pytest.mark.parametrize(
    "environment",
    [
        {"github_event_name": "push", "github_runner_environment": "github-hosted"},
        {"GITHUB_EVENT_NAME": "push", "RUNNER_ENVIRONMENT": "github-hosted"},
    ],
)
def test_provenance_v02_names_workflow_trigger_and_runner(environment: dict[str, str]) -> None:
    invocation = {"configSource": {"uri": REPOSITORY, "entryPoint": "release.yml"}, "environment": environment}
    found = values(V02, {"builder": {"id": "b"}, "invocation": invocation})
    assert (found["workflow"], found["trigger"], found["runner"]) == ("release.yml", "push", "github-hosted")


def test_a_draft_of_v1_is_read_as_v1() -> None:
    assert values("https://slsa.dev/provenance/v1.0?draft", v1({})) == {"builder": "builder"}


def test_with_several_repositories_nobody_says_which_was_built() -> None:
    assert values(V1, v1({}, git("https://h/a", SHA), git("https://h/b", SHA))) == {"builder": "builder"}


def test_with_several_commits_of_the_source_nobody_says_which_was_built() -> None:
    found = values(V1, v1({}, git("https://h/a@x", SHA), git("https://h/a@y", OTHER)))
    assert found == {"builder": "builder", "source": "https://h/a"}


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://user:token@github.com/acme/api.git", REPOSITORY),
        ("git+https://GitHub.com/acme/api/?token=secret", REPOSITORY),
        ("git@github.com:acme/api.git", "github.com:acme/api"),
        ("pkg:github/acme/api@1", "pkg:github/acme/api@1"),
        ("https://host", "https://host"),
    ],
)
def test_at_050_a_source_is_shown_without_user_information_and_query(uri: str, source: str) -> None:
    assert values(V1, v1({"source": uri}))["source"] == source


@pytest.mark.parametrize(
    ("kind", "predicate", "sentence"),
    [
        (V1, {"buildDefinition": {}}, "predicate.runDetails: is missing"),
        (V1, {"builder": {"id": ""}}, "predicate.builder.id: is empty"),
        (V02, {}, "predicate.builder: is missing"),
        (
            V02,
            {"builder": {"id": "b"}, "materials": [git("x", "main")]},
            "predicate.materials[0].digest.gitCommit: is not a git commit",
        ),
        (SPDX, {"spdxVersion": "SPDX-3.0"}, "predicate.spdxVersion: is not SPDX-2"),
        (SPDX, {"spdxVersion": "SPDX-2.3"}, "predicate.packages: is missing"),
        (CYCLONEDX, {"bomFormat": "other"}, "predicate.bomFormat: is not CycloneDX"),
        (HARDENING, {}, "predicate: says nothing about hardening"),
        (HARDENING, [], "predicate: is not an object"),
        (HARDENING, {"vulnerabilities": {"before": {}}}, "predicate.vulnerabilities.before.critical: is missing"),
    ],
)
def test_a_wrong_shape_is_unreadable_with_its_place(kind: str, predicate: object, sentence: str) -> None:
    assert problem(kind, predicate) == sentence


def test_spdx_lists_packages_and_licences_but_not_the_image_itself() -> None:
    document = {
        "spdxVersion": "SPDX-2.3",
        "documentDescribes": ["SPDXRef-image"],
        "packages": [
            {"SPDXID": "SPDXRef-image", "name": "image"},
            {"name": "a", "versionInfo": "1", "licenseConcluded": "NOASSERTION", "licenseDeclared": "MIT"},
            {"name": "b", "licenseConcluded": "NONE"},
        ],
    }
    posture = read_posture([trusted(SPDX, document)])
    assert {key: one.value for key, one in posture.measures.items()} == {
        "licences": frozenset({"MIT"}),
        "packages": frozenset({"a@1", "b"}),
        "packages.count": 2,
    }


def test_cyclonedx_lists_nested_packages_and_licences() -> None:
    inner = {"name": "b", "licenses": [{"license": {"name": "Own"}}, {"expression": "MIT OR X"}, {}]}
    document = {
        "bomFormat": "CycloneDX",
        "components": [{"name": "a", "version": "1", "licenses": [{"license": {"id": "MIT"}}], "components": [inner]}],
    }
    posture = read_posture([trusted(CYCLONEDX, document)])
    assert {key: one.value for key, one in posture.measures.items()} == {
        "licences": frozenset({"MIT", "Own", "MIT OR X"}),
        "packages": frozenset({"a@1", "b"}),
        "packages.count": 2,
    }


NUMBERS = {"critical": 1, "high": 2, "medium": 3, "low": 4, "unknown": 0}
HARDENED: dict[str, Any] = {
    "hardener": {"id": "tool", "version": "1"},
    "scan": {
        "scanner": "https://github.com/aquasecurity/trivy",
        "platform": "linux/arm64/v8",
        "database": {"lastUpdate": "2026-11-22T06:00:00Z"},
    },
    "vulnerabilities": {"before": NUMBERS, "after": NUMBERS | {"critical": 0}},
    "packagesRemoved": ["bash", "apt", "bash"],
    "shell": False,
    "packageManager": False,
    "user": "65532:65532",
    "baseImage": "docker.io/library/debian@sha256:" + "d" * 64,
}


def test_hardening_yields_a_measure_for_each_member() -> None:
    assert values(HARDENING, HARDENED) == {
        "vulnerabilities.before": 10,
        "vulnerabilities.after": 9,
        "packages-removed": 2,
        "shell": False,
        "package-manager": False,
        "user": "65532:65532",
        "root": False,
        "base-image": HARDENED["baseImage"],
    }


def test_hardening_says_what_its_counts_rest_on() -> None:
    basis = read_posture([trusted(HARDENING, HARDENED)]).measures["hardening.vulnerabilities.after"].basis
    assert basis is not None
    assert (str(basis.platform), basis.scanner) == ("linux/arm64/v8", "trivy")


def test_hardening_without_a_scan_has_counts_that_are_comparable_to_none() -> None:
    predicate = {key: value for key, value in HARDENED.items() if key != "scan"}
    basis = read_posture([trusted(HARDENING, predicate)]).measures["hardening.vulnerabilities.after"].basis
    assert basis is not None
    assert (basis.platform, basis.scanner, basis.database) == (None, None, None)


@pytest.mark.parametrize("platform", ["", "linux", "linux/", "a/b/c/d"])
def test_a_platform_that_is_none_is_not_known(platform: str) -> None:
    predicate = HARDENED | {"scan": {"scanner": "s", "platform": platform}}
    basis = read_posture([trusted(HARDENING, predicate)]).measures["hardening.vulnerabilities.after"].basis
    assert basis is not None
    assert basis.platform is None


@pytest.mark.parametrize(
    ("user", "root"),
    [
        ("", True),
        ("root", True),
        ("0", True),
        ("00:1", True),
        ("root:wheel", True),
        (" 1", True),
        ("1000", False),
        ("nobody", False),
    ],
)
def test_a_user_is_root_by_name_number_or_silence(user: str, root: bool) -> None:  # noqa: FBT001 - a parameter
    assert values(HARDENING, {"user": user})["root"] is root


@pytest.mark.parametrize("count", [-1, 1_000_001, 1.5, "0", None, True])
def test_at_049_a_hardening_count_that_is_none_is_malformed(count: object) -> None:
    predicate = {"vulnerabilities": {"before": NUMBERS, "after": NUMBERS | {"high": count}}}
    assert problem(HARDENING, predicate).startswith("predicate.vulnerabilities.after.high: ")


def schema() -> jsonschema_rs.Draft202012Validator:
    text = (ROOT / "docs/schemas/hardening-v1.json").read_text(encoding="utf-8")
    return jsonschema_rs.Draft202012Validator(json.loads(text))


def test_the_published_schema_accepts_what_is_read() -> None:
    assert schema().is_valid(HARDENED)


@pytest.mark.parametrize(
    "predicate",
    [
        {},
        {"hardener": {"id": "x"}},
        {"shell": "no"},
        {"user": 0},
        {"baseImage": ""},
        {"packagesRemoved": [1]},
        {"vulnerabilities": {"before": NUMBERS}},
        {"vulnerabilities": {"before": NUMBERS, "after": NUMBERS | {"high": -1}}},
        {"scan": {}, "vulnerabilities": {"before": NUMBERS, "after": NUMBERS}},
    ],
)
def test_the_published_schema_and_the_reader_refuse_the_same(predicate: dict[str, Any]) -> None:
    unreadable = read_posture([trusted(HARDENING, predicate)]).unreadable
    assert (schema().is_valid(predicate), len(unreadable)) == (False, 1)


def envelopes(value: object) -> Iterator[str]:
    """Every payload in a JSON value, at any depth."""
    if isinstance(value, dict):
        if isinstance(value.get("payload"), str):
            yield value["payload"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from envelopes(one)


def documents(folder: Path) -> Iterator[object]:
    """Every JSON value in a folder that stands on one line."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                yield json.loads(line)


def payloads(folder: Path) -> list[dict[str, Any]]:
    """Every statement in a folder of bundles, envelopes and OCI blobs."""
    texts = (base64.b64decode(one) for document in documents(folder) for one in envelopes(document))
    return [json.loads(text) for text in texts if text.startswith(b"{")]


@pytest.mark.needs_data
def test_the_real_provenance_of_the_oci_layouts_names_its_source(real_data: Path) -> None:
    statements = payloads(real_data / "sigstore/legacy-oci/slsa-verifier")
    found = {str(values(one["predicateType"], one["predicate"])["source"]) for one in statements}
    assert found == {"https://github.com/slsa-framework/example-package"}


@pytest.mark.needs_data
def test_the_real_provenance_of_the_oci_layouts_names_workflow_and_trigger(real_data: Path) -> None:
    statements = payloads(real_data / "sigstore/legacy-oci/slsa-verifier")
    assert all({"workflow", "trigger"} <= values(one["predicateType"], one["predicate"]).keys() for one in statements)


@pytest.mark.needs_data
def test_every_real_provenance_names_builder_source_and_commit(real_data: Path) -> None:
    statements = [
        one
        for one in payloads(real_data / "sigstore/bundles/github-cli")
        if str(one.get("predicateType", "")).startswith("https://slsa.dev/provenance/")
    ]
    assert statements
    assert all(
        values(one["predicateType"], one["predicate"]).keys() >= {"builder", "source", "commit"} for one in statements
    )


@pytest.mark.needs_data
def test_a_real_spdx_document_written_as_a_text_is_read(real_data: Path) -> None:
    statements = payloads(real_data / "sigstore/legacy-oci/openvex-discovery")
    (one,) = [one for one in statements if one["predicateType"] == SPDX]
    count = values(SPDX, one["predicate"])["count"]
    assert isinstance(one["predicate"], str)
    assert isinstance(count, int)
    assert count > 10
