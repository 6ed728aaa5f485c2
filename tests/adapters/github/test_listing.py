"""What lies below a folder is listed alike on GitHub and in a clone: both look at the same repository."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.adapters.git_clone import GitClone
from app.core.errors import Unavailable
from app.core.tree import MAX_LISTED, Listing
from tests.adapters.github.conftest import POLICY, Bench
from tests.fakes.github import Fault, submodule, symlink

WAIVERS = ".github/assay/waivers"
List = Callable[[str, str], Listing]
BASE = {POLICY, "README.md", "app.yaml"}


@pytest.fixture(params=["github", "clone"])
def listed(request: pytest.FixtureRequest, bench: Bench) -> List:
    """The port's method, of both adapters."""
    if request.param == "clone":
        return GitClone(str(bench.repo.git.path)).list
    return bench.page(bench.bump()).list


def test_every_file_below_a_folder_is_listed_by_its_whole_path(bench: Bench, listed: List) -> None:
    tip = bench.repo.commit("main", {f"{WAIVERS}/b.yml": "b", f"{WAIVERS}/deep/a.yml": "a", "waivers/c.yml": "c"})
    assert listed(tip, WAIVERS) == Listing((f"{WAIVERS}/b.yml", f"{WAIVERS}/deep/a.yml"), whole=True)


def test_a_folder_that_is_not_there_has_an_empty_whole_listing(bench: Bench, listed: List) -> None:
    tip = bench.repo.commit("main", {"x.yaml": "x"})
    assert listed(tip, WAIVERS) == Listing((), whole=True)


@pytest.mark.parametrize("content", ["text", symlink("elsewhere"), submodule("c" * 40)])
def test_nothing_lies_below_what_is_no_folder(bench: Bench, listed: List, content: object) -> None:
    tip = bench.repo.commit("main", {WAIVERS: content})
    assert listed(tip, WAIVERS) == Listing((), whole=True)


def test_the_empty_name_is_the_root(bench: Bench, listed: List) -> None:
    tip = bench.repo.commit("main", {"d/x.yaml": "x"})
    assert listed(tip, "") == Listing(tuple(sorted({*BASE, "d/x.yaml"})), whole=True)


def test_a_folder_is_its_own_whatever_another_name_begins_with(bench: Bench, listed: List) -> None:
    tip = bench.repo.commit("main", {"d/x.yaml": "x", "dd/y.yaml": "y", "d.yaml": "z"})
    assert listed(tip, "d") == listed(tip, "/d/") == Listing(("d/x.yaml",), whole=True)


def test_links_and_submodules_are_listed(bench: Bench, listed: List) -> None:
    tip = bench.repo.commit("main", {"d/link": symlink("x"), "d/module": submodule("c" * 40)})
    assert listed(tip, "d").paths == ("d/link", "d/module")


@pytest.mark.parametrize("folder", ["--help", "*", "d\\e", "a b/ü", ":(glob)d", "%2e%2e"])
def test_at_206_a_folder_is_a_name_and_nothing_else(bench: Bench, listed: List, folder: str) -> None:
    tip = bench.repo.commit("main", {f"{folder}/x.yaml": "x", "d/y.yaml": "y"})
    assert listed(tip, folder) == Listing((f"{folder}/x.yaml",), whole=True)


def test_a_commit_that_cannot_be_seen_is_not_an_empty_one(listed: List) -> None:
    with pytest.raises(Unavailable):
        listed("f" * 40, WAIVERS)


def test_the_root_of_a_commit_that_cannot_be_seen_is_not_an_empty_one(listed: List) -> None:
    with pytest.raises(Unavailable):
        listed("f" * 40, "")


def test_at_148_a_listing_that_github_cut_is_not_whole(bench: Bench) -> None:
    tip = bench.repo.commit("main", {f"d/{number}.yaml": "x" for number in range(5)})
    bench.gh.world.tree_limit = 3
    assert bench.page(bench.bump()).list(tip, "d") == Listing(("d/0.yaml", "d/1.yaml", "d/2.yaml"), whole=False)


def test_at_148_a_listing_over_our_own_limit_is_not_whole() -> None:
    listing = Listing.of(f"{number:06}" for number in range(MAX_LISTED + 1))
    assert (len(listing.paths), listing.whole) == (MAX_LISTED, False)


def test_a_listing_costs_two_reads(bench: Bench) -> None:
    tip = bench.repo.commit("main", {"d/x.yaml": "x"})
    page = bench.page(bench.bump())
    bench.gh.requests.clear()
    page.list(tip, "d")
    tree = bench.repo.git.find(tip, "d")
    assert tree is not None
    assert bench.reads() == ["POST /graphql", f"GET …/git/trees/{tree.sha}"]


def test_a_folder_that_was_looked_for_before_costs_no_read_when_it_is_not_there(bench: Bench) -> None:
    page = bench.page(bench.bump())
    pull = page.get()
    page.read(pull.base_tip, [WAIVERS])
    bench.gh.requests.clear()
    page.list(pull.base_tip, WAIVERS)
    assert bench.reads() == []


def test_a_listing_that_is_not_answered_is_not_an_empty_one(bench: Bench) -> None:
    tip = bench.repo.commit("main", {"d/x.yaml": "x"})
    page = bench.page(bench.bump())
    bench.gh.fault(Fault("GET", "*/git/trees/*", 502, times=9))
    with pytest.raises(Unavailable):
        page.list(tip, "d")
