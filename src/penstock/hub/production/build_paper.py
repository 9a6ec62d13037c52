"""A build on paper: the sheet beside the machine, and a traveller for each job with a code a phone can read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO

import numpy as np
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from PIL import Image as Pillow
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from penstock.engines import geometry, knowledge, packing
from penstock.engines.packing.pictures import PALETTE, Picture, Shown, View, picture
from penstock.hub.core.engine_words import say
from penstock.hub.core.paper import BOLD, font_of
from penstock.hub.parts.models import Revision

from . import build_file
from .build_scene import DEFAULT_CHAMBER_MM
from .models import Build, Job

WIDTH, HEIGHT = A4
MARGIN = 15 * mm
ROW = 6 * mm
PIXELS = 900
# On one A4 page: two columns of four travellers.
TRAVELLERS = (2, 4)


class Paper:
    """A canvas that knows its fonts, codes and pictures. y runs upwards from the page's foot, in points."""

    def __init__(self, title: str) -> None:
        self.out = BytesIO()
        # The same build gives the same bytes: no clock in the file.
        self.canvas = Canvas(self.out, pagesize=A4, invariant=True)
        self.canvas.setTitle(title)
        self.canvas.setAuthor("Penstock")

    def text(self, x: float, y: float, text: str, *, size: float = 9, bold: bool = False, width: float = 0) -> None:
        """One line, cut with an ellipsis where it is wider than `width`."""
        font = font_of(text, bold=bold)
        while width and len(text) > 1 and pdfmetrics.stringWidth(text, font, size) > width:
            text = text[:-2] + "…"
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, y, text)

    def code(self, x: float, y: float, size: float, content: str) -> None:
        """A QR code with its lower left corner at x, y."""
        widget = QrCodeWidget(content, barLevel="M")
        left, low, right, high = widget.getBounds()
        drawing = Drawing(size, size, transform=[size / (right - left), 0, 0, size / (high - low), 0, 0])
        drawing.add(widget)
        renderPDF.draw(drawing, self.canvas, x, y)

    def picture(self, x: float, y: float, width: float, height: float, shown: Picture, numbers: Sequence[int]) -> None:
        """The picture as large as fits between x, y and width, height, with the numbers of the parts that are seen."""
        rows, columns = shown.pixels.shape[:2]
        scale = min(width / columns, height / rows)
        across, up = columns * scale, rows * scale
        left, low = x + (width - across) / 2, y + (height - up) / 2
        self.canvas.drawImage(ImageReader(Pillow.fromarray(shown.pixels)), left, low, across, up)
        self.canvas.setStrokeColor(colors.grey)
        self.canvas.setLineWidth(0.4)
        self.canvas.rect(left, low, across, up)
        for number, anchor, seen in zip(numbers, shown.anchors, shown.visible, strict=True):
            if seen:
                self._number(left + anchor[0] * scale, low + up - anchor[1] * scale, number)

    def _number(self, x: float, y: float, number: int) -> None:
        text = str(number)
        half = pdfmetrics.stringWidth(text, BOLD, 6) / 2
        self.canvas.setFillColor(colors.white)
        self.canvas.roundRect(x - half - 1.2, y - 2.8, 2 * half + 2.4, 6.6, 2, stroke=0, fill=1)
        self.canvas.setFillColor(colors.black)
        self.canvas.setFont(BOLD, 6)
        self.canvas.drawString(x - half, y - 1.2, text)

    def line(self, y: float) -> None:
        self.canvas.setStrokeColor(colors.lightgrey)
        self.canvas.line(MARGIN, y, WIDTH - MARGIN, y)

    def close(self) -> bytes:
        self.canvas.save()
        return self.out.getvalue()


def sheet(build: Build, jobs: Sequence[Job], link: str) -> bytes:
    """A4: what is in the build and how it lies, from a corner, from above, from the front, and layer by layer."""
    paper = Paper(_("Build %(uid)s") % {"uid": build.uid})
    y = _head(paper, build, link)
    shown, numbers, chamber = _shown(build, jobs)
    if shown:
        half = (WIDTH - 2 * MARGIN - 5 * mm) / 2
        for column, view in enumerate(("corner", "top")):
            seen = picture(shown, chamber, view, pixels=PIXELS)
            paper.picture(MARGIN + column * (half + 5 * mm), y - 85 * mm, half, 80 * mm, seen, numbers)
        y -= 92 * mm
    _table(paper, y, jobs)
    if shown:
        paper.canvas.showPage()
        _layers(paper, build, shown, numbers, chamber)
    return paper.close()


def _head(paper: Paper, build: Build, link: str) -> float:
    top = HEIGHT - MARGIN
    paper.code(WIDTH - MARGIN - 28 * mm, top - 28 * mm, 28 * mm, link)
    material = knowledge.default().materials.get(build.material)
    process = knowledge.default().processes.get(build.process)
    paper.text(MARGIN, top - 6 * mm, f"{build.machine.name} · {build.uid}", size=16, bold=True, width=140 * mm)
    what = [say(known.name) for known in (process, material) if known]
    paper.text(MARGIN, top - 13 * mm, " · ".join(what), size=11, width=140 * mm)
    times = _("%(start)s to %(end)s") % {"start": _moment(build.starts_at), "end": _moment(build.ends_at)}
    paper.text(MARGIN, top - 19 * mm, times, width=140 * mm)
    pieces = sum(job.quantity for job in jobs_of(build))
    facts = _("%(pieces)d pieces, %(height).1f mm high") % {"pieces": pieces, "height": build.height_mm}
    paper.text(MARGIN, top - 24 * mm, facts, width=140 * mm)
    return top - 30 * mm


def jobs_of(build: Build) -> list[Job]:
    return list(build.jobs.all())


def _table(paper: Paper, y: float, jobs: Sequence[Job]) -> None:
    columns = ((0, 12), (14, 74), (90, 34), (126, 18), (146, 34))
    heads = (_("No."), _("Part"), _("Job"), _("Pieces"), _("Due"))
    for number, job in enumerate([None, *jobs]):
        if y < MARGIN + ROW:
            paper.canvas.showPage()
            y = HEIGHT - MARGIN
        y -= ROW
        cells = heads if job is None else _cells(number, job)
        for (left, width), cell in zip(columns, cells, strict=True):
            paper.text(MARGIN + left * mm, y + 1.8 * mm, cell, bold=job is None, width=width * mm)
        if job is not None:
            red, green, blue = (value / 255 for value in PALETTE[(number - 1) % len(PALETTE)])
            paper.canvas.setFillColorRGB(red, green, blue)
            paper.canvas.rect(MARGIN + 7 * mm, y + 1.6 * mm, 3 * mm, 3 * mm, stroke=0, fill=1)
            paper.canvas.setFillColor(colors.black)
        paper.line(y)


def _cells(number: int, job: Job) -> tuple[str, ...]:
    due = formats.date_format(timezone.localtime(job.due_at).date(), "SHORT_DATE_FORMAT")
    return str(number), job.line.part_name, job.uid, str(job.quantity), due


def _layers(paper: Paper, build: Build, shown: list[Shown], numbers: list[int], chamber: packing.Vector) -> None:
    """From the front and the side, and from above as the build grows."""
    paper.text(
        MARGIN, HEIGHT - MARGIN - 4 * mm, _("Views and layers of %(uid)s") % {"uid": build.uid}, size=12, bold=True
    )
    half, tall = (WIDTH - 2 * MARGIN - 5 * mm) / 2, 78 * mm
    views: list[tuple[str, View, float | None]] = [
        (_("From the front"), "front", None),
        (_("From the right"), "side", None),
        *(
            (
                _("From above, up to %(height).0f mm") % {"height": build.height_mm * share},
                "top",
                build.height_mm * share,
            )
            for share in (0.25, 0.5, 0.75, 1.0)
        ),
    ]
    for place, (title, view, below_mm) in enumerate(views):
        x = MARGIN + (place % 2) * (half + 5 * mm)
        y = HEIGHT - MARGIN - 10 * mm - (place // 2 + 1) * (tall + 6 * mm)
        paper.text(x, y + tall + 1 * mm, title)
        seen = picture(shown, chamber, view, below_mm=below_mm, pixels=PIXELS * 2 // 3)
        paper.picture(x, y, half, tall, seen, numbers)


def _shown(build: Build, jobs: Sequence[Job]) -> tuple[list[Shown], list[int], packing.Vector]:
    """Every copy with its model (its box where the model is closed by now), and the number of its job."""
    model = knowledge.default().machines.get(build.machine.model)
    rows = Revision.objects.across_tenants().filter(pk__in={job.line.revision_id for job in jobs})
    revisions = {revision.pk: revision for revision in rows.select_related("blob")}
    meshes = {pk: _mesh(revision, build) for pk, revision in revisions.items()}
    place = {job.uid: number for number, job in enumerate(jobs)}
    revision_of = {job.uid: job.line.revision_id for job in jobs}
    shown, numbers = [], []
    for placed in build.layout:
        uid = placed["job"]
        mesh = meshes.get(revision_of.get(uid, 0))
        if mesh is None:
            continue
        matrix = np.asarray(placed["matrix"], dtype=float)
        shift = np.eye(4)
        shift[:3, 3] = np.asarray(placed["origin_mm"]) - mesh.bounds_mm()[0]
        shown.append(Shown(mesh, matrix @ shift, place[uid]))
        numbers.append(place[uid] + 1)
    return shown, numbers, model.chamber_mm if model else DEFAULT_CHAMBER_MM


def _mesh(revision: Revision, build: Build) -> packing.Mesh | None:
    if build.state in ("offered", "accepted", "running", "finished"):
        try:
            return build_file.mesh_of(revision)
        except (geometry.Refused, OSError):
            pass
    size = (revision.measurement or {}).get("size_mm")
    return packing.box_mesh(np.zeros(3), np.asarray(size, dtype=float)) if size else None


def travellers(build: Build, jobs: Sequence[Job], link: Callable[[str], str]) -> bytes:
    """Eight to an A4 page: cut them, lay one with the pieces of each job; the code opens its next step."""
    paper = Paper(_("Travellers of %(uid)s") % {"uid": build.uid})
    across, down = TRAVELLERS
    width, height = (WIDTH - 2 * MARGIN) / across, (HEIGHT - 2 * MARGIN) / down
    for number, job in enumerate(jobs):
        place = number % (across * down)
        if number and not place:
            paper.canvas.showPage()
        x, y = MARGIN + (place % across) * width, HEIGHT - MARGIN - (place // across + 1) * height
        _traveller(paper, x, y, width, height, job, number + 1, build, link(job.uid))
    return paper.close()


def _traveller(
    paper: Paper, x: float, y: float, width: float, height: float, job: Job, number: int, build: Build, link: str
) -> None:
    paper.canvas.setStrokeColor(colors.lightgrey)
    paper.canvas.setDash(2, 2)
    paper.canvas.rect(x, y, width, height)
    paper.canvas.setDash()
    inner, top, code = x + 5 * mm, y + height - 5 * mm, 30 * mm
    room = width - code - 15 * mm
    paper.text(inner, top - 5 * mm, f"{number} · {job.quantity} × {job.line.part_name}", size=12, bold=True, width=room)
    finish = knowledge.default().finishes.get(job.finish)
    material = knowledge.default().materials.get(job.material)
    lines = [
        say(material.name) if material else job.material,
        _("Finish: %(finish)s") % {"finish": say(finish.name)} if finish else _("No finish"),
        _("Due %(day)s") % {"day": formats.date_format(timezone.localtime(job.due_at).date(), "SHORT_DATE_FORMAT")},
        f"{job.uid}",
        f"{build.machine.name}, {build.uid}",
    ]
    for place, line in enumerate(lines):
        paper.text(inner, top - (12 + 5 * place) * mm, line, width=room)
    paper.code(x + width - code - 4 * mm, top - code, code, link)
    for place, step in enumerate((_("unpacked"), _("finished"), _("inspected"), _("packed"))):
        left = inner + place * (width - 10 * mm) / 4
        paper.canvas.setStrokeColor(colors.grey)
        paper.canvas.rect(left, y + 8 * mm, 3.5 * mm, 3.5 * mm)
        paper.text(left + 5 * mm, y + 8.8 * mm, step, size=8, width=(width - 10 * mm) / 4 - 6 * mm)


def _moment(at) -> str:
    return formats.date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")
