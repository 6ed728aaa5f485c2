"""What was weakened, and when it was put back."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from app.core.history import Event, PolicyChange
from app.core.policy_edit import Effect
from app.render.history import writer_of
from app.render.history.returned import Returns
from tests.render.history_samples import KYVERNO, SCOPE, edit, facts, governance, image

WEAKER, STRONGER, CANNOT_TELL, NEUTRAL = Effect.WEAKER, Effect.STRONGER, Effect.CANNOT_TELL, Effect.NEUTRAL


def changed(number: int, *edits: tuple[Effect, str | None, str | None], field: str = "spec.action") -> Event:
    """A commit that changed one field of a policy: what it did to it, and its value before and after."""
    made = tuple(replace(edit(effect), field=field, before=before, after=after) for effect, before, after in edits)
    return Event(facts(number, days=number), PolicyChange("policies/signed.yaml", KYVERNO, made))


def _both() -> Event:
    """A commit that made two fields weaker, one of them `spec.action`."""
    one, other = changed(1, (WEAKER, "a", "b")), changed(1, (WEAKER, "c", "d"), field="spec.other")
    assert isinstance(one.what, PolicyChange)
    assert isinstance(other.what, PolicyChange)
    return replace(one, what=replace(one.what, edits=(*one.what.edits, *other.what.edits)))


LET_GO = changed(1, (WEAKER, "Enforce", "Audit"))


def _back(*events: Event) -> tuple[int | None, bool | None]:
    """Return which commit put back what the first event weakened, and whether exactly."""
    found = Returns.of(events).closed(events[0])
    return (None, None) if found is None else (int(found.event.facts.commit, 16), found.exactly)


@pytest.mark.parametrize(
    ("later", "found"),
    [
        ((), (None, None)),
        ((changed(2, (STRONGER, "Audit", "Enforce")),), (2, True)),
        ((changed(2, (CANNOT_TELL, "Audit", "Enforce")),), (2, True)),
        ((changed(2, (STRONGER, "Audit", "Deny")),), (2, False)),
        ((changed(2, (NEUTRAL, "Audit", "audit")),), (None, None)),
        ((changed(2, (WEAKER, "Audit", None)), changed(3, (STRONGER, None, "Enforce"))), (3, True)),
        ((changed(2, (WEAKER, "Audit", None)), changed(3, (STRONGER, None, "Audit"))), (None, None)),
        ((changed(2, (STRONGER, "Audit", "Enforce"), field="spec.other"),), (None, None)),
    ],
)
def test_a_field_is_put_back_by_what_says_the_same_again_or_makes_it_stronger(
    later: tuple[Event, ...], found: tuple[int | None, bool | None]
) -> None:
    assert _back(LET_GO, *later) == found


def test_a_value_that_was_cut_is_never_called_the_same() -> None:
    long = f"{'x' * 100}…"
    events = changed(1, (WEAKER, long, "y")), changed(2, (STRONGER, "y", long))
    assert _back(*events) == (2, False)


def test_of_entries_of_a_list_only_the_same_one_is_taken_back() -> None:
    one, other = changed(1, (WEAKER, None, "CVE-1")), changed(2, (WEAKER, None, "CVE-2"))
    gone = changed(3, (NEUTRAL, "CVE-2", None))
    returns = Returns.of([one, other, gone])
    assert (returns.closed(one), returns.closed(other) is not None) == (None, True)


def test_what_is_put_back_in_part_is_not_put_back() -> None:
    two = _both()
    returns = Returns.of([two, changed(2, (STRONGER, "b", "a"))])
    assert (returns.closed(two), returns.partly(two)) == (None, True)


def test_images_are_no_policies() -> None:
    assert Returns.of([image()]).weakens(image()) is False


def _policies(*events: Event) -> str:
    page = "".join(writer_of("html", ())(SCOPE, events))
    found = re.search(r'<section id="policies">(.*?)</section>', page, re.DOTALL)
    assert found is not None
    return found[1]


def test_a_weakening_leads_to_what_put_it_back_and_says_after_how_long() -> None:
    section = _policies(LET_GO, changed(31, (STRONGER, "Audit", "Enforce")))
    found = re.search(r'put back on 2026-04-01 by <a href="#(p-\w+)"><code>0{12}</code></a>, after 30 days', section)
    assert found is not None
    assert f'<tr id="{found[1]}">' in section


def test_what_put_something_back_leads_to_it() -> None:
    section = _policies(LET_GO, changed(31, (STRONGER, "Audit", "Enforce")))
    found = re.search(r'undoes <a href="#(p-\w+)"><code>0{12}</code></a> of 2026-03-02', section)
    assert found is not None
    assert f'<tr id="{found[1]}">' in section


def test_what_was_not_put_back_says_so() -> None:
    assert "<strong>not put back in this range</strong>" in _policies(LET_GO)


def test_what_was_put_back_in_part_says_so() -> None:
    assert "<strong>in part put back in this range</strong>" in _policies(_both(), changed(2, (STRONGER, "b", "a")))


def test_what_is_strong_again_in_another_way_is_not_said_to_be_as_before() -> None:
    assert "made stronger again, perhaps not as before, on 2026-03-03" in _policies(
        LET_GO, changed(2, (STRONGER, "Audit", "Deny"))
    )


def test_what_governs_the_repository_leads_within_its_own_part() -> None:
    weaker = governance(about=facts(1))
    assert isinstance(weaker.what, PolicyChange)
    edits = (replace(weaker.what.edits[0], effect=WEAKER),)
    back = governance(about=facts(2, days=2))
    assert isinstance(back.what, PolicyChange)
    undone = (replace(back.what.edits[0], effect=STRONGER, before="Audit", after="Enforce"),)
    section = _policies(
        replace(weaker, what=replace(weaker.what, edits=edits)), replace(back, what=replace(back.what, edits=undone))
    )
    found = re.search(r'put back on [\d-]+ by <a href="#(g-\w+)">', section)
    assert found is not None
    assert f'<tr id="{found[1]}">' in section


def test_a_clock_that_went_back_is_no_negative_time() -> None:
    assert "after 0 days" in _policies(changed(9, (WEAKER, "a", "b")), changed(2, (STRONGER, "b", "a")))
