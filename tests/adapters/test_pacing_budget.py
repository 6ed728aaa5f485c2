"""The arithmetic of write budgets: no window is ever overfilled, bad news goes first, turns lie apart."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.write_budget import (
    GITHUB,
    LONGEST_SLEEP,
    Decision,
    Limits,
    Share,
    Spent,
    admit,
    book,
    left,
    read,
    write,
)

NOW = 1_000_000.0


def filled(count: int, share: Share = Share.BAD_NEWS, now: float = NOW) -> Spent:
    """So many writes, as fast as the budget lets them through in one moment after the other."""
    spent, moment = Spent(), now
    while len(spent.written) < count:
        decision = book(spent, share, GITHUB, moment)
        spent = decision.spent
        moment += max(decision.wait, 0.01)
    return spent


def most(written: tuple[float, ...], window: float) -> int:
    """How many lie in the fullest window."""
    return max(bisect_left(written, one + window) - place for place, one in enumerate(written))


@given(
    st.lists(st.tuples(st.floats(0, 30), st.sampled_from(Share)), max_size=400),
    st.builds(Limits, st.integers(1, 40), st.integers(1, 90)),
)
@settings(max_examples=60, deadline=None)
def test_no_window_ever_holds_more_than_the_largest_share(asked: list[tuple[float, Share]], limits: Limits) -> None:
    spent, now, sent = Spent(), NOW, list[float]()
    for pause, share in asked:
        now += pause
        decision = book(spent, share, limits, now)
        spent = decision.spent
        if decision.granted:
            sent.append(now + decision.wait)
    sent.sort()
    minute, hour = limits.of(Share.BAD_NEWS)
    assert not sent or (most(tuple(sent), 60) <= minute and most(tuple(sent), 3600) <= hour)


@given(st.lists(st.floats(NOW, NOW + 3600), max_size=500))
@settings(max_examples=50, deadline=None)
def test_what_was_written_is_read_back_and_never_earlier(moments: list[float]) -> None:
    back = read(write(Spent(tuple(sorted(moments)))))
    assert all(0 <= kept - moment < 0.11 for kept, moment in zip(back, sorted(moments), strict=True))


def test_the_first_writes_go_at_once() -> None:
    assert book(Spent(), Share.REST, GITHUB, NOW) == Decision(Spent((NOW,)), 0.0, granted=True)


def test_writes_are_a_second_apart_once_half_of_the_minute_is_used() -> None:
    spent = filled(40)
    first = book(spent, Share.STATUS, GITHUB, spent.written[-1])
    assert first.wait == 1.0


@pytest.mark.parametrize(
    ("share", "used"), [(Share.REST, 68), (Share.COMMENT, 70), (Share.STATUS, 72), (Share.BAD_NEWS, 76)]
)
def test_a_share_waits_once_it_is_used_up(share: Share, used: int) -> None:
    spent = Spent(tuple(NOW - 30 + number / 10 for number in range(used)))
    assert not book(spent, share, GITHUB, NOW).granted


@pytest.mark.parametrize(
    ("share", "used"), [(Share.REST, 67), (Share.COMMENT, 69), (Share.STATUS, 71), (Share.BAD_NEWS, 75)]
)
def test_a_share_is_used_to_its_end(share: Share, used: int) -> None:
    spent = Spent(tuple(NOW - 30 + number / 10 for number in range(used)))
    assert book(spent, share, GITHUB, NOW).granted


def test_copies_leave_the_hour_to_everything_else() -> None:
    spent, now = Spent(), NOW
    for _ in range(500):
        decision = book(spent, Share.COPY, GITHUB, now)
        spent, now = decision.spent, now + 5.0
    assert not book(spent, Share.COPY, GITHUB, now).granted
    assert book(spent, Share.REST, GITHUB, now).wait == 0
    looked = admit(spent, GITHUB, now, promised=None)
    assert (looked.granted, looked.spent.turn) == (True, 0.0)


def test_bad_news_goes_where_good_news_waits() -> None:
    spent = filled(72, Share.STATUS)
    now = spent.written[-1]
    granted = [book(spent, share, GITHUB, now).granted for share in (Share.STATUS, Share.BAD_NEWS)]
    assert granted == [False, True]


def test_nothing_is_waited_for_in_place_longer_than_two_seconds() -> None:
    spent = filled(72, Share.STATUS)
    decision = book(spent, Share.STATUS, GITHUB, spent.written[-1])
    assert not decision.granted
    assert decision.wait > LONGEST_SLEEP


def test_who_waited_as_long_as_told_is_let_through() -> None:
    spent = filled(72, Share.STATUS)
    now = spent.written[-1]
    later = now + book(spent, Share.STATUS, GITHUB, now).wait
    assert book(spent, Share.STATUS, GITHUB, later).granted


def test_a_pause_holds_back_bad_news_too() -> None:
    decision = book(Spent(paused=NOW + 60), Share.BAD_NEWS, GITHUB, NOW)
    assert (decision.granted, decision.wait) == (False, 60.0)


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    assert Spent(paused=NOW + 60).paused_until(NOW + 5).paused == NOW + 60


def test_without_limits_only_a_pause_holds_back() -> None:
    spent = Spent(tuple(NOW for _ in range(1000)))
    assert book(spent, Share.REST, None, NOW).granted
    assert not book(spent.paused_until(NOW + 1), Share.REST, None, NOW).granted


def test_a_machine_whose_clock_is_ahead_blocks_the_others_for_a_minute_at_most() -> None:
    spent = Spent(tuple(NOW + 7200 for _ in range(76)))
    assert book(spent, Share.STATUS, GITHUB, NOW).granted


def test_a_look_begins_while_there_is_room_for_its_writes() -> None:
    assert admit(Spent(), GITHUB, NOW, promised=None).granted


def test_a_look_without_room_is_told_its_turn() -> None:
    spent = filled(68, Share.REST)
    now = spent.written[-1]
    decision = admit(spent, GITHUB, now, promised=None)
    assert not decision.granted
    assert admit(decision.spent, GITHUB, now + decision.wait, promised=now + decision.wait).granted


def test_turns_lie_as_far_apart_as_reviews_can_be_written() -> None:
    spent = filled(68, Share.REST)
    now, turns = spent.written[-1], list[float]()
    for _ in range(20):
        decision = admit(spent, GITHUB, now, promised=None)
        spent = decision.spent
        turns.append(decision.wait)
    assert [round(b - a, 3) for a, b in pairwise(turns)] == [4.0] * 19


def test_turns_lie_further_apart_once_the_hour_is_what_holds_back() -> None:
    spent = Spent(tuple(NOW - 1000 + number * 2 for number in range(440)))
    first = admit(spent, GITHUB, NOW, promised=None)
    second = admit(first.spent, GITHUB, NOW, promised=None)
    assert second.wait - first.wait == pytest.approx(4 * 3600 / 425)


def test_no_turn_is_more_than_six_hours_away() -> None:
    spent = Spent(tuple(NOW - 1000 + number * 2 for number in range(440)), turn=NOW + 90_000)
    assert admit(spent, GITHUB, NOW, promised=None).wait == 6 * 3600


def test_a_new_look_does_not_pass_those_whose_turn_comes_while_the_budget_is_tight() -> None:
    spent = Spent(tuple(NOW - 50 + number for number in range(45)), turn=NOW + 30)
    granted = [admit(spent, GITHUB, NOW, promised=turn).granted for turn in (None, NOW)]
    assert granted == [False, True]


TIGHT = Spent(tuple(NOW - 50 + number for number in range(45)), turn=NOW + 30)


def test_who_asks_again_keeps_the_turn_and_moves_nobody_back() -> None:
    decision = admit(TIGHT, GITHUB, NOW, promised=NOW + 20)
    assert (decision.granted, decision.wait, decision.spent) == (False, 20.0, TIGHT)


def test_a_turn_that_finds_no_room_waits_for_room_and_not_behind_the_others() -> None:
    full = Spent(tuple(NOW - 50 + number / 10 for number in range(68)), turn=NOW + 3000)
    decision = admit(full, GITHUB, NOW, promised=NOW - 5)
    assert (decision.granted, round(decision.wait, 3)) == (False, 10.3)


def test_who_waits_for_something_else_for_longer_gets_the_next_turn() -> None:
    assert admit(TIGHT, GITHUB, NOW, promised=NOW + 3000).wait == 34.0


def test_of_two_whose_turn_has_come_the_second_begins_once_the_first_may_have_written() -> None:
    first = admit(TIGHT, GITHUB, NOW, promised=NOW - 5)
    second = admit(first.spent, GITHUB, NOW, promised=NOW - 4)
    assert (first.granted, second.granted, second.wait) == (True, False, 4.0)


def test_when_a_look_began_by_a_clock_that_is_ahead_holds_up_nobody_for_long() -> None:
    assert admit(replace(TIGHT, began=NOW + 9000), GITHUB, NOW, promised=NOW - 5).wait == 4.0


@given(st.integers(1, 40), st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_whoever_is_asked_about_again_and_again_has_his_turn(others: int, asked: int) -> None:
    spent, turn, now = TIGHT, None, NOW
    for number in range(asked * others):
        decision = admit(spent, GITHUB, now, promised=turn if number % others == 0 else None)
        spent = decision.spent
        if number % others == 0:
            turn = now + decision.wait if turn is None else turn
            assert turn == NOW + 34
    assert admit(replace(spent, written=()), GITHUB, NOW + 34, promised=turn).granted


def test_without_limits_a_look_begins_unless_paused() -> None:
    assert admit(Spent(), None, NOW, promised=None).granted
    assert admit(Spent(paused=NOW + 9), None, NOW, promised=None).wait == 9.0


def test_what_is_left_is_told_of_the_tighter_limit() -> None:
    spent = Spent(tuple(NOW - 1800 + number for number in range(250)))
    assert left(spent, GITHUB, NOW) == 0.5


def test_nothing_is_left_while_paused() -> None:
    assert left(Spent(paused=NOW + 1), GITHUB, NOW) == 0.0
