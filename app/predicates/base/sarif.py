"""SARIF 2.1.0 results as a scan: what Trivy and Grype write for code scanning, and others after them.

Severity is the rule's `security-severity` (a CVSS score), as code scanning reads it; where that is missing, the word
among its tags. The package stands in the result's message or the rule's help, as lines of both scanners; it is for
people and for telling findings apart, no count rests on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from app.core.posture import Basis, Vulnerability
from app.predicates.base.reading import Place, shown
from app.predicates.base.scanners import scanner_family
from app.predicates.base.severity import SEVERITIES, cvss_severity, severity_word
from app.predicates.base.vulnerabilities import Scan

_LINE: Final = re.compile(
    r"^(Package|Installed Version|Version|Fixed Version|Fix Version|Vulnerability):? (.+)$", re.MULTILINE
)
_VULNERABILITY: Final = re.compile(r"(?:CVE-[0-9]{4}-[0-9]{4,}|GHSA(?:-[0-9a-z]{4}){3})", re.IGNORECASE)
_OTHER: Final = frozenset({"misconfiguration", "secret", "license"})
# Kinds of result that say that there is nothing to do.
_FINE: Final = frozenset({"pass", "notApplicable", "informational"})
# These look for vulnerabilities and nothing else, so that no result means none found.
_VULNERABILITIES_ONLY: Final = frozenset({"grype", "clair", "osv-scanner"})
_MAX_TEXT: Final = 65_536
_Rules = dict[str, Place]


def sarif_scan(log: Place, database: datetime | None, *, vouched: bool) -> Scan:
    """Read all runs; raises `Malformed` when they do not say that vulnerabilities were looked for.

    `vouched`: whoever wrapped the log says that it is a scan for vulnerabilities, so no result means none found.
    """
    if log.get("version").text() != "2.1.0":
        raise log.get("version").refuse("is not 2.1.0")
    found: list[Vulnerability] = []
    families: set[str | None] = set()
    other = False
    for run in log.get("runs").items():
        families.add(scanner_family(run.down("tool", "driver", "name").text()))
        rules = _rules(run.down("tool", "driver", "rules"))
        for result in run.get("results").items():
            rule = _rule(result, rules)
            if _OTHER & set(_tags(rule)):
                other = True
            elif result.get("kind").optional_text() not in _FINE:
                found.append(_finding(result, rule))
    if not families:
        raise log.get("runs").refuse("holds no run")
    if not found and (other or not (vouched or families <= _VULNERABILITIES_ONLY)):
        raise log.get("runs").refuse("does not say that vulnerabilities were looked for")
    scanner = families.pop() if len(families) == 1 else None
    return Scan(tuple(found), Basis(None, scanner, database), fixes_known=False)


def _rules(listed: Place) -> _Rules:
    return {} if listed.absent else {rule.get("id").text(): rule for rule in listed.items()}


def _rule(result: Place, rules: _Rules) -> Place:
    named = result.get("ruleId").optional_text() or result.down("rule", "id").optional_text()
    if not named:
        raise result.get("ruleId").refuse("is missing")
    return rules.get(named, Place({"id": named}, result.path))


def _tags(rule: Place) -> Iterator[str]:
    tags = rule.down("properties", "tags")
    for tag in [] if tags.absent else tags.items():
        yield tag.optional_text()


def _finding(result: Place, rule: Place) -> Vulnerability:
    severity, note = _severity(rule)
    named = rule.get("id").text()
    lines = _lines(result.down("message", "text"), rule.down("help", "text"))
    identifier = _VULNERABILITY.match(named)
    package = lines.get("Package", "")
    version = lines.get("Installed Version") or lines.get("Version", "")
    if not package:
        # Without a package, findings in two places or with two messages must not count as one.
        package, version = _place(result), result.down("message", "text").optional_text().partition("\n")[0]
    fix = lines.get("Fixed Version") or lines.get("Fix Version", "")
    # A rule that is about several packages does not say which of them this result is about.
    named_purls = rule.down("properties", "purls")
    purls = [] if named_purls.absent else [one.optional_text() for one in named_purls.items()]
    return Vulnerability(
        identifier[0] if identifier else shown(named),
        shown(package),
        shown(version),
        severity,
        shown(fix),
        note,
        purls[0] if len(purls) == 1 else "",
    )


def _lines(*places: Place) -> dict[str, str]:
    """Return the first of each of the lines that the scanners write."""
    found: dict[str, str] = {}
    for place in places:
        if isinstance(place.value, str):
            for match in _LINE.finditer(place.value[:_MAX_TEXT]):
                found.setdefault(match[1], match[2].strip())
    return found


def _place(result: Place) -> str:
    places = result.get("locations")
    for one in [] if places.absent else places.items():
        location = one.down("physicalLocation", "artifactLocation", "uri").optional_text()
        line = one.down("physicalLocation", "region", "startLine").value
        return f"{location}:{line}" if isinstance(line, int) else location
    return ""


def _severity(rule: Place) -> tuple[str, str]:
    stated = rule.down("properties", "security-severity")
    if stated.absent:
        words = [word for tag in _tags(rule) if (word := severity_word(tag)) is not None]
        return (min(words, key=SEVERITIES.index), "") if words else ("unknown", "")
    text = str(stated.value) if isinstance(stated.value, int | float) else stated.text()
    severity = cvss_severity(text)
    if severity is None:
        return SEVERITIES[0], "severity not understood, counted as critical"
    return severity, ""
