"""www.hamqsl.com: N0NBH's solar XML, renewed every three hours."""

from __future__ import annotations

from terraloom.universe.feeds.page import Asked, Page
from terraloom.universe.instruments import RADIO

HOST = "www.hamqsl.com"
PAGE = """\
<?xml version="1.0" encoding="UTF-8" ?>
<solar>
    <solardata>
        <source url="http://www.hamqsl.com/solar.html">N0NBH</source>
        <updated> {updated}</updated>
        <solarflux>{solarflux}</solarflux>
        <kindexnt>No Report</kindexnt>
        <solarwind>{solarwind}</solarwind>
        <calculatedconditions>
            <band name="80m-40m" time="day">Fair</band>
            <band name="80m-40m" time="night">Good</band>
        </calculatedconditions>
        <muf>NoRpt</muf>
    </solardata>
</solar>
"""


def feed(asked: Asked) -> Page | None:
    if asked.path != "/solarxml.php":
        return None
    first = next(iter(RADIO.values()))
    times = list(first.steps(asked.at - 4 * first.step, asked.at))
    time = next(t for t in reversed(times) if first.said(asked.seed, t, asked.at) is not None)
    values = {name: f"{one.said(asked.seed, time, asked.at):g}" for name, one in RADIO.items()}
    return Page(PAGE.format(updated=f"{time:%d %b %Y %H%M} GMT", **values).encode(), "application/xml")
