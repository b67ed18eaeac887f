"""Pictures for shared links."""

from __future__ import annotations

import io
import uuid

import httpx
import pytest
from PIL import Image

from terraloom.serve import cards


def test_an_event_has_a_picture_of_its_place(api: httpx.Client) -> None:
    event = api.get("/api/v1/events").json()["events"][0]
    reply = api.get(f"/cards/events/{event['id']}.png")
    assert Image.open(io.BytesIO(reply.content)).size == (1200, 630)
    again = api.get(f"/cards/events/{event['id']}.png", headers={"If-None-Match": reply.headers["etag"]})
    assert again.status_code == 304


def test_a_metric_without_a_value_has_one_too(api: httpx.Client) -> None:
    reply = api.get("/cards/metrics/planetary_k_index.png")
    assert reply.headers["content-type"] == "image/png"


@pytest.mark.parametrize("path", [f"/cards/events/{uuid.UUID(int=0)}.png", "/cards/metrics/none.png"])
def test_what_does_not_exist_has_none(api: httpx.Client, path: str) -> None:
    assert api.get(path).status_code == 404


def test_the_level_and_the_simulation_show() -> None:
    def pixels(level: str | None, *, simulated: bool) -> Image.Image:
        body = cards.event_card("A", ["b"], level=level, lon=179.9, lat=-16.0, simulated=simulated)
        return Image.open(io.BytesIO(body))

    assert pixels("RED", simulated=False).getpixel((5, 300)) != pixels(None, simulated=False).getpixel(
        (5, 300)
    )
    corner = (700, 30, 1190, 80)
    shown = [pixels(None, simulated=s).crop(corner).getextrema() for s in (True, False)]
    assert shown[0] != shown[1]


def test_gaps_stay_gaps() -> None:
    body = cards.metric_card("A", [], [0.0, 1.0, None, None, 1.0, 0.0], simulated=False)
    picture = Image.open(io.BytesIO(body)).convert("L")
    middle = picture.crop((520, 110, 680, 410))
    assert middle.getextrema()[1] < 30 < picture.crop((64, 110, 300, 410)).getextrema()[1]
