"""Attacks of the catalogue that need the whole main job to be played: real HTTP, real git, real signatures."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from app.core.attestation import Form
from tests.e2e.conftest import IDENTITY, IMAGES, ISSUER, REVIEW, Held, World, policy
from tests.fakes.github import MergeRefused
from tests.fakes.github.pull_request import PullRequest

OTHER = "https://github.com/acme/images/.github/workflows/release.yml@refs/heads/dev"
GOVERNED = 'reviews:\n  - name: policies\n    paths: ["/policies/**"]\n    teams: [acme/security]\n'


def refused(pull: PullRequest) -> bool:
    """Say whether GitHub refuses to merge it."""
    try:
        pull.merge("bob")
    except MergeRefused:
        return True
    return False


def test_at_035_a_statement_that_was_changed_after_signing_says_nothing(world: World) -> None:
    asked = "    attestations:\n      - {type: slsa-provenance, signers: [release]}\n"
    world.under_policy(policy(world.desk.registry.host, scope=asked))
    image, digest = world.image()
    signer = world.desk.sigstore.signer(IDENTITY, ISSUER)
    made = world.desk.sigstore.attest("acme/api", digest, "https://slsa.dev/provenance/v1", {"buildType": "x"}, signer)
    bundle = json.loads(made.content)
    statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    statement["predicate"] = {"buildType": "y"}
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    world.desk.registry.attach(replace(made, content=json.dumps(bundle).encode()), "acme/api")
    pull = world.bump(image)
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"
    assert "invalid" in world.desk.said(pull, IMAGES) + pull.comments[-1].body


def test_at_038_a_signature_without_its_image_is_no_verified_image(world: World) -> None:
    world.under_policy()
    image, digest = world.image("acme/gone", signed=False, tag="1.0")
    signer = world.desk.sigstore.signer(IDENTITY, ISSUER)
    legacy = world.desk.sigstore.sign(digest, "acme/gone", signer, form=Form.LEGACY_SIGNATURE)
    world.desk.registry.attach(legacy, "acme/gone")
    world.desk.registry.remove("acme/gone", str(digest))
    pull = world.bump(image)
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "error"


def test_at_041_a_tag_alone_is_blocked_where_digests_are_asked_and_the_digest_is_told(world: World) -> None:
    world.under_policy(policy(world.desk.registry.host, scope="    pinned: true\n"))
    image, digest = world.image()
    pull = world.bump(image.partition("@")[0])
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"
    assert str(digest) in pull.comments[-1].body


def test_at_041_a_tag_that_was_moved_is_asked_for_anew(world: World) -> None:
    world.under_policy()
    image, _ = world.image("acme/moving", tag="1.0")
    pull = world.bump(image.partition("@")[0])
    world.desk.work()
    green = world.desk.states(pull)[IMAGES]
    world.image("acme/moving", tag="1.0", signed=False)
    pull.comment("dana", "/assay recheck")
    world.desk.work()
    assert (green, world.desk.states(pull)[IMAGES]) == ("success", "failure")


def test_at_041_at_116_beside_a_digest_the_tag_decides_nothing(world: World) -> None:
    world.under_policy()
    image, _ = world.image("acme/moving", tag="1.0")
    world.image("acme/moving", tag="1.0", signed=False)
    pull = world.bump(image)
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "success"


@pytest.mark.parametrize(("place", "state"), [("acme/dev", "success"), ("acme/prod", "failure")])
def test_at_045_a_signature_copied_elsewhere_counts_only_by_the_signers_of_that_place(
    world: World, place: str, state: str
) -> None:
    host = world.desk.registry.host
    who = (("dev", OTHER), ("prod", IDENTITY))
    signers = "".join(f"  {name}: {{issuer: {ISSUER}, identity: {identity}}}\n" for name, identity in who)
    scopes = "".join(f'  - {{match: ["{host}/acme/{one}"], signature: [{one}]}}\n' for one in ("dev", "prod"))
    world.under_policy(f"version: 1\nsigners:\n{signers}images:\n{scopes}")
    digest = world.desk.registry.put_image(place, seed="the same image")
    signer = world.desk.sigstore.signer(OTHER, ISSUER)
    world.desk.registry.attach(world.desk.sigstore.sign(digest, "acme/dev", signer), place)
    pull = world.bump(f"{host}/{place}@{digest}")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == state


def test_at_146_an_image_behind_the_end_of_githubs_list_never_passes(world: World) -> None:
    world.under_policy()
    files = {f"a/{number:04}.txt": "x" for number in range(3000)}
    files["z/app.yaml"] = world.manifest(world.image(signed=False)[0])
    world.repository.commit("many", files, author="dana")
    pull = world.repository.open_pull_request("many", author="dana")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"  # git tells of it where the list does not


def test_at_149_an_image_hidden_from_the_diff_by_attributes_is_judged(world: World) -> None:
    world.under_policy()
    files = {
        ".gitattributes": "*.yaml -diff -text linguist-generated=true\n",
        "app.yaml": world.manifest(world.image(signed=False)[0]),
    }
    world.repository.commit("hidden", files, author="dana")
    pull = world.repository.open_pull_request("hidden", author="dana")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_at_151_no_status_is_copied_to_the_head_of_a_merge_group(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.work()
    group = world.repository.queue(pull)
    world.desk.skip()
    assert world.desk.states(pull)[IMAGES] == "success"
    with pytest.raises(MergeRefused):
        group.finish()


def test_at_153_a_forged_success_is_not_believed_and_replaced_at_the_next_look(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    world.repository.set_status(pull.head_sha, IMAGES, "success", by="dana", description="OK: 1 image change")
    assert refused(pull)
    pull.comment("dana", "/assay recheck")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"
    assert refused(pull)


def test_at_156_a_delivery_that_comes_late_judges_what_is_there_now(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image(signed=False)[0])
    first = pull.head_sha
    pull.push({"app.yaml": world.manifest(world.image()[0])}, author="dana")
    world.desk.work()
    old = {one.state for one in world.repository.latest_statuses(first)}
    assert (world.desk.states(pull)[IMAGES], "success" in old) == ("success", False)


def test_at_159_a_change_merged_into_a_reviewed_branch_voids_its_approval(world: World) -> None:
    world.under_policy(policy(world.desk.registry.host, GOVERNED))
    world.repository.commit("edit", {"policies/a.yaml": "a: 1\n"}, author="dana")
    pull = world.repository.open_pull_request("edit", author="dana")
    pull.review("alice", "APPROVED")
    world.desk.work()
    before = world.desk.states(pull)[REVIEW]
    world.repository.commit("more", {"policies/b.yaml": "evil: 1\n"}, author="bob", parents=["edit"])
    world.repository.open_pull_request("more", base="edit", author="bob").merge("bob")
    world.desk.work()
    assert (before, world.desk.states(pull)[REVIEW]) == ("success", "pending")


def test_at_163_a_fork_that_was_approved_once_is_not_approved_for_ever(world: World) -> None:
    world.under_policy(policy(world.desk.registry.host, GOVERNED))
    fork = world.repository.fork("mallory")
    states = []
    for branch in ("first", "second"):
        fork.commit(branch, {"policies/a.yaml": f"a: {branch}\n"}, author="mallory")
        pull = world.repository.open_pull_request(branch, author="mallory", repository=fork)
        if branch == "first":
            pull.review("alice", "APPROVED")
        world.desk.work()
        states.append(world.desk.states(pull)[REVIEW])
    assert states == ["success", "pending"]


def test_at_172_a_delivery_that_was_lost_leaves_the_gate_closed(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.skip()
    assert refused(pull)


@pytest.mark.parametrize("turn", ["reopened", "ready", "retargeted", "renamed"])
def test_at_173_a_turn_of_a_pull_request_or_repository_skips_no_judgement(world: World, turn: str) -> None:
    world.under_policy()
    image, _ = world.image(signed=False)
    world.repository.commit("bump", {"app.yaml": world.manifest(image)}, author="dana")
    world.repository.branch("other")
    base = "other" if turn == "retargeted" else "main"
    pull = world.repository.open_pull_request("bump", base=base, author="dana", draft=turn == "ready")
    world.desk.skip()
    if turn == "reopened":
        pull.close()
        pull.reopen()
    elif turn == "ready":
        pull.ready()
    elif turn == "retargeted":
        pull.retarget("main")
    else:
        world.repository.rename("moved")
        pull.push({"more.yaml": "a: 1\n"}, author="dana")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_at_175_pending_stands_soon_though_no_registry_has_answered_yet(world: World) -> None:
    world.under_policy()
    world.desk.patience(0.0)
    pull = world.bump(world.image()[0])
    seen = world.desk.registry.requests = Held(lambda: world.desk.states(pull).get(IMAGES) == "pending")
    world.desk.work()
    assert (seen.gave_up, world.desk.states(pull)[IMAGES]) == (False, "success")


def test_at_211_at_212_what_is_remembered_is_judged_anew_under_another_policy(world: World) -> None:
    world.under_policy()
    image, _ = world.image()
    first = world.bump(image, branch="first")
    world.desk.work()
    files = {".github/assay.yml": policy(world.desk.registry.host).replace(IDENTITY, OTHER)}
    world.repository.commit("main", files, author="owner")
    world.desk.skip()
    asked = len(world.desk.registry.requests)
    second = world.bump(image, branch="second")
    world.desk.work()
    assert (world.desk.states(first)[IMAGES], world.desk.states(second)[IMAGES]) == ("success", "failure")
    # A tag may have moved meanwhile, and what nobody signed decides nothing: neither is remembered.
    parts = ("/referrers/", "/blobs/", ".sig", ".att")
    again = [seen.target for seen in world.desk.registry.requests[asked:]]
    assert [one for one in again if any(part in one for part in parts)] == []
