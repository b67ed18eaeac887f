// The small map of each doubtful pair, drawn when it comes into sight: where the two reports lie.
import { addZoom } from "./furniture";
import { svg } from "./symbols";
import { WorldMap } from "./worldmap";

const KM_PER_DEGREE = 111.2;
const SCALE_KM = [1000, 500, 200, 100, 50, 20, 10, 5, 2, 1];

interface Place {
  name: string;
  lon: number;
  lat: number;
}

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    draw(target as HTMLElement);
  }
}, { rootMargin: "200px" });
for (const host of document.querySelectorAll<HTMLElement>(".pairmap")) seen.observe(host);

function place(host: HTMLElement, side: "a" | "b"): Place {
  const part = (name: string): string => host.dataset[`${side}${name}`] ?? "";
  return { name: part("Agency"), lon: Number(part("Lon")), lat: Number(part("Lat")) };
}

function draw(host: HTMLElement): void {
  const [a, b] = [place(host, "a"), place(host, "b")];
  const apart = ((b.lon - a.lon + 540) % 360) - 180; // the short way round
  const middle = { lon: ((a.lon + apart / 2 + 540) % 360) - 180, lat: (a.lat + b.lat) / 2 };
  const reach = Math.max(0.15, Math.hypot(apart, b.lat - a.lat)); // degrees
  const map = new WorldMap(host, { ...middle, scale: Math.min(300, 360 / (reach * 4)) });
  addZoom(map, host, middle);
  const bar = scaleBar(host);
  map.onmove = () => paint(map, a, b, bar, host.dataset["says"] ?? "");
  map.onmove();
}

function paint(map: WorldMap, a: Place, b: Place, bar: HTMLElement, says: string): void {
  map.shapes.replaceChildren();
  map.marks.replaceChildren();
  const [[ax, ay], [bx, by]] = [map.place(a.lon, a.lat), map.place(b.lon, b.lat)];
  map.shapes.append(svg("line", { x1: ax, y1: ay, x2: bx, y2: by, class: "tie" }));
  const between = svg("text", { x: (ax + bx) / 2 + 6, y: (ay + by) / 2 - 6, class: "label apart" });
  between.textContent = says;
  map.marks.append(between);
  for (const [x, y, name, above] of [[ax, ay, a.name, ay <= by], [bx, by, b.name, by < ay]] as const) {
    const label = svg("text", { x: x + 9, y: y + (above ? -6 : 14), class: "label" });
    label.textContent = name;
    map.marks.append(svg("circle", { cx: x, cy: y, r: 5, class: "report" }), label);
  }
  measure(map, bar);
}

function scaleBar(host: HTMLElement): HTMLElement {
  const bar = document.createElement("span");
  bar.className = "scalebar";
  host.append(bar);
  return bar;
}

/** The longest round distance of at most 110 px, along the parallel in the middle of the map. */
function measure(map: WorldMap, bar: HTMLElement): void {
  const { lon, lat } = map.current();
  const perKm = Math.abs(map.place(lon + 0.01, lat)[0] - map.place(lon, lat)[0]) / (0.01 * KM_PER_DEGREE * Math.cos((lat * Math.PI) / 180));
  const km = SCALE_KM.find((size) => size * perKm <= 110) ?? 1;
  bar.style.width = `${(km * perKm).toFixed(1)}px`;
  bar.textContent = `${km} km`;
}
