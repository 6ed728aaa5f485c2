from __future__ import annotations

import pytest

from app.core.inventory import diff
from app.formats import find_images, reads
from tests.formats.found import D, E, fields, images, lines

VERSIONS = f"""const versions = {{
  // renovate: datasource=docker registryUrl=https://ghcr.io versioning=docker
  "acme/api":
    "1.34.0@{D}",
  // renovate: datasource=docker registryUrl=https://docker.io versioning=docker
  ubuntu: "noble@{E}",
  // not managed
  "acme/own": "1.0.1",
  // renovate: datasource=github-releases versioning=semver
  "acme/operator": "v0.13.1",
  // renovate: datasource=helm registryUrl=https://charts.example.com
  grafana: "8.1.0",
  "ghcr.io/acme/whole": "2",
  "@scope/package": "1.2.3",
  port: "8080",
}};
"""


@pytest.mark.parametrize(
    "path", ["src/versions.ts", "a.py", "main.go", "BUILD.bazel", "BUILD", "Tiltfile", "Jenkinsfile"]
)
def test_source_code_is_read(path: str) -> None:
    assert reads(path)


@pytest.mark.parametrize("path", ["a.min.js", "types.d.ts", ".py", "main.c", "builder"])
def test_what_a_tool_made_or_nobody_knows_is_not_read(path: str) -> None:
    assert not reads(path)


def test_a_table_of_versions_is_read_with_the_names_of_its_comments() -> None:
    assert sorted(lines(VERSIONS, "versions.ts")) == [
        (4, f"ghcr.io/acme/api:1.34.0@{D}"),
        (6, f"ubuntu:noble@{E}"),
        (8, "?:1.0.1"),
        (13, "ghcr.io/acme/whole:2"),
    ]


def test_a_row_of_a_table_that_moved_is_a_change_at_its_line() -> None:
    after = VERSIONS.replace("1.0.1", "1.0.2").replace(f"noble@{E}", f"noble@{D}")
    changes = diff(find_images("v.ts", VERSIONS), find_images("v.ts", after), {})
    assert [(change.name and str(change.name), [use.line for use in change.uses]) for change in changes] == [
        (None, [8]),
        ("docker.io/library/ubuntu", [6]),
    ]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.ts", 'const x = { image: "ghcr.io/acme/a:1" };', ["ghcr.io/acme/a:1"]),
        ("a.ts", "const image: string = 'node:20';", ["node:20"]),
        ("a.ts", 'const image = a ? "x/a:1" : "x/a:2";', ["x/a:1", "x/a:2"]),
        ("a.ts", 'a = b ? "ghcr.io/x/a:1" : c', ["ghcr.io/x/a:1"]),
        ("a.ts", "image: `acme/a:${tag}`", []),
        ("a.ts", "image: `acme/a:1`", ["acme/a:1"]),
        ("a.ts", 'image: "logo.png"', []),
        ("a.ts", 'import x from "acme/image";', []),
        ("a.ts", 'fetch("https://example.com/image:1")', []),
        ("a.ts", '// image: "acme/a:1"\n/* "ghcr.io/a/b:1" */ x = 1', []),
        ("a.ts", 'release = { owner: "acme", repo: "acme/a", tag: "v1" }', []),
        ("a.ts", 'urls = { "acme/a": "https://example.com", "acme/b": "1 2" }', []),
        ("a.ts", 'run("ghcr.io/acme/a:1", { a: 1 })', ["ghcr.io/acme/a:1"]),
        ("a.ts", '{ "ghcr.io/acme/a:1": "main" }', ["ghcr.io/acme/a:1"]),
        ("a.go", 'image := "acme/a:1" + suffix', []),
        ("a.go", 'image := "acme/a:1" +\n  "-alpine"', []),
        ("a.py", 'image = "acme/a:1".format(x)', []),
        ("a.rs", 'let image = "acme/a:1".to_string();', ["acme/a:1"]),
        ("a.ts", 'i++; image = "acme/a:1"; f(...x)', ["acme/a:1"]),
        ("a.lua", 'image = "acme/a:1" .. x', []),
        ("a.go", 'x := T{ImageID: "sha256:abc", Image: "sha256:0"}', []),
        ("a.py", "IMAGE = 'acme/a:1'  # old/b:2", ["acme/a:1"]),
        ("a.py", 'run(image="acme/a:1", tty=True)', ["acme/a:1"]),
        ("a.py", 'X = """\nimage: acme/a:1\n"""\n', ["acme/a:1"]),
        ("a.py", 'f(f"acme/image:{x}")', []),
        ("a.go", 'const image = "quay.io/acme/a:v1"', ["quay.io/acme/a:v1"]),
        ("a.go", 'c := Container{Image: "acme/a:v1"}', ["acme/a:v1"]),
        ("a.rs", "fn f<'a>(x: &'a str) { let image = \"acme/a:1\"; }", ["acme/a:1"]),
        ("a.cue", 'image: "acme/a:1"', ["acme/a:1"]),
        ("a.lua", '-- image = "acme/a:1"\nimage = "acme/a:2"', ["acme/a:2"]),
        ("a.nix", "image = ''acme/a:1'';", ["acme/a:1"]),
        ("Jenkinsfile", "agent { docker { image 'acme/a:1' } }", ["acme/a:1"]),
        ("BUILD.bazel", f'oci_pull(name = "x", image = "gcr.io/a/b", digest = "{D}")', [f"gcr.io/a/b@{D}"]),
        ("WORKSPACE", f'container_pull(registry = "gcr.io", repository = "a/b", digest = "{D}")', [f"gcr.io/a/b@{D}"]),
    ],
)
def test_what_counts_in_literals(path: str, text: str, expected: list[str]) -> None:
    assert images(text, path) == expected


def test_a_function_is_part_of_the_way() -> None:
    assert fields('func A(t T) {\n  x := T{Image: "acme/a:1"}\n}\n', "a.go") == [("A.x.Image", "acme/a:1")]


def test_the_field_is_the_way_to_the_literal() -> None:
    assert fields('export const pod = { containers: [{ image: "acme/a:1" }] };', "a.ts") == [
        ("pod.containers[0].image", "acme/a:1")
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{" * 500 + ' image: "acme/a:1" ' + "}" * 500, id="deep"),
        pytest.param('}])} image: "acme/a:1"', id="closed too often"),
        pytest.param('a(b[ image: "acme/a:1" )', id="closed across"),
        pytest.param('x = "never ends\nimage: "acme/a:1"', id="a string that never ends"),
        pytest.param('x = ` never ends\nimage: "acme/a:1"', id="a long string that never ends"),
        pytest.param('x /* never ends\nimage: "acme/a:1"', id="a comment that never ends"),
        pytest.param('x /* never\ny /* ends\nimage: "acme/a:1"', id="two comments that never end"),
        pytest.param('x = `` ` `; y = `\nimage: "acme/a:1"', id="the last long string never ends"),
        pytest.param('/* ` */ /* \nimage: "acme/a:1"', id="the second comment never ends"),
    ],
)
def test_broken_code_hides_no_literal(text: str) -> None:
    assert images(text, "a.ts") == ["acme/a:1"]
