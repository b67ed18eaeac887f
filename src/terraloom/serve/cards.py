"""Pictures of 1200×630 that links to an event or a metric show where they are shared."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from terraloom.serve.rendering import STATIC

WIDTH, HEIGHT, MARGIN = 1200, 630, 64
PAPER, PANEL, INK, FAINT, LAND = "#0d1217", "#131a21", "#e8edf2", "#8593a0", "#243240"
LEVELS = {"GREEN": "#2fae84", "YELLOW": "#e3b514", "ORANGE": "#f5842b", "RED": "#f03e56"}
NO_LEVEL, LINE = "#7b8ea0", "#6cb4ff"
MAP = ((MARGIN, 92), (WIDTH - 2 * MARGIN, 345))  # where it stands, and its size
BUILD = STATIC / "build"
# The bundle's fonts come in files by script; a character is drawn with the first that holds it.
SCRIPTS = (("latin", 0x00FF), ("latin-ext", 0x02FF), ("greek", 0x03FF), ("cyrillic", 0x04FF))

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Point = tuple[float, float]


def event_card(
    title: str,
    under: Sequence[str],
    *,
    level: str | None,
    lon: float | None,
    lat: float | None,
    simulated: bool,
) -> bytes:
    """A map of the world with the event's place (degrees), its title, and what is said below it."""
    colour = LEVELS.get(level or "", NO_LEVEL)
    card = _Card(colour, simulated)
    card.land()
    if lon is not None and lat is not None:
        card.mark(lon, lat, colour)
    card.words(title, under)
    return card.png()


def metric_card(
    title: str, under: Sequence[str], values: Sequence[float | None], *, simulated: bool
) -> bytes:
    """The line of the metric's days, its title, and what is said below it."""
    card = _Card(LINE, simulated)
    card.line(values, (MARGIN, 110.0, WIDTH - MARGIN, 410.0))
    card.words(title, under)
    return card.png()


class _Card:
    """One picture in the making."""

    def __init__(self, colour: str, simulated: bool) -> None:
        self._image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self._draw.rectangle((0, 0, 14, HEIGHT), fill=colour)
        self._text((MARGIN, 44), "Terraloom", 30, FAINT)
        if simulated:
            self._text((WIDTH - MARGIN - 330, 44), "SIMULATED, no real event", 28, LEVELS["YELLOW"])

    def land(self) -> None:
        """Outlines of land, where the bundle is built."""
        chart = Image.new("RGB", MAP[1], PANEL)
        draw = ImageDraw.Draw(chart)
        for ring in _land():
            for turn in (-360.0, 0.0, 360.0):  # what crosses the dateline shows on both sides
                draw.polygon([_project(lon + turn, lat) for lon, lat in ring], fill=LAND)
        self._image.paste(chart, MAP[0])

    def mark(self, lon: float, lat: float, colour: str) -> None:
        """A place on the map."""
        x, y = (offset + at for offset, at in zip(MAP[0], _project(lon, lat), strict=True))
        for radius, fill in ((26, None), (12, colour)):
            around = (x - radius, y - radius, x + radius, y + radius)
            self._draw.ellipse(around, fill=fill, outline=colour, width=4)

    def line(self, values: Sequence[float | None], box: tuple[float, float, float, float]) -> None:
        """A line through values at equal distances; gaps stay gaps."""
        known = [value for value in values if value is not None]
        if not known:
            return
        low, high = min(known), max(known)
        west, top, east, bottom = box
        step = (east - west) / max(1, len(values) - 1)
        scale = (bottom - top) / ((high - low) or 1.0)
        for gap, run in groupby(enumerate(values), key=lambda pair: pair[1] is None):
            points = [
                (west + n * step, bottom - (value - low) * scale) for n, value in run if value is not None
            ]
            if not gap and len(points) > 1:
                self._draw.line(points, fill=LINE, width=3, joint="curve")
            elif points:
                self._draw.ellipse(
                    (points[0][0] - 2, points[0][1] - 2, points[0][0] + 2, points[0][1] + 2), fill=LINE
                )

    def words(self, title: str, under: Sequence[str]) -> None:
        """A title of at most two lines, and one line below it."""
        top = 452.0
        for line in _wrapped(title, 46, WIDTH - 2 * MARGIN)[:2]:
            self._text((MARGIN, top), line, 46, INK)
            top += 56
        self._text((MARGIN, top + 6), " · ".join(under), 26, FAINT)

    def png(self) -> bytes:
        body = io.BytesIO()
        self._image.save(body, "PNG", compress_level=6)
        return body.getvalue()

    def _text(self, at: Point, text: str, size: int, colour: str) -> None:
        x, y = at
        for font, run in _runs(text, size):
            self._draw.text((x, y), run, font=font, fill=colour)
            x += font.getlength(run)


def _wrapped(text: str, size: int, width: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if _length(longer, size) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _length(text: str, size: int) -> float:
    return sum(font.getlength(run) for font, run in _runs(text, size))


def _runs(text: str, size: int) -> Iterator[tuple[Font, str]]:
    """Pieces of a text, each with a font that holds it."""
    for script, letters in groupby(text, key=_script):
        yield _font(script, size), "".join(letters)


def _script(letter: str) -> str:
    return next((name for name, last in SCRIPTS if ord(letter) <= last), "latin")


@cache
def _font(script: str, size: int) -> Font:
    found = sorted(BUILD.glob(f"inter-{script}-wght-normal-*.woff2"))
    return ImageFont.truetype(str(found[0]), size) if found else ImageFont.load_default(size)


def _project(lon: float, lat: float) -> Point:
    """Plate carrée, from 85° north to 60° south, in pixels of the map."""
    width, height = MAP[1]
    return (lon + 180) / 360 * width, (85 - lat) / 145 * height


@cache
def _land() -> list[list[Point]]:
    """Rings of land as longitudes and latitudes, from the bundle's TopoJSON; none where it is not built."""
    path = BUILD / "land-110m.json"
    if not path.is_file():
        return []
    topology = json.loads(path.read_text())
    arcs = [list(_decoded(arc, topology["transform"])) for arc in topology["arcs"]]
    [shape] = topology["objects"]["land"]["geometries"]
    return [_ring(ring, arcs) for polygon in shape["arcs"] for ring in polygon[:1]]


def _decoded(arc: Sequence[Sequence[int]], transform: dict[str, Any]) -> Iterator[Point]:
    """TopoJSON's steps between quantised positions."""
    x = y = 0
    (sx, sy), (tx, ty) = transform["scale"], transform["translate"]
    for dx, dy in arc:
        x, y = x + dx, y + dy
        yield x * sx + tx, y * sy + ty


def _ring(parts: Sequence[int], arcs: Sequence[list[Point]]) -> list[Point]:
    points: list[Point] = []
    for part in parts:  # a negative number is an arc the other way round
        points += arcs[part] if part >= 0 else arcs[~part][::-1]
    return _unwrapped(points)


def _unwrapped(points: Sequence[Point]) -> list[Point]:
    """The same ring without jumps from one side of the dateline to the other."""
    found, turn, before = list[Point](), 0.0, points[0][0]
    for lon, lat in points:
        turn += -360.0 if lon - before > 180 else 360.0 if lon - before < -180 else 0.0
        found.append((lon + turn, lat))
        before = lon
    return found
