"""What a repository holds, for a policy to start from."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pytest

from app.core.attestation import Answer, Evidence, Lookup
from app.core.oci import Digest, ImageReference
from app.core.tree import File, Listing
from app.jobs.starter import MOST_FILES, MOST_LOOKED_UP, StarterJob
from app.policy.starter import Found

DIGEST = Digest("0" * 64)


@dataclass(frozen=True)
class Tree:
    """A source of texts."""

    files: Mapping[str, str]
    whole: bool = True

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        return {path: File(path, self.files[path]) for path in paths if path in self.files}

    def list(self, commit: str, folder: str) -> Listing:
        return Listing.of(self.files, whole=self.whole)


def unsigned(reference: ImageReference) -> Evidence:
    return Evidence(reference, DIGEST, (), (), (), ())


def found(files: Mapping[str, str], *, whole: bool = True) -> Found:
    return StarterJob(Tree(files, whole), unsigned).run("c" * 40, "Acme")


def pod(*images: str) -> str:
    return "kind: Pod\nspec:\n  containers:\n" + "".join(f"    - image: {image}\n" for image in images)


def policy(api_version: str) -> str:
    return f"apiVersion: {api_version}\nkind: ClusterPolicy\nmetadata:\n  name: a\nspec:\n  rules: []\n"


def test_an_image_is_found_once_however_often_it_is_used() -> None:
    images = found({"a.yaml": pod("ghcr.io/acme/api:1"), "b.yaml": pod("ghcr.io/acme/api:2")}).images
    assert [str(one.name) for one in images] == ["ghcr.io/acme/api"]


def test_it_is_pinned_only_when_every_use_is() -> None:
    images = found({"a.yaml": pod(f"a.io/x@{DIGEST}", f"a.io/y@{DIGEST}"), "b.yaml": pod("a.io/y:1")}).images
    assert [one.pinned for one in images] == [True, False]


def test_what_was_looked_at_is_named_with_its_digest() -> None:
    assert found({"a.yaml": pod("ghcr.io/acme/api:1")}).images[0].proof == f"ghcr.io/acme/api:1@{DIGEST}"


def test_of_many_images_those_that_are_used_most_are_looked_up() -> None:
    asked: list[str] = []

    def look(reference: ImageReference) -> Evidence:
        asked.append(str(reference.name))
        return unsigned(reference)

    names = [f"a.io/x{number:02d}" for number in range(40)]
    StarterJob(Tree({"a.yaml": pod(*names), "b.yaml": pod(names[-1])}), look).run("c", "acme")
    assert sorted(asked) == [*names[: MOST_LOOKED_UP - 1], names[-1]]


def test_what_does_not_answer_in_time_is_not_called_unsigned() -> None:
    over = threading.Event()

    def look(reference: ImageReference) -> Evidence:
        over.wait()
        return unsigned(reference)

    images = StarterJob(Tree({"a.yaml": pod("a.io/x")}), look, patience=0.01).run("c", "acme").images
    over.set()
    assert [one.signers for one in images] == [None]


def test_what_could_not_be_resolved_is_not_called_unsigned() -> None:
    failed = Lookup("tag", "a.io", Answer.FAILED, "no answer", "unreachable")

    def look(reference: ImageReference) -> Evidence:
        return Evidence(reference, None, (), (), (), (failed,))

    images = StarterJob(Tree({"a.yaml": pod("a.io/x")}), look).run("c", "acme").images
    assert [one.signers for one in images] == [None]


def test_a_file_that_cannot_be_read_is_passed_over() -> None:
    assert found({"a.yaml": "a: [", "b.yaml": pod("a.io/x")}).images[0].name.path == "x"


@pytest.mark.parametrize(
    "api_version",
    ["kyverno.io/v1", "policies.kyverno.io/v1alpha1", "admissionregistration.k8s.io/v1", "policy.sigstore.dev/v1beta1"],
)
def test_folders_with_policies_of_admission_controllers_are_found(api_version: str) -> None:
    kinds = {
        "admissionregistration.k8s.io/v1": "ValidatingWebhookConfiguration",
        "policies.kyverno.io/v1alpha1": "ValidatingPolicy",
        "policy.sigstore.dev/v1beta1": "ClusterImagePolicy",
    }
    text = policy(api_version).replace("ClusterPolicy", kinds.get(api_version, "ClusterPolicy"))
    assert found({"policies/a.yaml": text}).policies == ("/policies/**",)


def test_an_outer_folder_stands_for_its_inner_ones() -> None:
    files = {path: policy("kyverno.io/v1") for path in ("p/a.yaml", "p/q/b.yaml", "pq/c.yaml", "d.yaml")}
    assert found(files).policies == ("/p/**", "/pq/**", "/d.yaml")


def test_other_objects_make_no_folder_of_policies() -> None:
    assert found({"apps/a.yaml": policy("networking.k8s.io/v1"), "apps/b.yaml": pod("a.io/x")}).policies == ()


def test_the_first_codeowners_counts_and_only_the_owners_teams() -> None:
    files = {
        ".github/CODEOWNERS": "* @acme/One @dana x@acme.example @other/team\n/x @acme/one @ACME/two # @acme/three\n",
        "CODEOWNERS": "* @acme/four\n",
    }
    assert found(files).teams == ("acme/one", "acme/two")


def test_what_is_beyond_the_bound_is_counted() -> None:
    files = {f"f{number:04d}.yaml": pod("a.io/x") for number in range(MOST_FILES + 7)}
    assert found(files).unread == 7


def test_large_files_are_not_all_held_at_once() -> None:
    comment = "# " + "x" * 1_000_000 + "\n"
    files = {f"f{number:04d}.yaml": comment for number in range(120)}
    assert found(files).unread == 70


def test_a_list_that_was_cut_hides_something() -> None:
    assert found({"a.yaml": pod("a.io/x")}, whole=False).unread == 1


def test_an_empty_repository_holds_nothing() -> None:
    assert found({}) == Found()
