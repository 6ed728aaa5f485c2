from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Unreadable
from app.core.inventory import diff
from app.formats import FORMATS, TEXT_FORMATS, find_images, reads
from tests.formats.found import images


@pytest.mark.parametrize(
    "path",
    [
        "a.yaml",
        "a.YAML",
        "a.Yml",
        "a.json",
        "x/y.yaml",
        "values.yaml.gotmpl",
        "a.tpl",
        "Dockerfile",
        "x/api.Dockerfile",
        "Containerfile.cuda",
        "x/kustomization",
        "charts/app-config/image-tags/production/whitehall",
        "a\nb.yaml",
        "a\udc80.yaml",
        "cafe\u0301.yaml",
        "caf\u00e9.yaml",
        " .yaml",
        ".yaml",
    ],
)
def test_at_137_what_may_be_a_manifest_is_read_however_its_path_is_written(path: str) -> None:
    assert reads(path)


@pytest.mark.parametrize("path", ["README.md", "main.c", "yaml", "x.yaml/y", "docker.md", "x/Dockerfiles/a", "a.png"])
def test_other_files_are_not_read(path: str) -> None:
    assert not reads(path)


def test_at_137_paths_that_look_equal_are_not_the_same_content() -> None:
    uses = [find_images(path, "image: a:1")[0].path for path in ("cafe\u0301.yaml", "caf\u00e9.yaml")]
    assert uses == ["cafe\u0301.yaml", "caf\u00e9.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x: &x 1\na: [" + "*x, " * 101 + "]\nimage: a:1", id="at_107"),
        pytest.param("a: &a {x: 1}\nb: {<<: [*a, *a]}\nimage: a:1", id="at_108"),
        pytest.param("image: a:1\nb: " + "[" * 100_000, id="at_109"),
        pytest.param("image: !!binary aGk=", id="at_125"),
        pytest.param("image: !!python/object/apply:os.system [id]", id="at_126"),
        pytest.param("a: &a x\n---\nimage: *a", id="at_127"),
        pytest.param("image: a:1\n#" + "x" * 1024 * 1024, id="at_140"),
    ],
)
def test_at_107_at_108_at_109_at_125_at_126_at_127_at_140_a_hostile_file_is_unreadable_and_never_without_images(
    text: str,
) -> None:
    with pytest.raises(Unreadable):
        find_images("a.yaml", text)


def test_at_110_a_big_number_is_no_error() -> None:
    assert images(f"a: {'9' * 5000}\nimage: a:1") == ["a:1"]


@pytest.mark.parametrize("path", ["a.yaml", "templates/a.yaml"])
def test_a_template_named_as_yaml_must_keep_the_bounds(path: str) -> None:
    with pytest.raises(Unreadable):
        find_images(path, "# {{\nimage: a:1\nb: " + "[" * 100)


def test_a_file_that_is_no_yaml_outside_templates_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        find_images("a.yaml", "{{ if }}\nimage: a:1")


def test_a_file_with_more_than_10_000_images_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="more than 10,000 images"):
        find_images("a.yaml", "images: [" + "'a:1', " * 10_001 + "]")


def test_the_last_format_claims_everything() -> None:
    assert FORMATS[-1].NAME == "yaml"


def test_every_format_has_a_name_of_its_own() -> None:
    names = [found.NAME for found in (*FORMATS, *TEXT_FORMATS)]
    assert len(set(names)) == len(names)


def test_20_000_lines_are_read_quickly() -> None:
    item = "- kind: Pod\n  spec:\n    containers:\n    - name: c\n      image: ghcr.io/acme/a:%d\n"
    text = "apiVersion: v1\nkind: List\nitems:\n" + "".join(item % number for number in range(4000))
    started = time.process_time()
    assert len(find_images("a.yaml", text)) == 4000
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    "unit", ["image: {{", "image=a ", "a=", "a: ", "{{a", "a@sha256:", "a.b/", "docker://", "$(", "@"]
)
def test_a_long_line_of_anything_is_read_in_one_pass(unit: str) -> None:
    text = "key: |\n  x: y: image\n  " + unit * (100_000 // len(unit))
    started = time.process_time()
    with contextlib.suppress(Unreadable):
        find_images("a.yaml", text)
    assert time.process_time() - started < 5


WORDS = st.sampled_from(
    [
        *(
            "image",
            "images",
            "repository",
            "registry",
            "tag",
            "digest",
            "name",
            "newTag",
            "newName",
            "imageTag",
            "values",
        ),
        *(
            "a/b:1",
            "ghcr.io/a/b",
            "1.10",
            "{{ x }}",
            "${X}",
            "sha256:" + "0" * 64,
            "a@sha256:" + "1" * 64,
            "",
            "~",
            "a=b/c:1",
        ),
        *(
            "kind",
            "apiVersion",
            "spec",
            "items",
            "List",
            "Pod",
            "v1",
            "Application",
            "argoproj.io/v1alpha1",
            "parameters",
        ),
        *(
            "HelmRelease",
            "helm.toolkit.fluxcd.io/v2",
            "services",
            "container",
            "docker://a:1",
            "global",
            "imageRegistry",
        ),
        *(
            "Kustomization",
            "kustomize.config.k8s.io/v1",
            "patch",
            "- op: x",
            "image: |",
            "FROM a:1",
            "COPY --from=b:1 c",
        ),
    ]
)
NODES = st.recursive(
    WORDS.map(repr),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(WORDS.map(repr), inner, max_size=4).map(
            lambda items: "{" + ", ".join(f"{key}: {value}" for key, value in items.items()) + "}"
        )
    ),
    max_leaves=12,
)
TEXTS = st.text() | NODES | st.lists(WORDS, max_size=12).map("\n".join) | st.lists(WORDS, max_size=12).map(" ".join)
PATHS = st.text(max_size=8) | st.sampled_from(
    [
        *(
            "a.yaml",
            "values.yaml",
            "kustomization.yaml",
            "templates/a.yaml",
            "a.tpl",
            "Dockerfile",
            "docker-compose.yml",
        ),
        *(".github/workflows/a.yml", "a.json", "image-tags/a"),
    ]
)


@settings(max_examples=200, deadline=None)
@given(PATHS, TEXTS)
def test_no_file_raises_anything_but_its_own_error(path: str, text: str) -> None:
    with contextlib.suppress(Unreadable):
        assert isinstance(find_images(path, text), tuple)


@settings(max_examples=100, deadline=None)
@given(PATHS, TEXTS)
def test_a_file_does_not_differ_from_itself_further_down(path: str, text: str) -> None:
    with contextlib.suppress(Unreadable):
        assert diff(find_images(path, text), find_images(path, text), {}) == ()


@settings(max_examples=100, deadline=None)
@given(PATHS, TEXTS)
def test_every_use_stands_on_a_line_of_the_file(path: str, text: str) -> None:
    with contextlib.suppress(Unreadable):
        last = text.count("\n") + 1
        assert all(
            1 <= use.line <= last and set(use.lines) <= set(range(1, last + 1)) for use in find_images(path, text)
        )


@settings(max_examples=100, deadline=None)
@given(PATHS, TEXTS)
def test_a_use_has_either_a_problem_or_an_image(path: str, text: str) -> None:
    with contextlib.suppress(Unreadable):
        for use in find_images(path, text):
            assert (use.problem is None) == any((use.name, use.tag, use.digest))
