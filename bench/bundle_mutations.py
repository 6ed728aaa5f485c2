"""One changed field in a sigstore bundle: where it is, and how it was changed."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Json = Any
Path = tuple[str | int, ...]

# Fields whose text is a document of its own, opened so that its fields can be changed as well.
_BODY = "canonicalizedBody"
_CHECKPOINT = ("checkpoint", "envelope")


@dataclass(frozen=True, slots=True)
class Mutated:
    """A bundle with one field changed."""

    content: bytes
    field: str
    change: str


def mutations(content: bytes, dice: random.Random) -> Mutated:
    """Return the bundle with one field changed, the field and the change chosen by `dice`."""
    bundle = json.loads(content)
    by_field: dict[str, list[Path]] = {}
    for path in _paths(bundle, ()):
        by_field.setdefault(_named(path), []).append(path)
    field = dice.choice(sorted(by_field))
    path = dice.choice(by_field[field])
    if field.endswith(_BODY) and dice.random() < 0.5:
        return _in_body(bundle, path, dice)
    if path[-2:] == _CHECKPOINT and dice.random() < 0.8:
        return _in_checkpoint(bundle, path, dice)
    if path and isinstance(path[-1], str) and dice.random() < 0.05:
        return Mutated(_key_twice(bundle, path), field, "key twice")
    change, value = _chosen(_at(bundle, path), dice)
    return Mutated(json.dumps(_with(bundle, path, value)).encode(), field, change)


class _Absent:
    """Stands for a field that is taken away."""


_ABSENT = _Absent()


def _paths(node: Json, path: Path) -> Iterator[Path]:
    yield path
    if isinstance(node, dict):
        for name, child in node.items():
            yield from _paths(child, (*path, name))
    elif isinstance(node, list):
        for number, child in enumerate(node):
            yield from _paths(child, (*path, number))


def _named(path: Path) -> str:
    return ".".join("*" if isinstance(part, int) else part for part in path) or "(bundle)"


def _at(node: Json, path: Path) -> Json:
    for part in path:
        node = node[part]
    return node


def _with(bundle: Json, path: Path, value: Json) -> Json:
    copied = json.loads(json.dumps(bundle))
    if not path:
        return value
    holder = _at(copied, path[:-1])
    if value is _ABSENT:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return copied


def _key_twice(bundle: Json, path: Path) -> bytes:
    """Write the key twice, first with nothing: a reader that takes the last value sees no change."""
    holder = _at(bundle, path[:-1])
    held = {}
    for name, value in holder.items():
        if name == path[-1]:
            held["\x00twice"] = None
        held[name] = value
    copied = _with(bundle, path[:-1], held) if path[:-1] else held
    return json.dumps(copied).replace('"\\u0000twice"', json.dumps(path[-1])).encode()


def _chosen(value: Json, dice: random.Random) -> tuple[str, Json]:
    """Choose a change that changes something: written anew, the value is another text."""
    before = json.dumps(value)
    return dice.choice(
        [(name, new) for name, new in _changes(value, dice) if new is _ABSENT or json.dumps(new) != before]
    )


def _changes(value: Json, dice: random.Random) -> Iterator[tuple[str, Json]]:
    if value is not None:
        yield "null", None
    yield "another type", dice.choice([{}, [], 0, True, 1.5, "x", {"x": "y"}])
    if isinstance(value, dict):
        yield from _object_changes(value, dice)
    elif isinstance(value, list):
        yield from _array_changes(value, dice)
    elif isinstance(value, str):
        yield from _text_changes(value, dice)
    elif isinstance(value, int):
        yield from (
            ("one more", value + 1),
            ("negative", -1 - value),
            ("as text", str(value)),
            ("a fraction", value + 0.5),
        )
    yield "in an array", [value]


def _object_changes(value: dict[str, Json], dice: random.Random) -> Iterator[tuple[str, Json]]:
    yield "emptied", {}
    yield "an unknown field", {**value, "unknown": dice.choice(["x", 1, None, {}])}
    yield "other order", dict(reversed(value.items()))
    for name in value:
        yield "a field missing", {key: held for key, held in value.items() if key != name}
        yield "a field renamed", {(_snake(key) if key == name else key): held for key, held in value.items()}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _array_changes(value: list[Json], dice: random.Random) -> Iterator[tuple[str, Json]]:
    yield "emptied", []
    yield "with null", [*value, None]
    if value:
        yield "an element twice", [*value, dice.choice(value)]
        yield "an element missing", value[:-1]
        yield "first element missing", value[1:]
    if len(value) > 1:
        yield "other order", value[::-1]


def _text_changes(value: str, dice: random.Random) -> Iterator[tuple[str, Json]]:
    yield "emptied", ""
    yield "with a space", value + " "
    yield "with a line end", f"{value}\n"
    yield "twice", value * 2
    yield "in capitals", value.upper()
    yield "in small letters", value.lower()
    at = dice.randrange(len(value) + 1)
    yield "a character more", value[:at] + dice.choice("Aa0=-_!\n\x00é") + value[at:]
    if value:
        at = dice.randrange(len(value))
        yield "a character less", value[:at] + value[at + 1 :]
    if value.isdigit():
        yield from _number_changes(value)
    elif raw := _decoded(value):
        yield from _bytes_changes(value, raw, dice)


def _number_changes(value: str) -> Iterator[tuple[str, Json]]:
    yield "one more", str(int(value) + 1)
    yield "one less", str(int(value) - 1)
    yield "zero", "0"
    yield "leading zero", f"0{value}"
    yield "with a sign", f"+{value}"
    yield "negative", f"-{value}"
    yield "as a number", int(value)
    yield "with an exponent", float(value)
    yield "huge", str(2**70)


def _bytes_changes(value: str, raw: bytes, dice: random.Random) -> Iterator[tuple[str, Json]]:
    at = dice.randrange(len(raw))
    flipped = raw[:at] + bytes([raw[at] ^ (1 << dice.randrange(8))]) + raw[at + 1 :]
    yield "a bit flipped", base64.b64encode(flipped).decode()
    yield "first bytes flipped", base64.b64encode(bytes([raw[0] ^ 1]) + raw[1:]).decode()
    yield "last byte flipped", base64.b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode()
    yield "a byte more", base64.b64encode(raw + b"\x00").decode()
    yield "a byte less", base64.b64encode(raw[:-1]).decode()
    yield "URL alphabet", base64.urlsafe_b64encode(raw).decode()
    yield "without padding", value.rstrip("=")
    yield "more padding", f"{value}="
    yield "junk inside", f"{value[: len(value) // 2]}!{value[len(value) // 2 :]}"
    yield "a line end inside", f"{value[: len(value) // 2]}\n{value[len(value) // 2 :]}"
    yield "spare bits set", _spare_bits(value)


def _spare_bits(value: str) -> str:
    """Set bits that base64's last letter before the padding has to spare: another spelling of the same bytes."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    bare = value.rstrip("=")
    if bare == value:
        return f"{value}A==="
    return f"{bare[:-1]}{letters[letters.index(bare[-1]) | 1]}{value[len(bare) :]}"


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        return b""


def _in_body(bundle: Json, path: Path, dice: random.Random) -> Mutated:
    body = json.loads(base64.b64decode(_at(bundle, path)))
    inner = dice.choice([one for one in _paths(body, ()) if one])
    change, value = _chosen(_at(body, inner), dice)
    written = json.dumps(_with(body, inner, value), separators=(",", ":"), sort_keys=True).encode()
    changed = _with(bundle, path, base64.b64encode(written).decode())
    return Mutated(json.dumps(changed).encode(), f"{_named(path)} > {_named(inner)}", change)


def _in_checkpoint(bundle: Json, path: Path, dice: random.Random) -> Mutated:
    change, edit = dice.choice(list(_NOTE_CHANGES.items()))
    changed = _with(bundle, path, edit(_at(bundle, path), dice))
    return Mutated(json.dumps(changed).encode(), f"{_named(path)} > {change[0]}", change[1])


def _line(number: int, edit: Callable[[str], str]) -> Callable[[str, random.Random], str]:
    def edited(note: str, _: random.Random) -> str:
        lines = note.split("\n")
        lines[number] = edit(lines[number])
        return "\n".join(lines)

    return edited


def _signatures(edit: Callable[[list[str], random.Random], list[str]]) -> Callable[[str, random.Random], str]:
    def edited(note: str, dice: random.Random) -> str:
        text, _, lines = note.partition("\n\n")
        return f"{text}\n\n" + "".join(f"{line}\n" for line in edit(lines.rstrip("\n").split("\n"), dice))

    return edited


def _hint_flipped(lines: list[str], _: random.Random) -> list[str]:
    start, _, encoded = lines[0].rpartition(" ")
    raw = base64.b64decode(encoded)
    return [f"{start} {base64.b64encode(bytes([raw[0] ^ 1]) + raw[1:]).decode()}", *lines[1:]]


def _signature_flipped(lines: list[str], _: random.Random) -> list[str]:
    start, _, encoded = lines[0].rpartition(" ")
    raw = base64.b64decode(encoded)
    return [f"{start} {base64.b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode()}", *lines[1:]]


_STRANGER = f"— stranger.example {base64.b64encode(bytes(70)).decode()}"
_NOTE_CHANGES: dict[tuple[str, str], Callable[[str, random.Random], str]] = {
    ("origin", "another"): _line(0, lambda line: f"{line}x"),
    ("size", "one more"): _line(1, lambda line: str(int(line) + 1) if line.isdigit() else "1"),
    ("size", "leading zero"): _line(1, lambda line: f"0{line}"),
    ("root", "another"): _line(2, lambda _: base64.b64encode(bytes(32)).decode()),
    ("text", "a line more"): lambda note, _: note.replace("\n\n", "\nmore\n\n", 1),
    ("text", "other line ends"): lambda note, _: note.replace("\n", "\r\n"),
    ("text", "no last line end"): lambda note, _: note.rstrip("\n"),
    ("signature", "another name"): _signatures(lambda lines, _: [lines[0].replace("— ", "— x"), *lines[1:]]),
    ("signature", "another hint"): _signatures(_hint_flipped),
    ("signature", "flipped"): _signatures(_signature_flipped),
    ("signature", "twice"): _signatures(lambda lines, _: [*lines, lines[0]]),
    ("signature", "a stranger's after it"): _signatures(lambda lines, _: [*lines, _STRANGER]),
    ("signature", "a stranger's before it"): _signatures(lambda lines, _: [_STRANGER, *lines]),
    ("signature", "malformed line after it"): _signatures(lambda lines, _: [*lines, "— x"]),
    ("signature", "none"): _signatures(lambda *_: []),
}
