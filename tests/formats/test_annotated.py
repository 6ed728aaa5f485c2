"""Versions whose image stands in a comment for update bots."""

from __future__ import annotations

import pytest

from app.core.inventory import diff
from app.formats import find_images
from tests.formats.found import D, images

TALOS = """apiVersion: tuppr.home-operations.com/v1alpha1
kind: TalosUpgrade
metadata: {name: talos}
spec:
  talos:
    # renovate: datasource=docker depName=ghcr.io/siderolabs/installer
    version: v1.11.3
"""


def test_a_version_below_a_comment_is_an_image_with_its_place() -> None:
    (use,) = find_images("talos.yaml", TALOS)
    assert (use.line, use.field, use.format, str(use.reference), use.object and use.object.kind) == (
        7,
        "spec.talos.version",
        "kubernetes",
        "ghcr.io/siderolabs/installer:v1.11.3",
        "TalosUpgrade",
    )


def test_a_moved_version_is_a_change_at_its_line() -> None:
    after = TALOS.replace("v1.11.3", "v1.11.4")
    (change,) = diff(find_images("a.yaml", TALOS), find_images("a.yaml", after), {})
    assert ([use.line for use in change.uses], str(change.before)) == ([7], "v1.11.3")


ABOVE = "# renovate: datasource=docker depName=ghcr.io/acme/a\n"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.yaml", f"{ABOVE}talosVersion: v1.2", ["ghcr.io/acme/a:v1.2"]),
        ("a.yaml", "# renovate: depName=ghcr.io/acme/a datasource=docker\nx: v1.2", ["ghcr.io/acme/a:v1.2"]),
        ("a.yaml", f"{ABOVE}\n# more\nx: v1.2", ["ghcr.io/acme/a:v1.2"]),
        ("a.yaml", f"{ABOVE}\n\n\n\nx: v1.2", []),
        ("a.yaml", ABOVE, []),
        ("a.yaml", f"{ABOVE}x: &version v1.2", ["ghcr.io/acme/a:v1.2"]),
        ("a.yaml", f"{ABOVE}x: >-\n  v1.2", ["ghcr.io/acme/a:v1.2"]),
        ("a.yaml", f"{ABOVE}x:", []),
        ("a.yaml", f"x:\n- y\n{ABOVE}- v1.2", []),
        ("a.yaml", f"{ABOVE}x: 1.2@{D}", [f"ghcr.io/acme/a:1.2@{D}"]),
        ("a.yaml", f"{ABOVE}x: {D}", [f"ghcr.io/acme/a@{D}"]),
        ("a.yaml", f"{ABOVE}x: '@{D}'", [f"ghcr.io/acme/a@{D}"]),
        ("a.yaml", f"{ABOVE}x: a/b/c", []),
        ("a.yaml", f"{ABOVE}image: ghcr.io/acme/a:1", ["ghcr.io/acme/a:1"]),
        ("a.yaml", f"image:\n  {ABOVE}  tag: '1'", ["ghcr.io/acme/a:1"]),
        ("a.yaml", f"image:\n  {ABOVE}  repository: quay.io/x/y\n  tag: '1'", ["quay.io/x/y:1"]),
        ("a.yaml", f"image:\n  repository: quay.io/x/y\n  {ABOVE}  tag: '1'", ["quay.io/x/y:1"]),
        ("a.yaml", f"data:\n  x: |\n    {ABOVE}    VERSION=v1.2\n", ["ghcr.io/acme/a:v1.2"]),
        ("a.yaml", "x: v1.2 # renovate: datasource=docker depName=acme/a", ["acme/a:v1.2"]),
        ("a.yaml", "# renovate: datasource=helm depName=acme/a\nx: v1.2", []),
        ("a.yaml", "# renovate: datasource=docker depName=acme/A\nx: v1.2", []),
        ("a.yaml", "# renovate: datasource=docker depName=a packageName=r.io/b\nx: v1", ["r.io/b:v1"]),
        ("a.yaml", "# renovate: datasource=docker depName=a lookupName=r.io/b\nx: v1", ["r.io/b:v1"]),
        ("a.yaml", "# renovate: datasource=docker registryUrl=https://ghcr.io depName=a/b\nx: v1", ["ghcr.io/a/b:v1"]),
        ("a.yaml", "# renovate: datasource=docker registryUrl=https://r.io depName=r.io/b\nx: v1", ["r.io/b:v1"]),
        ("templates/a.yaml", f"{{{{ if x }}}}\n{ABOVE}x: v1.2\n{{{{ end }}}}", ["ghcr.io/acme/a:v1.2"]),
        ("a.env", f"{ABOVE}TALOS_VERSION=v1.2", ["ghcr.io/acme/a:v1.2"]),
        ("Dockerfile", f"FROM b:1\n{ABOVE}ENV SDK_VERSION=5.1", ["b:1", "ghcr.io/acme/a:5.1"]),
        ("Dockerfile", f"FROM b:1\n{ABOVE}ENV SDK_VERSION 5.1", ["b:1", "ghcr.io/acme/a:5.1"]),
        ("a.tf", f'{ABOVE}talos_version = "v1.2"', ["ghcr.io/acme/a:v1.2"]),
        ("a.sh", f"{ABOVE}readonly X='v1.2'", ["ghcr.io/acme/a:v1.2"]),
        ("a.mk", f"{ABOVE}X ?= v1.2", ["ghcr.io/acme/a:v1.2"]),
        ("a.py", f"{ABOVE}X = 'v1.2'", ["ghcr.io/acme/a:v1.2"]),
        ("a.toml", f"{ABOVE}x = 'v1.2'", ["ghcr.io/acme/a:v1.2"]),
        ("a.ts", "// renovate: datasource=docker depName=acme/a\nexport const X = 'v1.2';", ["acme/a:v1.2"]),
        ("a.ts", "// renovate: datasource=docker depName=acme/a\nconst X = 'v1.2';", ["acme/a:v1.2"]),
        ("a.yaml", "renovate: {datasource: docker}", []),
        ("a.yaml", "# renovate:\nx: v1.2", []),
    ],
)
def test_what_a_comment_explains(path: str, text: str, expected: list[str]) -> None:
    assert images(text, path) == expected


def test_substitutions_of_flux_are_read() -> None:
    text = f"""apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: x}}
spec:
  postBuild:
    substitute:
      {ABOVE}      TALOS_VERSION: v1.7.3
"""
    found = [(use.line, use.field) for use in find_images("ks.yaml", text) if use.name]
    assert found == [(8, "spec.postBuild.substitute.TALOS_VERSION")]


def test_two_versions_of_one_file_are_two_images() -> None:
    text = f"{ABOVE}a: v1\nb:\n  - x\n{ABOVE}c: v2\n"
    assert [(use.line, use.field, use.tag) for use in find_images("a.yaml", text)] == [(2, "a", "v1"), (6, "c", "v2")]


def test_at_139_a_comment_does_not_rename_an_image_that_the_file_names() -> None:
    pod = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n"
    text = f"{pod}    # renovate: datasource=docker depName=ghcr.io/acme/api\n    image: nginx\n"
    assert images(text) == ["nginx"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# renovate: datasource=docker depName=acme/api\nversion: v1.2", True),
        ("image:\n  # renovate: datasource=docker depName=acme/api\n  tag: v1.2", True),
        (f"# renovate: datasource=docker depName=acme/api\napiImage: v1.2@{D}", True),
        ("# renovate: datasource=docker depName=acme/api\nimage: acme/api:v1.2", False),
    ],
)
def test_at_139_it_is_known_that_nothing_but_a_comment_names_an_image(text: str, *, said: bool) -> None:
    assert [use.said for use in find_images("values.yaml", text)] == [said]
