"""Files belong to an environment by whole words of names, the way people lay out repositories."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.globs import InvalidGlob, PathGlob
from app.jobs.history import Environment

NAMES = st.text("abpro-_./", min_size=1, max_size=30)


@pytest.mark.parametrize(
    "path",
    [
        "prod/api.yaml",
        "apps/prod/api.yaml",
        "apps/api/prod/values.yaml",
        "environments/prod/api/deploy.yaml",
        "clusters/prod/flux-system/kustomization.yaml",
        "clusters/prod/00/kustomization.yaml",
        "overlays/prod/kustomization.yaml",
        "overlays/production/kustomization.yaml",
        "components/api/production/kustomization.yaml",
        "clusters/prod-eu-west-1/apps.yaml",
        "clusters/eu-prod/apps.yaml",
        "argo-cd-apps/overlays/rd-production/appset.yaml",
        "envs/eu.prod/api.yaml",
        "clusters/prod.yaml",
        "environments/prod-eu.yaml",
        "charts/api/values-prod.yaml",
        "charts/api/values_prod.yml",
        "charts/api/values.prod.yaml",
        "charts/api/values-prod-eu.yaml",
        "charts/api/prod.values.yaml",
        "charts/api/prod-values.yaml",
        "charts/api/production-values.yaml",
        "charts/api/values-prod.enc.yaml",
        "charts/api/values-prod.yaml.gotmpl",
        "apps/api/prod.yaml",
        "apps/api-prod.yaml",
        "apps/api/kustomization-prod.yaml",
        "apps/api/prod-patch.yaml",
        "argocd/applicationset-prod.yaml",
        "docker-compose.prod.yml",
        "Apps/PROD/api.yaml",
    ],
)
def test_a_file_is_in_production(path: str) -> None:
    assert Environment("prod").has(path)


@pytest.mark.parametrize(
    "path",
    [
        "products/api.yaml",
        "apps/products/values.yaml",
        "apps/products.yaml",
        "apps/prod-tools/deploy.yaml",
        "apps/prod-tools.yaml",
        "apps/nonprod/api.yaml",
        "clusters/nonprod/api.yaml",
        "clusters/non-prod/api.yaml",
        "clusters/pre-prod-eu/api.yaml",
        "charts/api/values-non-prod.yaml",
        "charts/api/values-preprod.yaml",
        "charts/api/values-reproduction.yaml",
        "charts/prod-api/values.yaml",
        "environments/dev/api.yaml",
        "",
    ],
)
def test_a_file_is_not_in_production(path: str) -> None:
    assert not Environment("prod").has(path)


@pytest.mark.parametrize(
    ("name", "path", "answer"),
    [
        ("production", "overlays/prod/a.yaml", True),
        ("production", "overlays/prd/a.yaml", True),
        ("staging", "overlays/stage/a.yaml", True),
        ("dev", "charts/values-development.yaml", True),
        ("preprod", "overlays/pre-prod/a.yaml", True),
        ("pre-prod", "charts/values-pre-prod.yaml", True),
        ("nonprod", "clusters/non-prod-1/a.yaml", True),
        ("prod-eu", "clusters/prod-eu-1/a.yaml", True),
        ("prod-eu", "clusters/prod-us-1/a.yaml", False),
        ("prod*", "apps/products/a.yaml", True),
        ("eu-?", "clusters/eu-1/a.yaml", True),
        ("main", "kubernetes/main/apps/a.yaml", True),
    ],
)
def test_a_name_stands_for_its_usual_spellings_or_is_a_glob(name: str, path: str, answer: bool) -> None:  # noqa: FBT001 - a table
    assert Environment(name).has(path) is answer


def test_paths_that_the_policy_gives_a_name_belong_to_it() -> None:
    environment = Environment("blue", (PathGlob("/live/**"),))
    assert (environment.has("live/a.yaml"), environment.has("blue/a.yaml"), environment.has("green/a.yaml")) == (
        True,
        True,
        False,
    )


@pytest.mark.parametrize("name", ["[prod]", "clusters/prod", "", " prod"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidGlob):
        Environment(name)


@settings(max_examples=100, deadline=None)
@given(NAMES, st.sampled_from(["prod", "prod/a.yaml"]))
def test_whatever_lies_in_a_folder_of_the_name_belongs_to_it(before: str, name: str) -> None:
    assert Environment("prod").has(f"{before}/prod/{name}")
