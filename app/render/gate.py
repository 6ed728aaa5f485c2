"""Whether the verdict holds a merge at all, said to people; a gate that is wired is not mentioned."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.gate import Gate, Wired
from app.render.markdown import code

Json = Mapping[str, object]


def gate_notice(gate: Gate | None) -> str:
    """Write one line for the comment: what does not hold the merge; empty when all does, or nothing is known."""
    if gate is None:
        return ""
    by_word = {word: [context for context, wired in gate.contexts if wired is word] for word in Wired}
    loose, another = by_word[Wired.NOT], by_word[Wired.ANOTHER]
    if loose:
        named = " and ".join(code(context) for context in loose)
        which = "this verdict does not" if len(loose) == len(gate.contexts) else "it does not"
        return f"⚠️ No rule of this branch requires {named}: {which} block the merge."
    if another:
        named = " and ".join(code(context) for context in another)
        return f"⚠️ A rule of this branch expects {named} from another App: it does not wait for this verdict."
    anybody = by_word[Wired.ANYBODY]
    if anybody:
        named = " and ".join(code(context) for context in anybody)
        return f"⚠️ Anybody with write access can set {named}: make this App the expected source in the rule."
    return ""


def gate_document(gate: Gate | None) -> Json | None:
    """Return what is known of the gate for JSON; `None` where nobody asked."""
    if gate is None:
        return None
    return {
        "contexts": [{"context": context, "required": wired.value} for context, wired in gate.contexts],
        "bypass": "unknown",
        "unknown": gate.unknown or None,
    }
