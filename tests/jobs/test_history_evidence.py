"""What registries prove today of the images of a history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import cast

import pytest

from app.core.attestation import (
    SIGNATURE,
    Answer,
    Bundle,
    Fetched,
    Form,
    Lookup,
    PublicKey,
    Resolution,
    SignedStatement,
)
from app.core.errors import Unavailable
from app.core.history import Event, Gap, ImageUpdate
from app.core.inventory import ImageVersion
from app.core.oci import Audience, Digest, ImageReference
from app.jobs.assess import Assessor
from app.jobs.history_evidence import EvidenceJob
from app.jobs.ports import Registries
from tests.policy.samples import RELEASE, policy, signed, text
from tests.render.history_samples import GAP, NEW, OLD, facts, governance, image

AT = datetime(2026, 11, 24, tzinfo=UTC)
FOUND = Lookup("referrers", "ghcr.io", Answer.FOUND)


@dataclass
class World:
    """A registry that answers with one signature, and writes down what it was asked."""

    asked: list[str] = field(default_factory=list)
    down: bool = False
    broken: bool = False

    def open(self, audience: Audience) -> World:
        if self.broken:
            raise Unavailable("no credentials")
        return self

    def resolve(self, reference: ImageReference) -> Resolution:
        failed = Lookup("tag", "ghcr.io", Answer.FAILED, "503")
        return Resolution(reference.digest or (None if self.down else NEW.digest), failed if self.down else FOUND)

    def fetch(self, reference: ImageReference) -> Fetched:
        self.asked.append(str(reference))
        assert reference.digest is not None
        if self.down:
            failed = Lookup("referrers", "ghcr.io", Answer.FAILED, "503")
            return Fetched(reference, None, (), (), (failed,))
        return Fetched(reference, None, (), (Bundle(Form.BUNDLE, b"{}", reference.digest, "referrers"),), (FOUND,))

    def verify(self, bundle: Bundle, subjects: Sequence[Digest], keys: Sequence[PublicKey]) -> SignedStatement:
        return signed(SIGNATURE, RELEASE, subject=subjects[0])


def _job(world: World, most: int = 100, own: str | None = text("signature: [release]")) -> EvidenceJob:
    assessor = Assessor(cast("Registries", world), world)  # type: ignore[arg-type]  # no roots are asked
    return EvidenceJob(assessor, policy(own), lambda: AT, Audience(), most)


def _asked(*stream: Event | Gap, world: World | None = None, most: int = 100) -> list[Event | Gap]:
    return list(_job(world or World(), most).attach(stream))


def _event(event: Event, world: World | None = None) -> Event:
    (found,) = _asked(event, world=world)
    assert isinstance(found, Event)
    return found


def test_a_signature_that_the_policy_trusts_is_verified_today() -> None:
    today = _event(image()).evidence_today
    assert today is not None
    assert (today.signature, today.asked_at, today.document["verdict"]) == ("verified", AT, "OK")


def test_what_stood_there_before_does_not_matter_today() -> None:
    asked = image()
    assert isinstance(asked.what, ImageUpdate)
    today = _event(replace(asked, what=ImageUpdate(replace(asked.what.change, before_unknown=True)))).evidence_today
    assert today is not None
    assert today.document["findings"] == _findings(asked)


def _findings(event: Event) -> object:
    today = _event(event).evidence_today
    assert today is not None
    return today.document["findings"]


def test_measures_are_kept_without_their_details() -> None:
    today = _event(image()).evidence_today
    assert today is not None
    assert (today.document["measures"], "posture" in today.document) == ({}, False)


def test_a_registry_that_does_not_answer_is_a_word() -> None:
    today = _event(image(), World(down=True)).evidence_today
    assert today is not None
    assert (today.signature, today.document["verdict"]) == ("unknown", "INCOMPLETE")


@pytest.mark.parametrize(("down", "word"), [(True, "unknown"), (False, "not required")])
def test_without_a_policy_there_is_no_verdict(down: bool, word: str) -> None:  # noqa: FBT001 - a parameter
    (found,) = _job(World(down=down), own=None).attach([image()])
    assert isinstance(found, Event)
    assert found.evidence_today is not None
    document = found.evidence_today.document
    assert (found.evidence_today.signature, document["verdict"], document["policy_commit"]) == (word, None, None)


def test_a_tag_may_name_another_image_by_now_and_that_is_said() -> None:
    by_tag, pinned = _event(image(after=ImageVersion("1.1", None))), _event(image())
    assert by_tag.evidence_today is not None
    assert pinned.evidence_today is not None
    assert (by_tag.evidence_today.document["by_tag"], pinned.evidence_today.document["by_tag"]) == (True, False)


def test_what_was_known_then_is_left_as_it_is() -> None:
    assert replace(_event(image()), evidence_today=None) == image()


def test_an_image_is_asked_about_once() -> None:
    world = World()
    found = _asked(image(), image(facts(2)), world=world)
    assert (len(world.asked), [isinstance(one, Event) and one.evidence_today is not None for one in found]) == (
        2,
        [True, True],
    )


def test_both_sides_are_asked_about() -> None:
    world = World()
    _asked(image(), world=world)
    assert sorted(world.asked) == [f"ghcr.io/acme/api:1.0@{OLD.digest}", f"ghcr.io/acme/api:1.1@{NEW.digest}"]


def test_an_image_that_was_brought_and_is_replaced_is_asked_about_once() -> None:
    world = World()
    newer = ImageVersion("1.2", Digest("c" * 64))
    _, second = _asked(image(), image(facts(2), NEW, newer), world=world)
    assert isinstance(second, Event)
    assert second.evidence_today is not None
    assert (len(world.asked), _before(second)["digest"]) == (3, str(NEW.digest))


def _before(event: Event) -> Mapping[str, object]:
    assert event.evidence_today is not None
    before = event.evidence_today.document["before"]
    assert isinstance(before, Mapping)
    return before


def test_the_old_side_is_told_beside_the_new() -> None:
    assert _before(_event(image())) == {
        "asked_at": AT.isoformat(),
        "signature": "verified",
        "by_tag": False,
        "digest": str(OLD.digest),
        "reason": (
            "signed by https://github.com/acme/api/.github/workflows/release.yml@refs/heads/main, trusted as release"
        ),
        "attestations": [],
        "measures": {},
    }


def test_what_is_new_has_no_old_side() -> None:
    today = _event(image(before=None)).evidence_today
    assert today is not None
    assert today.document["before"] is None


def test_an_old_side_that_is_not_known_is_not_asked_about() -> None:
    asked, world = image(), World()
    assert isinstance(asked.what, ImageUpdate)
    unknown = replace(asked, what=ImageUpdate(replace(asked.what.change, before_unknown=True)))
    today = _event(unknown, world).evidence_today
    assert today is not None
    assert (today.document["before"], len(world.asked)) == (None, 1)


def test_what_brings_no_version_is_not_asked_about() -> None:
    stream = (image(after=None), governance(), GAP)
    world = World()
    assert (_asked(*stream, world=world), world.asked) == (list(stream), [])


def test_the_order_is_that_of_the_history() -> None:
    many = [image(facts(number), OLD, ImageVersion(f"1.{number % 40}", None)) for number in range(90)]
    found = [one.facts.commit for one in _asked(*many) if isinstance(one, Event)]
    assert found == [one.facts.commit for one in many]


def test_events_come_out_before_the_history_ends() -> None:
    def endless() -> Iterator[Event]:
        number = 0
        while True:
            number += 1
            yield image(facts(number))

    assert isinstance(next(_job(World()).attach(endless())), Event)


def test_images_beyond_the_bound_are_a_gap() -> None:
    many = [image(facts(number), OLD, ImageVersion(f"1.{number}", None)) for number in range(5)]
    *events, gap = _asked(*many, many[4], most=3)
    assert isinstance(gap, Gap)
    assert (
        [isinstance(one, Event) and one.evidence_today is not None for one in events],
        "about 3 more" in gap.sentence,
    ) == (
        [True, True, False, False, False, False],
        True,
    )


def test_registries_that_cannot_be_opened_are_a_gap() -> None:
    gap, event = _asked(image(), world=World(broken=True))
    assert isinstance(gap, Gap)
    assert (gap.sentence, event) == ("registries could not be asked about 2 images: no credentials", image())
