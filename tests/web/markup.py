"""What a page is made of, read by the standard library's parser, and what must hold of every page."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

VOID = frozenset({"meta", "link", "input", "br", "line", "path", "circle"})
APART = frozenset({"td", "th", "li", "dt", "dd", "p", "caption", "a"})
# Whatever else is in a page came in with somebody's text.
TAGS = frozenset(
    {
        *("html", "head", "meta", "title", "link", "body", "a", "header", "p", "strong", "nav", "ul", "li", "form"),
        *("input", "span", "button", "main", "footer", "h1", "h2", "h3", "dl", "dt", "dd", "code", "pre", "br"),
        *("table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary", "figure", "figcaption", "div"),
        *("svg", "desc", "g", "text", "line", "path", "circle"),
    }
)
ATTRIBUTES = frozenset(
    {
        *("lang", "charset", "name", "content", "rel", "href", "type", "class", "id", "tabindex", "scope", "action"),
        *("method", "value", "aria-label", "aria-hidden", "aria-current", "aria-labelledby", "role", "open"),
        *("viewbox", "xmlns", "font-family", "font-size", "fill", "x", "y", "x1", "x2", "y1", "y2", "stroke", "d"),
        *("stroke-opacity", "stroke-width", "stroke-dasharray", "text-anchor", "cx", "cy", "r"),
    }
)


@dataclass(slots=True)
class Element:
    """One element: its tag, attributes, and all text inside."""

    tag: str
    attributes: dict[str, str]
    inside: tuple[str, ...]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """A page's elements in their order."""

    elements: list[Element] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    @classmethod
    def of(cls, text: str) -> Page:
        """Read a page."""
        page = cls()
        HTMLParser.__init__(page)
        page.feed(text)
        page.close()
        page.faults += [f"<{one.tag}> stays open" for one in page._open]
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        one = Element(tag, {name: value or "" for name, value in attrs}, tuple(each.tag for each in self._open))
        if len(one.attributes) != len(attrs):
            self.faults.append(f"<{tag}> says something twice")
        self.elements.append(one)
        if tag not in VOID:
            self._open.append(one)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that is closed at once."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close the element that is open."""
        if not self._open or self._open[-1].tag != tag:
            self.faults.append(f"</{tag}> closes nothing")
            return
        self._open.pop()
        if tag in APART:
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        """Note text."""
        for one in self._open:
            one.text += data

    def handle_comment(self, data: str) -> None:
        """Note a comment: a page has none."""
        self.faults.append(f"a comment: {data[:40]}")

    def all(self, *tags: str) -> list[Element]:
        """Return the elements of these tags."""
        return [one for one in self.elements if one.tag in tags]

    @property
    def text(self) -> str:
        """All that is read."""
        return self.all("body")[0].text


def faults(text: str, site: str) -> list[str]:
    """Say what is wrong with a page; its links lead into itself, to our own paths and to `site` only."""
    page = Page.of(text)
    found = list(page.faults)
    found += [f"<{one.tag}>" for one in page.elements if one.tag not in TAGS]
    found += [f"<{one.tag} {name}>" for one in page.elements for name in one.attributes if name not in ATTRIBUTES]
    links = [one.attributes.get("href", "") for one in page.all("a", "link")]
    links += [one.attributes.get("action", "") for one in page.all("form")]
    found += [link for link in links if not _allowed(link, site)]
    return found + _structure(page) + _tables(page) + _names(page)


def _allowed(link: str, site: str) -> bool:
    return link.startswith("#") or (link.startswith("/") and not link.startswith("//")) or _within(link, site)


def _within(link: str, site: str) -> bool:
    return link == site or link.startswith(f"{site}/")


def _structure(page: Page) -> list[str]:
    found = [f"{len(page.all(tag))} <{tag}>" for tag in ("h1", "main", "header", "footer") if len(page.all(tag)) != 1]
    if page.all("html")[0].attributes.get("lang") != "en":
        found.append("no language")
    if page.all("a")[0].attributes.get("href") != "#main" or page.all("main")[0].attributes.get("id") != "main":
        found.append("the first link does not skip to the content")
    levels = [int(one.tag[1]) for one in page.all("h1", "h2", "h3")]
    if any(after - before > 1 for before, after in pairwise(levels)):
        found.append("a heading skips a level")
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    if len(set(ids)) != len(ids):
        found.append("an id is there twice")
    return found


def _tables(page: Page) -> list[str]:
    found = [f"<th> without scope: {one.text[:30]}" for one in page.all("th") if "scope" not in one.attributes]
    if len(page.all("table")) != len(page.all("caption")):
        found.append("a table without caption")
    found += ["a table that cannot be scrolled" for one in page.all("table") if "div" not in one.inside]
    return found


def _names(page: Page) -> list[str]:
    found = [
        f"<{one.tag}> without a name"
        for one in page.all("a", "button", "summary")
        if not (one.text.strip() or one.attributes.get("aria-label"))
    ]
    found += ["a field without a label" for one in page.all("input") if one.attributes.get("type") != "hidden"]
    found += ["a drawing without words" for one in page.all("svg") if "aria-labelledby" not in one.attributes]
    found += ["a button that is none" for one in page.all("form") if one.attributes.get("method") != "post"]
    return found
