"""One small file for every manager of a well-known update bot that looks for images: the bar for what is found."""

from __future__ import annotations

import pytest

from tests.formats.found import D, images

A = "ghcr.io/acme/a:1.2"
CROSSPLANE = "apiVersion: pkg.crossplane.io/v1\nkind: Provider\nspec: {package: 'ghcr.io/acme/a:1.2'}"
FLEET = "helm: {values: {image: {repository: ghcr.io/acme/a, tag: '1.2'}}}"
FLUX = (
    "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
    "spec: {values: {image: {repository: ghcr.io/acme/a, tag: '1.2'}}}"
)
ARGO = (
    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: {kustomize: {images: ['ghcr.io/acme/a:1.2']}}}"
)
POD = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: 'ghcr.io/acme/a:1.2'}]}"
TEKTON = "apiVersion: tekton.dev/v1\nkind: Task\nspec: {steps: [{name: a, image: 'ghcr.io/acme/a:1.2'}]}"
KUSTOMIZE = "images: [{name: a, newName: ghcr.io/acme/a, newTag: '1.2'}]"
MANAGERS = {
    "ansible": ("roles/a/tasks/main.yml", f"- docker_container: {{name: a, image: '{A}'}}"),
    "argocd": ("apps/a.yaml", ARGO),
    "azure-pipelines": ("azure-pipelines.yml", f"resources: {{containers: [{{container: a, image: '{A}'}}]}}"),
    "batect": ("batect.yml", f"containers: {{a: {{image: '{A}'}}}}"),
    "bazel": ("WORKSPACE", 'container_pull(registry = "ghcr.io", repository = "acme/a", tag = "1.2")'),
    "bazel-module": ("MODULE.bazel", 'oci.pull(name = "a", image = "ghcr.io/acme/a", tag = "1.2")'),
    "bitbucket-pipelines": ("bitbucket-pipelines.yml", f"image: {A}"),
    "buildpacks": ("project.toml", f'[io.buildpacks]\nbuilder = "{A}"'),
    "circleci": (".circleci/config.yml", f"jobs: {{a: {{docker: [{{image: '{A}'}}]}}}}"),
    "cloudbuild": ("cloudbuild.yaml", f"steps: [{{name: '{A}'}}]"),
    "crossplane": ("provider.yaml", CROSSPLANE),
    "crow": (".crow/a.yaml", f"steps: {{a: {{image: '{A}'}}}}"),
    "custom (annotated)": ("versions.env", "# renovate: datasource=docker depName=ghcr.io/acme/a\nVERSION=1.2"),
    "devcontainer": (".devcontainer/devcontainer.json", f'{{"image": "{A}"}}'),
    "docker-compose": ("docker-compose.yml", f"services: {{a: {{image: '{A}'}}}}"),
    "dockerfile": ("Dockerfile", f"FROM {A}"),
    "droneci": (".drone.yml", f"steps: [{{name: a, image: '{A}'}}]"),
    "fleet": ("fleet.yaml", FLEET),
    "flux": ("flux.yaml", FLUX),
    "github-actions": (".github/workflows/a.yml", f"jobs: {{a: {{steps: [{{uses: 'docker://{A}'}}]}}}}"),
    "gitlabci": (".gitlab-ci.yml", f"services: ['{A}']"),
    "helm-values": ("values.yaml", "image: {repository: ghcr.io/acme/a, tag: '1.2'}"),
    "helmfile": ("helmfile.yaml", "releases: [{name: a, values: [{image: {repository: ghcr.io/acme/a, tag: '1.2'}}]}]"),
    "helmv3": ("values/prod.yaml", "image: {registry: ghcr.io, repository: acme/a, tag: '1.2'}"),
    "jsonnet": ("a.jsonnet", f"{{ image: '{A}' }}"),
    "kubernetes": ("pod.yaml", POD),
    "kustomize": ("kustomization.yaml", KUSTOMIZE),
    "nomad": ("a.nomad.hcl", f'config {{ image = "{A}" }}'),
    "quadlet": ("a.container", f"[Container]\nImage={A}"),
    "tekton": ("task.yaml", TEKTON),
    "terraform": ("main.tf", f'resource "docker_image" "a" {{\n  name = "{A}"\n}}'),
    "velaci": (".vela.yml", f"steps: [{{name: a, image: '{A}'}}]"),
    "woodpecker": (".woodpecker.yml", f"steps: {{a: {{image: '{A}'}}}}"),
}


@pytest.mark.parametrize("manager", MANAGERS)
def test_what_an_update_bot_finds_is_found(manager: str) -> None:
    path, text = MANAGERS[manager]
    assert images(text, path) == [A]


@pytest.mark.parametrize("manager", ["dockerfile", "docker-compose", "gitlabci", "quadlet", "terraform", "kubernetes"])
def test_a_digest_beside_the_tag_is_found(manager: str) -> None:
    path, text = MANAGERS[manager]
    assert images(text.replace(A, f"{A}@{D}"), path) == [f"{A}@{D}"]
