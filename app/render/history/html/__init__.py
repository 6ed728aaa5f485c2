"""`html`: the report for people as one self-contained file: no script, no picture, nothing from elsewhere."""

from app.render.history.html.report import html_report

__all__ = ["html_report"]
