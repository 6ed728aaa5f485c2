"""The desk: who may set up, and what comes back from GitHub."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.web.setup.desk import TRIES, WINDOW, Desk, Wait
from app.web.setup.plan import DOTCOM, Plan

CODE = "4c5ff573ee13545b0396dc29155f8ef6"
PLAN = Plan(DOTCOM, "acme", "https://assay.acme.example")


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(clock: Clock) -> Desk:
    return Desk(CODE, clock)


def test_the_right_code_opens_the_desk(desk: Desk) -> None:
    assert desk.knows(desk.enter(CODE))


@pytest.mark.parametrize("given", ["", CODE[:-1], CODE + "0", CODE.upper() + "x", "\ud800", "é" * 32])
def test_a_wrong_code_does_not(desk: Desk, given: str) -> None:
    assert desk.enter(given) is None


def test_before_anybody_gave_the_code_no_session_is_known(desk: Desk) -> None:
    assert not any(desk.knows(given) for given in (None, "", "None"))


def test_a_thousand_guesses_are_five_a_minute(desk: Desk) -> None:
    refused = 0
    for guess in range(1000):
        try:
            desk.enter(f"{guess:032x}")
        except Wait:
            refused += 1
    assert refused == 1000 - TRIES


def test_while_nobody_may_try_the_right_code_may_not_either(desk: Desk) -> None:
    for _ in range(TRIES):
        desk.enter("wrong")
    with pytest.raises(Wait):
        desk.enter(CODE)


def test_after_the_wait_it_may_be_tried_again(desk: Desk, clock: Clock) -> None:
    for _ in range(TRIES):
        desk.enter("wrong")
    clock.at += WINDOW
    assert desk.knows(desk.enter(CODE))


def test_another_browser_with_the_code_takes_the_desk_over(desk: Desk) -> None:
    first, second = desk.enter(CODE), desk.enter(CODE)
    assert (desk.knows(first), desk.knows(second)) == (False, True)


def test_what_was_begun_goes_along_to_the_other_browser(desk: Desk) -> None:
    desk.enter(CODE)
    state = desk.begin(PLAN)
    desk.enter(CODE)
    assert desk.came_back(state, "code")


def test_a_state_works_once(desk: Desk) -> None:
    desk.enter(CODE)
    state = desk.begin(PLAN)
    assert (desk.came_back(state, "code"), desk.came_back(state, "code")) == (True, False)


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=60))
def test_no_other_state_is_taken(given: str) -> None:
    desk = Desk(CODE, Clock())
    desk.begin(PLAN)
    assert not desk.came_back(given, "code")


def test_without_anything_begun_no_state_is_taken(desk: Desk) -> None:
    assert not desk.came_back("", "code")


def test_a_new_plan_ends_the_state_of_the_one_before(desk: Desk) -> None:
    first = desk.begin(PLAN)
    desk.begin(PLAN)
    assert not desk.came_back(first, "code")


def test_a_forms_token_ends_with_its_session(desk: Desk) -> None:
    desk.enter(CODE)
    token = desk.form_token()
    desk.enter(CODE)
    assert not desk.is_form_token(token)


def test_without_a_session_no_token_is_taken(desk: Desk) -> None:
    assert not desk.is_form_token(desk.form_token())
