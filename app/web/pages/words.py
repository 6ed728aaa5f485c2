"""How words are shown: with a sign before them, and a colour that says nothing which the word does not."""

from __future__ import annotations

import html
from typing import Final, NamedTuple

from app.core.gate import Wired
from app.render.plain import visible
from app.render.words import DEMAND_SIGNS, EFFECT_SIGNS, NEUTRAL, OUTCOME_SIGNS, SIGNS, TREND_SIGNS


class Mark(NamedTuple):
    """A word as it is shown: `look` is its class in the style sheet, empty for none; `sign` stands before it."""

    look: str
    sign: str
    word: str


_SIGNS: Final = {
    **{outcome.word: sign for outcome, sign in OUTCOME_SIGNS.items()},
    **{word.value: sign for word, sign in SIGNS.items()},
    **{effect.value: sign for effect, sign in EFFECT_SIGNS.items()},
    **{trend.value: sign for trend, sign in TREND_SIGNS.items()},
    **{state.value: sign for state, sign in DEMAND_SIGNS.items()},
    "success": "✅",
    "failure": "❌",
    "error": "❌",
    "pending": "⏳",
    "found": "✅",
    "not there": NEUTRAL,
    "failed": "❔",
    "counts": "✅",
    "does not count": NEUTRAL,
}
_WIRED: Final = {
    Wired.OURS.value: "✅",
    Wired.ANYBODY.value: "⚠️",
    Wired.NOT_SHOWN.value: "❔",
    Wired.ANOTHER.value: "❌",
    Wired.NOT.value: "⚠️",
    Wired.UNKNOWN.value: "❔",
}
_LOOKS: Final = {"✅": "good", "⚠️": "warn", "❌": "bad", "❔": "open", "⏳": "open"}


def mark(word: str) -> Mark:
    """Return how a word is shown; one that is none of ours has no sign."""
    sign = _SIGNS.get(word, "")
    return Mark(_LOOKS.get(sign, ""), sign, word)


def wired(word: str) -> Mark:
    """Return how it is shown how a context is required: `not required` is a fault there, and none of a signature."""
    sign = _WIRED.get(word, "")
    return Mark(_LOOKS.get(sign, ""), sign, word)


class Html(str):
    """Markup that we wrote, with everything of others in it escaped: a template takes it as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        """Say to the template that nothing is left to be escaped."""
        return str(self)


def prose(sentence: object) -> Html:
    """Show a sentence: what stands between a pair of backticks is data, set as such; all of it is escaped."""
    parts = [html.escape(part) for part in visible(str(sentence)).split("`")]
    if len(parts) % 2 == 0:
        return Html("`".join(parts))
    return Html("".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts)))
