"""Source code that makes manifests or runs containers: literals in TypeScript, Python, Go and others.

Code is never run. A literal counts when it names an image with a tag or a digest; what code puts together is not seen.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.core.inventory import ImageUse
from app.formats.base import Place, Syntax, find_literals, rough_tree

NAME = "code"

_SCRIPTED = Syntax(comments=("//",), long=("`",))
_JAVA = Syntax(comments=("//",), long=('"""', "'''"))
_RUST = Syntax(comments=("//",), single=False, long=('"""',))
_PYTHON = Syntax(comments=("#",), blocks=False, long=('"""', "'''"))
_ENDINGS = {
    **dict.fromkeys(("ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "go", "dart"), _SCRIPTED),
    **dict.fromkeys(("java", "kt", "kts", "scala", "groovy", "gradle", "swift", "cs"), _JAVA),
    **dict.fromkeys(("rs", "cue", "pkl", "proto", "bicep"), _RUST),
    **dict.fromkeys(("py", "pyi", "star", "bzl", "bazel", "k", "rb", "pl", "ex", "exs", "r", "jl"), _PYTHON),
    "php": Syntax(),
    "rego": Syntax(comments=("#",), blocks=False, long=("`",)),
    "nix": Syntax(comments=("#",), long=("''",)),
    "lua": Syntax(comments=("--",), blocks=False),
    "dhall": Syntax(comments=("--",), blocks=False, single=False, long=("''",)),
}
_NAMES = {
    **dict.fromkeys(("build", "workspace", "tiltfile", "rakefile", "vagrantfile", "fastfile"), _PYTHON),
    "jenkinsfile": _JAVA,
}


def matches(path: str) -> bool:
    """Whether a file is source code of a language that is known here; what a tool made short is none."""
    return _syntax(path) is not None


def extract(path: str, text: str) -> Iterable[ImageUse]:
    """Return the images that literals name."""
    return find_literals(text, rough_tree(text, _syntax(path) or _SCRIPTED), Place(path, NAME))


def _syntax(path: str) -> Syntax | None:
    last = path.rpartition("/")[2].lower()
    if last.endswith((".min.js", ".d.ts")):
        return None
    name, _, ending = last.rpartition(".")
    found = _ENDINGS.get(ending) if name else None
    return found or _NAMES.get(last.partition(".")[0])
