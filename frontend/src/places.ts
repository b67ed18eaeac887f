// Maps of one place: where it is, the circle that is looked at, and, on the page of places, a click to go elsewhere.
import { geoCircle } from "d3-geo";
import { addZoom } from "./furniture";
import { svg } from "./symbols";
import { WorldMap, type View } from "./worldmap";

const KM_PER_DEGREE = 111.2;

for (const host of document.querySelectorAll<HTMLElement>(".placemap")) draw(host);

function draw(host: HTMLElement): void {
  const { lon, lat, km, name } = host.dataset;
  const known = lon !== undefined && lat !== undefined;
  const [x, y, radius] = [Number(lon), Number(lat), Number(km ?? 0)];
  const view: View = known ? { lon: x, lat: y, scale: Math.max(1, Math.min(300, (360 * KM_PER_DEGREE) / (radius * 4))) } : { lon: 0, lat: 15, scale: 1 };
  const map = new WorldMap(host, view);
  addZoom(map, host);
  if (known) {
    map.onmove = () => paint(map, x, y, host.classList.contains("choose") ? radius : 0, name ?? "");
    map.onmove();
  }
  if (!host.classList.contains("choose")) return;
  map.over.classList.add("aim");
  map.over.addEventListener("click", (pointer) => {
    const [toLon, toLat] = map.at(pointer.offsetX, pointer.offsetY);
    location.href = `/places?lon=${toLon.toFixed(3)}&lat=${toLat.toFixed(3)}&radius_km=${host.dataset["radius"] ?? 100}`;
  });
}

function paint(map: WorldMap, lon: number, lat: number, radius: number, name: string): void {
  map.shapes.replaceChildren();
  map.marks.replaceChildren();
  if (radius) {
    const circle = geoCircle().center([lon, lat]).radius(radius / KM_PER_DEGREE)();
    const outline = svg("path", { d: map.outline(circle), class: "circle", "vector-effect": "non-scaling-stroke" });
    outline.setAttribute("transform", map.outlineTransform());
    map.shapes.append(outline);
  }
  const [x, y] = map.place(lon, lat);
  const label = svg("text", { x: x + 9, y: y + 4, class: "label" });
  label.textContent = name;
  map.marks.append(svg("circle", { cx: x, cy: y, r: 5, class: "report" }), label);
}
