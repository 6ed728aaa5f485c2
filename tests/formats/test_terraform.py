from __future__ import annotations

import pytest

from app.core.inventory import diff
from app.formats import find_images, reads
from tests.formats.found import D, fields, images, lines

POD = """# image = "old/one:1"
resource "kubernetes_deployment" "web" {
  spec {
    template {
      spec {
        container {
          name              = "main"
          image             = "docker.io/kopia/kopia:0.13.0" // why
          image_pull_policy = "IfNotPresent"
          /* image = "a/b:1"
             image = "a/b:2" */
        }
      }
    }
  }
}
"""


@pytest.mark.parametrize(
    "path", ["main.tf", "prod.auto.tfvars", "x.TOFU", "job.nomad", "docker-bake.hcl", "job.nomad.hcl"]
)
def test_hcl_is_read(path: str) -> None:
    assert reads(path)


def test_an_attribute_is_found_at_its_line_and_block() -> None:
    (use,) = find_images("main.tf", POD)
    assert (use.line, use.field, use.format, str(use.reference)) == (
        8,
        "resource.kubernetes_deployment.web.spec.template.spec.container.image",
        "terraform",
        "docker.io/kopia/kopia:0.13.0",
    )


def test_a_moved_tag_is_a_change_at_its_line() -> None:
    after = POD.replace("0.13.0", "0.14.1")
    (change,) = diff(find_images("a.tf", POD), find_images("a.tf", after), {})
    assert ([use.line for use in change.uses], str(change.before), str(change.after)) == ([8], "0.13.0", "0.14.1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('image = "debian-cloud/debian-11"', []),
        ('image = "projects/debian-cloud/global/images/family/debian-11"', []),
        ('image = "${var.registry}/app:${var.tag}"', []),
        ('image = "ghcr.io/acme/app:${var.tag}"', ["!ghcr.io/acme/app:${var.tag}"]),
        ('source = "git.example.com/acme/${var.module}"', []),
        ("image = var.image", []),
        ('image = "node:20"', ["node:20"]),
        (f'x = "ghcr.io/acme/a@{D}"', [f"ghcr.io/acme/a@{D}"]),
        ('source = "git::https://example.com/vpc.git?ref=v1.2.0"', []),
        ('version = "1.2.3"', []),
        ('source = "terraform-aws-modules/vpc/aws"', []),
        ('image = var.old ? "a/b:1" : "a/b:2"', ["a/b:1", "a/b:2"]),
        ('image = { repository = "ghcr.io/acme/a", tag = "1.2" }', ["ghcr.io/acme/a:1.2"]),
        ('container_definitions = jsonencode([{ name = "x", image = "acme/a:1" }])', ["acme/a:1"]),
        ('x = { repo = "acme/source", tag = "v1" }', []),
        ('x = { repo = "ghcr.io/acme/a", tag = "v1" }', ["ghcr.io/acme/a:v1"]),
        ('tags = ["ghcr.io/acme/made:1"]', []),
        ('image = "a/b:1"\nimage = "a/b:2"', ["a/b:1", "a/b:2"]),
    ],
)
def test_what_counts_in_attributes(text: str, expected: list[str]) -> None:
    assert images(text, "main.tf") == expected


def test_the_name_of_an_image_resource_is_an_image_even_without_a_tag() -> None:
    text = 'resource "docker_image" "a" {\n  name = "nginx"\n}\n'
    text += 'resource "docker_image" "b" {\n  name = "ghcr.io/x/b:1"\n}\n'
    assert sorted(lines(text, "main.tf")) == [(2, "nginx"), (5, "ghcr.io/x/b:1")]


def test_the_name_of_an_image_resource_that_is_filled_in_is_left_out() -> None:
    assert images('resource "docker_image" "a" {\n  name = "${var.x}"\n  y = ["a"]\n}\n', "main.tf") == []


def test_values_in_a_here_document_are_read_at_their_lines() -> None:
    text = 'values = [<<-EOT\n  image:\n    repository: quay.io/a/b\n    tag: "2"\n  EOT\n]\nimage = "c:1"\n'
    assert lines(text, "main.tf") == [(4, "quay.io/a/b:2"), (7, "c:1")]


def test_a_here_document_that_never_ends_hides_nothing() -> None:
    assert lines('x = <<EOT\nimage = "c:1"\n', "main.tf") == [(2, "c:1")]


def test_words_of_text_in_two_blocks_are_two_places() -> None:
    text = 'a {\n  image = "x/a:1"\n}\nb {\n  image = "x/b:1"\n}\n'
    assert fields(text, "main.tf") == [("a.image", "x/a:1"), ("b.image", "x/b:1")]


def test_a_long_line_does_not_end_a_here_document() -> None:
    text = f'x = <<EOT\n{"y" * 200}\nEOT\nimage = "c:1"\n'
    assert lines(text, "main.tf") == [(4, "c:1")]


def test_what_else_an_image_resource_says_is_no_image() -> None:
    text = 'resource "docker_image" "a" {\n  name = "nginx"\n  keep_locally = "x"\n}\n'
    assert images(text, "main.tf") == ["nginx"]


def test_two_here_documents_end_where_each_ends() -> None:
    text = 'x = <<A\nimage: a/b:1\nA\ny = <<B\nimage: c/d:2\nB\nimage = "e:3"\n'
    assert lines(text, "main.tf") == [(2, "a/b:1"), (5, "c/d:2"), (7, "e:3")]


def test_a_block_that_is_never_closed_hides_nothing() -> None:
    assert fields('a {\n  b {\n    image = "c:1"\n', "main.tf") == [("a.b.image", "c:1")]
