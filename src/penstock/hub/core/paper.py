"""Text on paper: paragraphs of a PDF in a font that has their letters."""

from __future__ import annotations

from html import escape

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph

LATIN, CHINESE = "Helvetica", "STSong-Light"  # both are built into PDF readers


def paragraph(text: str, *, size: int = 9, right: bool = False) -> Paragraph:
    """A line break in the text is one on paper."""
    try:
        text.encode("cp1252")
        font = LATIN
    except UnicodeEncodeError:
        font = CHINESE
        pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    style = ParagraphStyle("text", fontName=font, fontSize=size, leading=size * 1.35, alignment=2 if right else 0)
    style.wordWrap = "CJK" if font == CHINESE else None
    return Paragraph(escape(text).replace("\n", "<br/>"), style)
