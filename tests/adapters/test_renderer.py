"""Rendering in a shut-in process: programs of our own for the bounds, the real ones where the machine has them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from app.adapters.bounded_process import Bounds
from app.adapters.renderer import Renderer
from app.core.tree import Tool

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - {name: a, image: api}\n"
OVERLAY = {
    "base/kustomization.yaml": "resources: [pod.yaml]\n",
    "base/pod.yaml": POD,
    "overlays/prod/kustomization.yaml": (
        "resources: [../../base]\nimages:\n- {name: api, newName: ghcr.io/acme/api, newTag: '2'}\n"
    ),
}
CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "chart/values.yaml": "image: {repository: ghcr.io/acme/api, tag: '3'}\n",
    "chart/templates/pod.yaml": POD.replace("api}", '"{{ .Values.image.repository }}:{{ .Values.image.tag }}"}'),
}
TOOLS = os.environ.get("ASSAY_TESTS_RENDERERS", "")
real = pytest.mark.skipif(not TOOLS, reason="ASSAY_TESTS_RENDERERS names no folder with kustomize and helm")


def program(folder: Path, code: str, tool: Tool = Tool.KUSTOMIZE) -> Renderer:
    """Install a program of our own under a tool's name."""
    file = folder / tool.value
    file.write_text(f"#!{sys.executable} -IS\n{code}", encoding="utf-8")
    file.chmod(0o755)
    return Renderer.on(str(folder))


def offline(folder: Path) -> bool:
    """Say whether this machine can shut a program in; where it cannot, nothing is rendered."""
    return program(folder, "").render(Tool.KUSTOMIZE, "a", {"a/x": ""}).text is not None


@pytest.fixture
def room(tmp_path: Path) -> Path:
    if not offline(tmp_path):
        pytest.skip("this machine grants no network namespace")
    return tmp_path


def test_a_program_that_is_not_installed_is_said(tmp_path: Path) -> None:
    assert Renderer.on(str(tmp_path)).render(Tool.HELM, "a", {"a/x": ""}).problem == "helm is not installed"


def test_it_runs_in_the_folder_and_what_it_prints_comes_back(room: Path) -> None:
    renderer = program(room, "print(open('x.yaml').read(), open('../b/y.yaml').read())")
    assert renderer.render(Tool.KUSTOMIZE, "a", {"a/x.yaml": "1", "b/y.yaml": "2"}).text == "1 2\n"


def test_the_arguments_are_ours_and_name_no_folder(room: Path) -> None:
    renderer = program(room, "import sys; print(sys.argv[1:])")
    said = renderer.render(Tool.KUSTOMIZE, "--enable-exec", {"--enable-exec/x": ""}).text
    assert said == "['build', '--load-restrictor', 'LoadRestrictionsRootOnly', '.']\n"


def test_at_205_the_environment_holds_nothing_of_ours(room: Path) -> None:
    renderer = program(room, "import os; print(sorted(os.environ))")
    said = renderer.render(Tool.KUSTOMIZE, "a", {"a/x": ""}).text or ""
    assert [name for name in ("PATH", "ASSAY", "TOKEN", "KEY") if name in said] == []


def test_at_132_it_reaches_no_network(room: Path) -> None:
    code = (
        "import socket\n"
        "try:\n    socket.create_connection(('127.0.0.1', 9), 1)\n"
        "except OSError as error:\n    print(error.strerror)\n"
    )
    assert program(room, code).render(Tool.KUSTOMIZE, "a", {"a/x": ""}).text == "Network is unreachable\n"


def test_at_132_a_program_that_does_not_end_is_ended(room: Path) -> None:
    renderer = program(room, "while True: pass")
    ended = Renderer(renderer.programs, Bounds(0.5)).render(Tool.KUSTOMIZE, "a", {"a/x": ""})
    assert ended.problem == "kustomize did not come to an end within 0.5 seconds"


def test_at_132_what_it_prints_is_bounded(room: Path) -> None:
    renderer = program(room, "print('x' * 3_000_000)")
    ended = Renderer(renderer.programs, Bounds(10.0, file=1_000_000)).render(Tool.KUSTOMIZE, "a", {"a/x": ""})
    assert ended.problem == "kustomize could not build it"


def test_what_it_complains_of_is_not_repeated(room: Path) -> None:
    renderer = program(room, "import sys; sys.exit('secret of a file')")
    assert renderer.render(Tool.KUSTOMIZE, "a", {"a/x": ""}).problem == "kustomize could not build it"


def test_output_that_is_no_text_is_said(room: Path) -> None:
    renderer = program(room, "import sys; sys.stdout.buffer.write(b'\\xff')")
    assert renderer.render(Tool.KUSTOMIZE, "a", {"a/x": ""}).problem == "kustomize printed what is not UTF-8"


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/x", "a//x", "."])
def test_at_133_no_path_leads_out_of_its_folder(tmp_path: Path, path: str) -> None:
    renderer = program(tmp_path, "print('run')")
    assert renderer.render(Tool.KUSTOMIZE, "a", {path: ""}).problem == "a path leads out of the repository"


def test_a_name_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    renderer = program(tmp_path, "print('run')")
    assert "cannot be written" in (renderer.render(Tool.KUSTOMIZE, "a", {"a/" + "x" * 300: ""}).problem or "")


def test_nothing_is_left_behind(room: Path) -> None:
    renderer = program(room, "import os; print(os.getcwd())")
    place = (renderer.render(Tool.KUSTOMIZE, "a", {"a/x": ""}).text or "").strip()
    assert place
    assert not Path(place).exists()


@real
def test_real_kustomize_builds_an_overlay() -> None:
    made = Renderer.on(TOOLS).render(Tool.KUSTOMIZE, "overlays/prod", OVERLAY)
    assert "image: ghcr.io/acme/api:2" in (made.text or "")


@real
@pytest.mark.parametrize(
    "text",
    [
        "resources: [/etc/passwd]",
        "resources: [../../base/pod.yaml]",
        "configMapGenerator: [{name: x, files: [/etc/passwd]}]",
        "resources: ['https://github.com/acme/x?ref=1']",
        "helmCharts: [{name: x, repo: https://x.example, version: 1.0.0}]",
    ],
)
def test_at_133_real_kustomize_reads_nothing_else(text: str) -> None:
    made = Renderer.on(TOOLS).render(
        Tool.KUSTOMIZE, "overlays/prod", {**OVERLAY, "overlays/prod/kustomization.yaml": text}
    )
    assert made.problem == "kustomize could not build it"


@real
def test_real_helm_renders_a_chart() -> None:
    assert 'image: "ghcr.io/acme/api:3"' in (Renderer.on(TOOLS).render(Tool.HELM, "chart", CHART).text or "")


@real
def test_at_132_a_template_that_never_ends_is_ended_by_its_bounds() -> None:
    endless = "{{- range $i := until 100000000 }}\na: b\n{{- end }}\n"
    made = Renderer.on(TOOLS).render(Tool.HELM, "chart", {**CHART, "chart/templates/x.yaml": endless})
    assert made.problem == "helm could not build it"
