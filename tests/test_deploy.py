"""What is given to run it in containers: nothing runs as root or writes to its root, and each setting named exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import VARIABLES

ROOT = Path(__file__).parents[1]
BASE = ROOT / "deploy" / "kubernetes"
NOT_OURS = {"ASSAY_DATABASE_PASSWORD"}  # Compose's own, which becomes a part of the database's URL


def _objects() -> Iterator[dict[str, Any]]:
    for file in sorted(BASE.glob("*.yaml")):
        yield from yaml.safe_load_all(file.read_text(encoding="utf-8"))


def _pods() -> list[dict[str, Any]]:
    return [one["spec"]["template"]["spec"] for one in _objects() if "template" in one.get("spec", {})]


def test_the_base_names_each_of_its_files() -> None:
    named = yaml.safe_load((BASE / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    assert sorted(named) == sorted(file.name for file in BASE.glob("*.yaml") if file.name != "kustomization.yaml")


def test_there_are_a_web_and_a_worker() -> None:
    assert [pod["containers"][0]["args"] for pod in _pods()] == [["web"], ["worker"]]


@pytest.mark.parametrize("pod", _pods(), ids=lambda pod: pod["containers"][0]["name"])
def test_no_pod_runs_as_root_or_writes_to_its_root(pod: dict[str, Any]) -> None:
    inside = pod["containers"][0]["securityContext"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert inside == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize("pod", _pods(), ids=lambda pod: pod["containers"][0]["name"])
def test_each_place_that_a_pod_mounts_is_there(pod: dict[str, Any]) -> None:
    mounted = {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}


def test_the_image_runs_as_the_user_of_the_pods() -> None:
    users = re.findall(r"^USER (.+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert (
        users
        == [f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" for pod in _pods()][-1:]
    )


def test_at_214_the_image_installs_nothing_without_a_hash() -> None:
    installs = re.findall(r"pip install (.+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    others = [line for line in installs if "--require-hashes" not in line]
    assert len(installs) == 3
    assert [line.split()[-1] for line in others] == ["dist/*.whl"]


def test_compose_writes_to_no_root_and_keeps_no_right() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    ours = [services["web"], services["worker"]]
    assert [(one["read_only"], one["cap_drop"]) for one in ours] == [(True, ["ALL"])] * 2


def test_each_setting_that_is_named_exists() -> None:
    files = [ROOT / "Dockerfile", ROOT / "compose.yaml", *BASE.glob("*.yaml")]
    named = {name for file in files for name in re.findall(r"\bASSAY_[A-Z_]+\b", file.read_text(encoding="utf-8"))}
    assert named - NOT_OURS <= VARIABLES
