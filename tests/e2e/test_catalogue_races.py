"""What changes while a pull request is judged is never passed by what was read before (AT-042, AT-055, AT-150 …)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.conftest import IDENTITY, IMAGES, REVIEW, World, policy
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.registry import Fault, Seen


class Meanwhile(list[Seen]):
    """Requests of a registry; with the first of them something happens elsewhere."""

    def __init__(self, happens: Callable[[], object]) -> None:
        super().__init__()
        self.happens = happens

    def append(self, seen: Seen) -> None:
        super().append(seen)
        if len(self) == 1:
            self.happens()


def meanwhile(world: World, happens: Callable[[], object]) -> None:
    """Let something happen while the next look asks the registry, and let it be judged."""
    world.desk.registry.requests = Meanwhile(happens)
    world.desk.work()
    assert world.desk.registry.requests
    world.desk.work()


def success_on(world: World, head: str) -> set[str]:
    """Return the contexts that are green on a commit."""
    return {one.context for one in world.repository.latest_statuses(head) if one.state == "success"}


def test_at_150_a_head_pushed_while_the_old_one_was_judged_is_judged_by_itself(world: World) -> None:
    world.under_policy()
    pull, evil = world.bump(world.image()[0]), world.manifest(world.image(signed=False)[0])
    old = pull.head_sha
    meanwhile(world, lambda: pull.push({"app.yaml": evil}, author="dana"))
    assert (world.desk.states(pull)[IMAGES], success_on(world, old)) == ("failure", set())


def test_at_150_a_policy_that_came_while_it_was_judged_judges(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    stricter = policy(world.desk.registry.host).replace(IDENTITY, IDENTITY.replace("v1.0.0", "v2.0.0"))
    meanwhile(world, lambda: world.repository.commit("main", {".github/assay.yml": stricter}, author="owner"))
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_at_142_at_150_a_floor_that_came_while_it_was_judged_judges(world: World) -> None:
    floor = world.desk.github.repository("acme/.github")
    floor.commit("main", {"assay.yml": "version: 1\nunmatched: allow\n"})
    world.under_policy("version: 1\nunmatched: allow\n")
    pull = world.bump(world.image(signed=False)[0])
    meanwhile(world, lambda: floor.commit("main", {"assay.yml": policy(world.desk.registry.host)}))
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_at_158_a_base_that_was_changed_while_it_was_judged_is_the_one_that_judges(world: World) -> None:
    world.under_policy()
    world.repository.commit("lax", {".github/assay.yml": "version: 1\nunmatched: allow\n"}, author="owner")
    pull = world.bump(world.image(signed=False)[0], base="lax")
    meanwhile(world, lambda: pull.retarget("main"))
    assert world.desk.states(pull)[IMAGES] == "failure"


@pytest.mark.parametrize("turn", ["dismissed", "changes requested"])
def test_at_169_an_approval_that_was_taken_back_no_longer_counts(world: World, turn: str) -> None:
    world.under_policy()
    world.repository.commit("edit", {"CODEOWNERS": "* @bob\n"}, author="dana")
    pull: PullRequest = world.repository.open_pull_request("edit", author="dana")
    review = pull.review("bob", "APPROVED")
    world.desk.work()
    before = world.desk.states(pull)[REVIEW]
    if turn == "dismissed":
        pull.dismiss(review, by="owner")
    else:
        pull.review("bob", "CHANGES_REQUESTED")
    pull.review("bob", "COMMENTED")
    world.desk.work()
    assert (before, world.desk.states(pull)[REVIEW]) == ("success", "pending")


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault("/referrers/|[.]sig|[.]att", status=status) for status in (401, 403, 429, 500, 503)),
        Fault("/referrers/|[.]sig|[.]att", status=200, body=b"no document"),
        Fault("/referrers/|[.]sig|[.]att", raw=b""),
    ],
    ids=["401", "403", "429", "500", "503", "garbage", "hang up"],
)
def test_at_055_a_failed_look_is_no_pass_and_no_absence_and_is_not_remembered(world: World, fault: Fault) -> None:
    world.under_policy()
    image, _ = world.image("acme/shy")
    world.desk.registry.fail(fault)
    pull = world.bump(image)
    world.desk.work()
    during = world.desk.states(pull)[IMAGES]
    world.desk.registry.heal()
    pull.comment("dana", "/assay recheck")
    world.desk.work()
    assert (during, world.desk.states(pull)[IMAGES]) == ("error", "success")


@pytest.mark.parametrize(
    ("signed", "state"), [(("index",), "success"), ((0, 1), "success"), ((0,), "failure"), ((), "failure")]
)
def test_at_044_a_part_of_an_image_that_is_signed_is_not_the_whole(
    world: World, signed: tuple[int | str, ...], state: str
) -> None:
    world.under_policy()
    index, children = world.desk.registry.put_index("acme/many", "1.0")
    signer = world.desk.sigstore.signer(IDENTITY)
    for one in signed:
        subject = index if isinstance(one, str) else children[one]
        world.desk.registry.attach(world.desk.sigstore.sign(subject, "acme/many", signer), "acme/many")
    pull = world.bump(f"{world.desk.registry.host}/acme/many:1.0@{index}")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == state
