"""A comment's Markdown as one self-contained, sanitised HTML page: no script, no picture, nothing from elsewhere."""

from __future__ import annotations

import html
import re
from typing import Final

import markdown
import nh3

from app.render.plain import visible

# Structure only: no link and no picture, for the comment has none, so any that appeared would be somebody else's.
_TEXT: Final = frozenset(
    {"h1", "h2", "h3", "h4", "p", "br", "hr", "ul", "ol", "li", "strong", "em", "b", "code", "pre"}
)
_TAGS: Final = _TEXT | {"sub", "details", "summary", "table", "thead", "tbody", "tr", "th", "td"}
_FOLD: Final = re.compile(r"^<details><summary>(.*)</summary>$", re.MULTILINE)
_STYLE: Final = """
:root { color-scheme: light dark; --text: #1f2328; --back: #ffffff; --soft: #f6f8fa; --line: #d1d9e0; --dim: #59636e; }
@media (prefers-color-scheme: dark) {
  :root { --text: #f0f6fc; --back: #0d1117; --soft: #151b23; --line: #3d444d; --dim: #9198a1; }
}
body { margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: var(--text); background: var(--back);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
table { border-collapse: collapse; display: block; overflow-x: auto; margin: 1rem 0; }
th, td { border: 1px solid var(--line); padding: .4rem .7rem; text-align: left; vertical-align: top;
  overflow-wrap: break-word; }
td code { overflow-wrap: anywhere; }
th { background: var(--soft); }
code { background: var(--soft); border-radius: .3rem; padding: .1rem .3rem; font: .875em ui-monospace, monospace; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .75rem 0; padding: .5rem .9rem; }
summary { cursor: pointer; }
sub { color: var(--dim); font-size: .85rem; vertical-align: baseline; }
"""


def page(text: str, title: str = "Assay") -> str:
    """Make the page of a comment; whatever `text` holds, only plain structure reaches the page."""
    body = _sanitised(_converted(text))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{html.escape(visible(title))}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _converted(text: str) -> str:
    # The Markdown inside our folds is read only where the tag asks for it, which GitHub's renderer needs no word for.
    marked = _FOLD.sub(r'<details markdown="1"><summary>\1</summary>', text)
    return markdown.markdown(marked, extensions=["tables", "sane_lists", "md_in_html"], output_format="html")


def _sanitised(body: str) -> str:
    return nh3.clean(body, tags=set(_TAGS), attributes={}, link_rel=None, strip_comments=True, url_schemes=set())
