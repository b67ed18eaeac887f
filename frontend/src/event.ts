// The small map of an event: where each report puts it, joined to where the event stands.
import { geoBounds } from "d3-geo";
import { addZoom, Tip } from "./furniture";
import { alertClass, radius, shape, svg } from "./symbols";
import type { Report, Story } from "./types";
import { WorldMap } from "./worldmap";

const KM_PER_DEGREE = 111.2;
const host = document.querySelector<HTMLElement>("#map");
if (host) void draw(host);

async function draw(host: HTMLElement): Promise<void> {
  const reply = await fetch(`/api/v1/events/${encodeURIComponent(host.dataset["event"] ?? "")}`);
  if (!reply.ok) return; // the page itself already tells all of it in words
  const story = (await reply.json()) as Story;
  const { lon, lat } = story.event;
  if (lon === null || lat === null) return;
  const farthest = Math.max(45, ...story.reports.map((report) => report.distance_km ?? 0));
  const reach = Math.max(farthest, story.geometry ? extent(story.geometry) : 0);
  const scale = Math.min(300, 360 / ((reach * 2.6) / KM_PER_DEGREE));
  const map = new WorldMap(host, { lon, lat, scale: Math.max(1, scale * (host.clientHeight / host.clientWidth)) });
  addZoom(map, host);
  const tip = new Tip(host);
  map.onmove = () => {
    tip.hide();
    paint(map, story);
  };
  map.over.addEventListener("pointerover", (pointer) => {
    const mark = pointer.target as SVGElement;
    const said = mark.dataset["says"];
    if (said) tip.say(mark.dataset["agency"] ?? "", said, pointer.offsetX, pointer.offsetY);
  });
  map.over.addEventListener("pointerout", () => tip.hide());
  paint(map, story);
}

/** Half of the longer side of a geometry's bounds, in km at the equator. */
function extent(geometry: GeoJSON.Geometry): number {
  const [[west, south], [east, north]] = geoBounds(geometry);
  return (Math.max((east - west + 360) % 360, north - south) * KM_PER_DEGREE * 1.1);
}

function paint(map: WorldMap, story: Story): void {
  const { event, geometry, reports } = story;
  map.shapes.replaceChildren();
  map.marks.replaceChildren();
  if (geometry && geometry.type !== "Point") {
    const outline = svg("path", { d: map.outline(geometry), class: `shape ${alertClass(event)}`, "vector-effect": "non-scaling-stroke" });
    outline.setAttribute("transform", map.outlineTransform());
    map.shapes.append(outline);
  }
  const [x, y] = map.place(event.lon ?? 0, event.lat ?? 0);
  const own = svg("path", { d: shape(event.event_type), class: `event ${alertClass(event)}` });
  own.setAttribute("transform", `translate(${x},${y}) scale(${(Math.max(7, Math.min(14, radius(event))) / 9.5).toFixed(3)})`);
  map.marks.append(own);
  for (const report of reports) paintReport(map, report, x, y);
}

function paintReport(map: WorldMap, report: Report, x: number, y: number): void {
  if (report.lon === null || report.lat === null) return;
  const [rx, ry] = map.place(report.lon, report.lat);
  const apart = report.distance_km === null ? "" : `${report.distance_km.toFixed(1)} km from the event`;
  map.shapes.append(svg("line", { x1: x, y1: y, x2: rx, y2: ry, class: "tie" }));
  const dot = svg("circle", { cx: rx, cy: ry, r: 4.5, class: "report", "data-agency": report.agency, "data-says": apart });
  const label = svg("text", { x: rx + 8, y: ry + 4, class: "label" });
  label.textContent = report.agency;
  map.marks.append(dot, label);
}
