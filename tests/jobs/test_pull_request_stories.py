"""Stories of the main job that end in one way only: real HTTP, real git, real signatures, no queue."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable

import pytest

from app.adapters.work_queue import Again, Work
from app.core.errors import Moved
from app.core.oci import Digest
from app.core.pull_request import PullRequestRef
from tests.e2e.conftest import IMAGES, REVIEW, World, policy
from tests.fakes.github import Fault as GitHubFault
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.registry import Auth, Fault, Seen

AUTH = Auth("reader", "correct-horse")


def work_of(world: World, pull: PullRequest) -> Work:
    installation = world.desk.github.installation("acme").id
    return Work(PullRequestRef(installation, world.repository.id, "acme", "gitops", pull.number), "opened", "guid-1")


def green(world: World, sha: str) -> list[str]:
    """The contexts that ever got a success on a commit."""
    return [one.context for one in world.desk.github.statuses(world.repository, sha) if one.state == "success"]


def between_read_and_write(world: World, act: Callable[[], object]) -> None:
    """Let something happen as soon as the branch's rules are asked for: all else was read, nothing is shown yet."""
    world.desk.github.fault(GitHubFault("GET", "*/rules/branches/*", status=None, act=act))


# What moves


def test_a_push_between_read_and_write_leaves_nothing_green_on_either_head(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    old = pull.head_sha
    bad = world.manifest(world.image(signed=False)[0])
    between_read_and_write(world, lambda: pull.push({"app.yaml": bad}, author="dana"))
    with pytest.raises(Moved):
        world.desk.program.handle(work_of(world, pull))
    assert (old != pull.head_sha, green(world, old), green(world, pull.head_sha), pull.comments) == (True, [], [], [])


def test_after_a_push_the_next_look_judges_the_new_head(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    bad = world.manifest(world.image(signed=False)[0])
    between_read_and_write(world, lambda: pull.push({"app.yaml": bad}, author="dana"))
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_a_stricter_policy_between_read_and_write_is_not_overlooked(world: World) -> None:
    world.under_policy("version: 1\nunmatched: allow\n")
    pull = world.bump(world.image(signed=False)[0])
    stricter = {".github/assay.yml": policy(world.desk.registry.host)}
    between_read_and_write(world, lambda: world.repository.commit("main", stricter, author="owner"))
    with pytest.raises(Moved):
        world.desk.program.handle(work_of(world, pull))
    assert green(world, pull.head_sha) == []


def test_another_base_between_read_and_write_is_not_overlooked(world: World) -> None:
    world.under_policy()
    world.repository.branch("other", at="main")
    pull = world.bump(world.image()[0])
    between_read_and_write(world, lambda: pull.retarget("other"))
    with pytest.raises(Moved):
        world.desk.program.handle(work_of(world, pull))
    assert green(world, pull.head_sha) == []


# What cannot be found out


def _old_is_down(world: World, scope: str) -> PullRequest:
    old, digest = world.image("acme/api")
    text = policy(world.desk.registry.host, scope=scope)
    files = {".github/assay.yml": text, "app.yaml": world.manifest(old)}
    world.repository.commit("main", files, author="owner")
    world.desk.skip()
    world.desk.registry.fail(Fault(digest.hex, status=503))
    pull = world.bump(world.image("acme/api")[0])
    world.desk.work()
    return pull


def test_an_old_image_that_cannot_be_read_holds_nothing_up_when_no_rule_asks_for_it(world: World) -> None:
    pull = _old_is_down(world, "")
    assert world.desk.states(pull)[IMAGES] == "success"


def test_an_old_image_that_cannot_be_read_is_incomplete_when_it_must_be_compared_with(world: World) -> None:
    pull = _old_is_down(world, "    no-regression: true\n")
    assert (world.desk.states(pull)[IMAGES], isinstance(world.desk.answers[-1], Again)) == ("error", True)


def test_a_broken_policy_asks_no_registry(world: World) -> None:
    world.under_policy("version: 1\nmode: perhaps\n")
    pull = world.bump(world.image()[0])
    before = len(world.desk.registry.requests)
    world.desk.work()
    assert (world.desk.states(pull), len(world.desk.registry.requests)) == ({IMAGES: "error", REVIEW: "error"}, before)


# What is asked, and for whom


def test_an_image_that_several_files_use_is_fetched_once(world: World) -> None:
    world.under_policy()
    image, digest = world.image("acme/shared")
    files = {f"apps/{number}.yaml": world.manifest(image) for number in range(3)}
    world.repository.commit("many", files, author="dana")
    world.repository.open_pull_request("many", author="dana")
    world.desk.work()
    fetched = [one for one in world.desk.registry.requests if one.target == f"/v2/acme/shared/manifests/{digest}"]
    assert len(fetched) == 1


def test_two_images_of_one_change_are_judged_each_by_itself(world: World) -> None:
    world.under_policy()
    good, bad = world.image("acme/good")[0], world.image("acme/bad", signed=False)[0]
    world.repository.commit("two", {"a.yaml": world.manifest(good), "b.yaml": world.manifest(bad)}, author="dana")
    pull = world.repository.open_pull_request("two", author="dana")
    world.desk.work()
    assert world.desk.said(pull, IMAGES).startswith("BLOCKED")
    assert "acme/good" in pull.comments[-1].body


def _closed(world: World, **settings: str) -> None:
    """Close the registry, and give the operator its credential."""
    world.desk.registry.auth = AUTH
    host = world.desk.registry.host
    login = {"ASSAY_REGISTRY_AUTH": f"{host}={AUTH.user}:{AUTH.password}"}
    world.desk.open({**login, **settings})


def _credentialed(requests: Iterable[Seen]) -> bool:
    """Whether the operator's password was sent with one of these requests."""
    pair = base64.b64encode(f"{AUTH.user}:{AUTH.password}".encode()).decode()
    return any(pair in one.headers.get("authorization", "") for one in requests)


def test_the_owner_s_pull_request_spends_the_operator_s_credential(world: World) -> None:
    world.under_policy()
    _closed(world, ASSAY_OWNER="acme")
    pull = world.bump(world.image()[0])
    world.desk.work()
    assert (world.desk.states(pull)[IMAGES], _credentialed(world.desk.registry.requests)) == ("success", True)


@pytest.mark.parametrize("users", ["acme", "acme/gitops", "other,acme/gitops"])
def test_a_credential_may_be_bound_to_owners_and_repositories(world: World, users: str) -> None:
    world.under_policy()
    _closed(world, ASSAY_REGISTRY_CREDENTIAL_USERS=f"{world.desk.registry.host}={users}")
    pull = world.bump(world.image()[0])
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "success"


@pytest.mark.parametrize("settings", [{}, {"ASSAY_OWNER": "other"}, {"users": "other"}, {"users": "acme/else"}])
def test_a_credential_serves_nobody_whom_it_is_not_bound_to(world: World, settings: dict[str, str]) -> None:
    world.under_policy()
    users = settings.pop("users", None)
    bound = {} if users is None else {"ASSAY_REGISTRY_CREDENTIAL_USERS": f"{world.desk.registry.host}={users}"}
    _closed(world, **settings, **bound)
    pull = world.bump(world.image()[0])
    world.desk.work()
    assert (world.desk.states(pull)[IMAGES], _credentialed(world.desk.registry.requests)) == ("error", False)


def _from_fork(world: World, image: str) -> PullRequest:
    fork = world.repository.fork("mallory")
    fork.commit("bump", {"app.yaml": world.manifest(image)}, author="mallory")
    pull = world.repository.open_pull_request("bump", author="mallory", repository=fork)
    world.desk.work()
    return pull


def _about(world: World, name: str) -> list[Seen]:
    """The requests that speak of one repository of the registry, for its token too."""
    return [one for one in world.desk.registry.requests if name in one.target.replace("%2F", "/")]


def test_an_image_that_only_a_fork_names_is_asked_for_anonymously(world: World) -> None:
    world.under_policy()
    _closed(world, ASSAY_OWNER="acme")
    pull = _from_fork(world, world.image("acme/private")[0])
    assert (_about(world, "acme/private") != [], _credentialed(_about(world, "acme/private"))) == (True, False)
    assert world.desk.states(pull)[IMAGES] == "error"


def test_an_image_that_the_base_names_too_is_asked_for_with_the_credential(world: World) -> None:
    world.under_policy()
    _closed(world, ASSAY_OWNER="acme")
    pull = _from_fork(world, world.image("acme/api")[0])
    assert (_credentialed(_about(world, "acme/api")), world.desk.states(pull)[IMAGES]) == (True, "success")


# Missing credentials


def _without_credentials(world: World) -> PullRequest:
    world.under_policy()
    world.desk.registry.auth = AUTH
    images = [world.image(f"acme/{name}")[0] for name in ("one", "two")]
    files = {f"{number}.yaml": world.manifest(image) for number, image in enumerate(images)}
    world.repository.commit("bump", files, author="dana")
    pull = world.repository.open_pull_request("bump", author="dana")
    world.desk.work()
    return pull


def test_missing_credentials_are_named_once_with_host_who_and_setting(world: World) -> None:
    pull = _without_credentials(world)
    needed = [line for line in pull.comments[-1].body.splitlines() if "ASSAY_REGISTRY_AUTH" in line]
    assert len(needed) == 1
    assert all(
        one in needed[0] for one in (world.desk.registry.host, "asks for credentials", "whoever runs this Assay")
    )


def test_missing_credentials_are_tried_again(world: World) -> None:
    pull = _without_credentials(world)
    assert (world.desk.states(pull)[IMAGES], isinstance(world.desk.answers[-1], Again)) == ("error", True)


def test_once_the_credential_is_stored_the_same_pull_request_goes_green(world: World) -> None:
    pull = _without_credentials(world)
    _closed(world, ASSAY_OWNER="acme")
    world.desk.program.handle(work_of(world, pull))
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}
    assert "ASSAY_REGISTRY_AUTH" not in pull.comments[-1].body


def test_a_credential_that_is_added_to_the_docker_configuration_needs_no_restart(world: World) -> None:
    config = world.desk.folder / "config.json"
    config.write_text("{}", encoding="utf-8")
    world.desk.open({"ASSAY_REGISTRY_CONFIG": str(config), "ASSAY_OWNER": "acme"})
    pull = _without_credentials(world)
    pair = base64.b64encode(f"{AUTH.user}:{AUTH.password}".encode()).decode()
    config.write_text(f'{{"auths": {{"{world.desk.registry.host}": {{"auth": "{pair}"}}}}}}', encoding="utf-8")
    world.desk.program.reload()
    world.desk.program.handle(work_of(world, pull))
    assert world.desk.states(pull)[IMAGES] == "success"


def test_a_docker_configuration_that_breaks_leaves_the_last_one_in_force(world: World) -> None:
    world.under_policy()
    world.desk.registry.auth = AUTH
    config = world.desk.folder / "config.json"
    pair = base64.b64encode(f"{AUTH.user}:{AUTH.password}".encode()).decode()
    config.write_text(f'{{"auths": {{"{world.desk.registry.host}": {{"auth": "{pair}"}}}}}}', encoding="utf-8")
    world.desk.open({"ASSAY_REGISTRY_CONFIG": str(config), "ASSAY_OWNER": "acme"})
    config.write_text("{", encoding="utf-8")
    world.desk.program.reload()
    pull = world.bump(world.image()[0])
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "success"


def test_a_digest_that_the_registry_does_not_hold_is_no_pass(world: World) -> None:
    world.under_policy()
    pull = world.bump(f"{world.desk.registry.host}/acme/api@{Digest.of(b'nothing')}")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] in {"failure", "error"}
