"""Filters of a history leave out exactly what was not asked for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.core.globs import Glob, PathGlob
from app.core.history import (
    Arrival,
    CommitFacts,
    Event,
    Gap,
    ImageUpdate,
    InForce,
    PolicyChange,
    PolicyInForce,
    Signature,
)
from app.core.inventory import ImageChange, ImageUse, ImageVersion, ObjectReference
from app.core.oci import ImageName
from app.jobs.history import Environment, WantedHistory

WHO, WHEN = Signature("Ann", "ann@example.org"), datetime(2026, 1, 2, tzinfo=UTC)
FACTS = CommitFacts("1" * 40, (), WHO, WHO, WHEN, WHEN, "Change", arrival=Arrival.DIRECT)
API, WEB = ImageName("ghcr.io", "acme/api"), ImageName("ghcr.io", "acme/web")


def _image(path: str = "apps/prod/api.yaml", name: ImageName | None = API, before: ImageName | None = None) -> Event:
    use = ImageUse(path, 1, "kubernetes", "image", name, "2", None, "x")
    versions = ImageVersion("1", None), ImageVersion("2", None)
    return Event(FACTS, ImageUpdate(ImageChange(name, *versions, (use,), name_before=before)))


def _policy(path: str = "apps/prod/policy.yaml") -> Event:
    return Event(FACTS, PolicyChange(path, None, ()))


@pytest.mark.parametrize(
    ("wanted", "found", "answer"),
    [
        (WantedHistory(), _image(), True),
        (WantedHistory(), _policy(), True),
        (WantedHistory(images=(Glob("ghcr.io/acme/*"),)), _image(), True),
        (WantedHistory(images=(Glob("ghcr.io/other/*"), Glob("ghcr.io/acme/*"))), _image(), True),
        (WantedHistory(images=(Glob("ghcr.io/acme/web"),)), _image(), False),
        (WantedHistory(images=(Glob("ghcr.io/acme/web"),)), _image(before=WEB), True),
        (WantedHistory(images=(Glob("**"),)), _image(name=None), False),
        (WantedHistory(images=(Glob("**"),)), _policy(), False),
        (WantedHistory(images=(Glob("ghcr.io/acme/web"),)), Gap("1", "a.yaml", "x"), True),
        (WantedHistory(paths=(PathGlob("/apps/"),)), _image(), True),
        (WantedHistory(paths=(PathGlob("/infra/"),)), _image(), False),
        (WantedHistory(paths=(PathGlob("/infra/"), PathGlob("policy.yaml"))), _policy(), True),
        (WantedHistory(paths=(PathGlob("/infra/"),)), Gap("1", "apps/a.yaml", "x"), False),
        (WantedHistory(paths=(PathGlob("/infra/"),)), Gap("1", "", "x"), True),
        (WantedHistory(environment=Environment("prod")), _image(), True),
        (WantedHistory(environment=Environment("pro*")), _image(), True),
        (WantedHistory(environment=Environment("dev")), _image(), False),
        (WantedHistory(environment=Environment("api.yaml")), _image(), False),
        (WantedHistory(environment=Environment("prod"), paths=(PathGlob("/infra/"),)), _image(), False),
        (WantedHistory(environment=Environment("prod"), paths=(PathGlob("/apps/"),)), _image(), True),
        (WantedHistory(environment=Environment("prod"), images=(Glob("ghcr.io/acme/web"),)), _image(), False),
    ],
)
def test_asks_for_images_paths_and_environments(wanted: WantedHistory, found: Event | Gap, answer: bool) -> None:  # noqa: FBT001 - a table
    assert wanted.wants(found) is answer


@pytest.mark.parametrize(
    ("since", "until", "answer"), [(None, None, True), (1, 3, True), (2, 2, True), (3, None, False), (None, 1, False)]
)
def test_bounds_of_time_are_included(since: int | None, until: int | None, answer: bool) -> None:  # noqa: FBT001 - a table
    days = (None if day is None else datetime(2026, 1, day, tzinfo=UTC) for day in (since, until))
    assert WantedHistory("HEAD", *days).wants_time(WHEN) is answer


@pytest.mark.parametrize(
    ("wanted", "images", "policies", "gaps"),
    [
        (WantedHistory(), 2, 1, 2),
        (WantedHistory(images=(Glob("ghcr.io/acme/api"),)), 1, 0, 2),
        (WantedHistory(paths=(PathGlob("/apps/prod/"),)), 1, 1, 2),
        (WantedHistory(environment=Environment("dev")), 1, 0, 1),
        (WantedHistory(environment=Environment("dev"), images=(Glob("ghcr.io/acme/api"),)), 0, 0, 1),
    ],
)
def test_of_what_a_commit_holds_only_what_is_asked_for_is_told(
    wanted: WantedHistory, images: int, policies: int, gaps: int
) -> None:
    uses = [ImageUse(f"apps/{at}/a.yaml", 1, "kubernetes", "image", name, "1", None, "x") for at, name in USED]
    policy = PolicyInForce("apps/prod/policy.yaml", 1, ObjectReference("kyverno.io/v1", "ClusterPolicy", "", "a"))
    found = InForce(FACTS, tuple(uses), (policy,), (Gap("1", "apps/prod/b.yaml", "x"), Gap("", "", "x")))
    told = wanted.of(found)
    assert (len(told.images), len(told.policies), len(told.gaps)) == (images, policies, gaps)


USED = (("prod", API), ("dev", WEB))


PROD, DEV = WantedHistory(environment=Environment("prod")), WantedHistory(paths=(PathGlob("/apps/dev/"),))


def _moved(path: str, before: str) -> tuple[Event, Event]:
    use = ImageUse(path, 1, "kubernetes", "image", API, "2", None, "x", path_before=before)
    versions = ImageVersion("1", None), ImageVersion("2", None)
    image = Event(FACTS, ImageUpdate(ImageChange(API, *versions, (use,))))
    return image, Event(FACTS, PolicyChange(path, None, (), path_before=before))


@pytest.mark.parametrize("wanted", [PROD, DEV])
def test_what_leaves_a_place_belongs_to_it_as_what_comes_does(wanted: WantedHistory) -> None:
    out, back = _moved("apps/dev/a.yaml", "apps/prod/a.yaml"), _moved("apps/prod/a.yaml", "apps/dev/a.yaml")
    elsewhere = _moved("apps/test/a.yaml", "apps/stage/a.yaml")
    assert [wanted.wants(one) for one in (*out, *back, *elsewhere)] == [True, True, True, True, False, False]
