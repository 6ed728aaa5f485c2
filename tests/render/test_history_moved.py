"""A policy is followed to where it went: another file, another name; and one that came again is told."""

from __future__ import annotations

import re

import pytest

from app.core.history import Event, PolicyChange
from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit
from app.render.history import writer_of
from app.render.history.identity import came_from
from app.render.history.returned import Returns
from app.render.history.spans import spans
from tests.render.history_samples import SCOPE, facts

WEAKER, STRONGER, CANNOT_TELL, NEUTRAL = Effect.WEAKER, Effect.STRONGER, Effect.CANNOT_TELL, Effect.NEUTRAL
POLICY = ObjectReference("kyverno.io/v1", "Policy", "apps", "signed")
OLD, NEW = "old/p.yaml", "new/p.yaml"

Edit = tuple[str, str | None, str | None, Effect]

LET_GO: Edit = ("spec.action", "Enforce", "Audit", WEAKER)
BACK: Edit = ("spec.action", "Audit", "Enforce", STRONGER)
MOVED: Edit = ("", OLD, NEW, NEUTRAL)
GONE: Edit = ("", "{…", None, WEAKER)
NAMED: Edit = ("metadata.name", "signed", "proved", NEUTRAL)


def changed(
    commit: int, path: str, *edits: Edit, namespace: str = "apps", name: str = "signed", version: str = "v1"
) -> Event:
    """A commit that changed one policy in one file."""
    resource = ObjectReference(f"kyverno.io/{version}", "Policy", namespace, name)
    made = tuple(PolicyEdit(path, resource, *one, "so it is") for one in edits)
    return Event(facts(commit, days=commit), PolicyChange(path, resource, made))


def came(effect: Effect) -> Edit:
    """The whole policy is new."""
    return "", None, "{…", effect


def _back(*events: Event) -> int | None:
    found = Returns.of(events).closed(events[0])
    return None if found is None else int(found.event.facts.commit, 16)


@pytest.mark.parametrize(
    "later",
    [
        (changed(2, NEW, MOVED), changed(3, NEW, BACK)),
        (changed(2, NEW, MOVED, BACK),),
        (changed(2, OLD, NAMED, name="proved"), changed(3, OLD, BACK, name="proved")),
        (changed(2, NEW, MOVED, NAMED, name="proved"), changed(3, NEW, BACK, name="proved")),
        (changed(2, OLD, BACK, version="v2beta1"),),
    ],
)
def test_a_policy_is_followed_to_its_new_file_name_or_version(later: tuple[Event, ...]) -> None:
    assert _back(changed(1, OLD, LET_GO), *later) == int(later[-1].facts.commit, 16)


@pytest.mark.parametrize(
    "later",
    [
        changed(2, NEW, BACK),
        changed(2, OLD, BACK, name="proved"),
        changed(2, OLD, BACK, namespace="other"),
        changed(2, NEW, came(STRONGER)),
    ],
)
def test_another_policy_puts_nothing_back(later: Event) -> None:
    assert _back(changed(1, OLD, LET_GO), later) is None


def test_a_policy_that_leaves_its_environment_is_not_put_back_in_another() -> None:
    old, new = "apps/staging/p.yaml", "apps/production/p.yaml"
    moved = changed(2, new, ("", old, new, NEUTRAL))
    assert _back(changed(1, old, LET_GO), moved, changed(3, new, BACK)) is None


def test_a_policy_that_gets_an_environment_is_followed() -> None:
    moved = changed(2, "apps/staging/p.yaml", ("", OLD, "apps/staging/p.yaml", NEUTRAL))
    assert _back(changed(1, OLD, LET_GO), moved, changed(3, "apps/staging/p.yaml", BACK)) == 3


def test_what_waits_in_the_new_file_waits_on() -> None:
    first, second = changed(1, NEW, ("spec.action", "Deny", "Enforce", WEAKER)), changed(2, OLD, LET_GO)
    returns = Returns.of(
        [first, second, changed(3, NEW, MOVED), changed(4, NEW, ("spec.action", "", "Deny", STRONGER))]
    )
    assert [returns.closed(one) is None for one in (first, second)] == [False, False]


def test_a_name_that_is_told_of_another_object_moves_nothing() -> None:
    assert (
        came_from(PolicyChange(OLD, POLICY, (PolicyEdit(OLD, POLICY, "metadata.name", "a", "b", NEUTRAL, ""),))) is None
    )


def _again(*events: Event) -> int | None:
    found = Returns.of(events).again(events[0])
    return None if found is None else int(found.facts.commit, 16)


@pytest.mark.parametrize(
    ("later", "found"),
    [
        (changed(2, OLD, came(CANNOT_TELL)), 2),
        (changed(2, OLD, came(NEUTRAL)), 2),
        (changed(2, NEW, came(STRONGER)), 2),
        (changed(2, OLD, came(STRONGER)), None),
        (changed(2, OLD, came(WEAKER)), None),
        (changed(2, NEW, came(STRONGER), namespace="other"), None),
        (changed(1, NEW, came(STRONGER), namespace="other"), 1),
        (changed(1, NEW, came(STRONGER), name="other"), None),
    ],
)
def test_a_policy_that_was_taken_away_and_came_again_in_a_way_that_proves_nothing_is_told(
    later: Event, found: int | None
) -> None:
    assert _again(changed(1, OLD, GONE), later) == found


def test_one_that_the_same_commit_brought_before_is_told_as_well() -> None:
    new, gone = changed(1, NEW, came(CANNOT_TELL), namespace="other"), changed(1, OLD, GONE)
    assert Returns.of([new, gone]).again(gone) is new


def test_a_file_that_was_taken_away_comes_again_by_its_path() -> None:
    def file(commit: int, edit: Edit) -> Event:
        return Event(facts(commit, days=commit), PolicyChange(OLD, None, (PolicyEdit(OLD, None, *edit, "so it is"),)))

    gone = file(1, GONE)
    assert Returns.of([gone, back := file(2, came(CANNOT_TELL))]).again(gone) is back


def _policies(*events: Event) -> str:
    page = "".join(writer_of("html", ())(SCOPE, events))
    found = re.search(r'<section id="policies">(.*?)</section>', page, re.DOTALL)
    assert found is not None
    return found[1]


def test_what_was_put_back_in_another_file_leads_there() -> None:
    section = _policies(changed(1, OLD, LET_GO), changed(2, NEW, MOVED), changed(3, NEW, BACK))
    assert re.search(
        r'put back on 2026-03-04 by <a href="#p-\w+">.*</a> in <code>new/p.yaml</code>, after 2 days', section
    )


def test_one_of_its_name_in_another_file_is_said_to_be_perhaps_of_another_cluster() -> None:
    section = _policies(changed(1, OLD, GONE), changed(2, NEW, came(STRONGER)))
    said = "in <code>new/p.yaml</code>, perhaps for another cluster, or not as strong"
    assert (said in section, "; one of its name came on 2026-03-03 by <a href" in section) == (True, True)


def test_what_came_again_is_said_and_not_that_it_was_put_back() -> None:
    section = _policies(changed(1, OLD, GONE), changed(2, OLD, came(NEUTRAL)))
    said = "not put back in this range</strong>; it is there again, perhaps not as strong, on 2026-03-03 by"
    assert re.search(said + r' <a href="#z-\w+"><code>\w+</code></a>', section)


@pytest.mark.parametrize(("namespace", "called"), [("other", "namespace other"), ("", "no namespace")])
def test_one_of_the_same_name_for_another_namespace_is_said(namespace: str, called: str) -> None:
    section = _policies(changed(1, OLD, GONE), changed(1, NEW, came(CANNOT_TELL), namespace=namespace))
    assert f"; the same commit brings one of this name for {called}: <a href" in section


def test_how_many_came_again_stands_in_short() -> None:
    page = "".join(writer_of("html", ())(SCOPE, [changed(1, OLD, GONE), changed(2, NEW, came(NEUTRAL))]))
    assert (
        "0 put back or made good, 1 not (1 of those took a policy away that came again, perhaps not as strong)" in page
    )


def _exception(commit: int, path: str, *edits: Edit, name: str = "legacy") -> Event:
    resource = ObjectReference("kyverno.io/v2", "PolicyException", "apps", name)
    made = tuple(PolicyEdit(path, resource, *one, "so it is") for one in edits)
    return Event(facts(commit, days=commit), PolicyChange(path, resource, made))


def test_an_exception_is_one_span_through_a_move_and_a_new_name() -> None:
    named: Edit = ("metadata.name", "legacy", "older", NEUTRAL)
    (span,) = spans(
        [
            _exception(1, OLD, ("", None, "{}", WEAKER)),
            _exception(2, NEW, MOVED, named, name="older"),
            _exception(3, NEW, ("", "{}", None, STRONGER), name="older"),
        ]
    )
    assert (span.path, span.opened is not None, span.closed is not None) == (NEW, True, True)
