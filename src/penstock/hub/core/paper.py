"""What is written on paper: an A4 document of paragraphs and tables, each text in a font that has its letters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from html import escape
from io import BytesIO

from django.http import HttpResponse
from django.utils import formats, timezone
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from . import network

LATIN, BOLD, CHINESE = "Helvetica", "Helvetica-Bold", "STSong-Light"  # all are built into PDF readers
WIDTH_MM = 172  # of the text between the margins
FRAME = 6  # points that ReportLab keeps free inside of the margins


def font_of(text: str, *, bold: bool = False) -> str:
    """The font that has all of the text's letters."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
        return CHINESE
    return BOLD if bold else LATIN


def paragraph(text: str, *, size: int = 9, right: bool = False, bold: bool = False) -> Paragraph:
    """A line break in the text is one on paper."""
    font = font_of(text, bold=bold)
    style = ParagraphStyle("text", fontName=font, fontSize=size, leading=size * 1.35, alignment=2 if right else 0)
    style.wordWrap = "CJK" if font == CHINESE else None
    return Paragraph(escape(text).replace("\n", "<br/>"), style)


def document(title: str, story: Sequence[Flowable], *, sender: str = "") -> bytes:
    """A4: who writes (the network unless said), the title, the story."""
    out = BytesIO()
    sender = sender or network.current().name
    side = (A4[0] - WIDTH_MM * mm) / 2 - FRAME
    paper = SimpleDocTemplate(out, pagesize=A4, leftMargin=side, rightMargin=side, title=title, author=sender)
    head = [paragraph(sender, size=11), Spacer(0, 3 * mm), paragraph(title, size=16, bold=True), Spacer(0, 3 * mm)]
    paper.build([*head, *story])
    return out.getvalue()


def columns(*texts: Sequence[str]) -> Table:
    """Texts of several lines beside each other."""
    cells = [paragraph("\n".join(lines)) for lines in texts]
    return Table([cells], colWidths=[WIDTH_MM / len(texts) * mm] * len(texts), style=_style([]))


def table(rows: Sequence[Sequence[object]], widths_mm: Sequence[int], *, sums: int = 0) -> Table:
    """Breaks over pages with its head repeated; the last `sums` rows stand apart, the very last once more."""
    lined = [("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black)]
    if sums:
        lined += [("LINEABOVE", (0, -sums), (-1, -sums), 0.8, colors.black)]
    if sums > 1:
        lined += [("LINEABOVE", (0, -1), (-1, -1), 0.8, colors.black)]
    return Table(rows, colWidths=[width * mm for width in widths_mm], repeatRows=1, style=_style(lined))


def _style(lined: Sequence[tuple[object, ...]]) -> TableStyle:
    """The outer columns begin and end where the other text does."""
    flush = [("LEFTPADDING", (0, 0), (0, -1), 0), ("RIGHTPADDING", (-1, 0), (-1, -1), 0)]
    return TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *flush, *lined])


def day(at: date | datetime) -> str:
    local = timezone.localtime(at) if isinstance(at, datetime) else at
    return str(formats.date_format(local, "DATE_FORMAT"))


def answer(pdf: bytes, name: str) -> HttpResponse:
    """The file for one reader to keep."""
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
