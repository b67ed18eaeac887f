// The page of a metric: its chart and the map of its stations.
import { Chart } from "./chart";
import { addZoom, Tip } from "./furniture";
import { follow } from "./live";
import { Spots } from "./spots";
import { WorldMap } from "./worldmap";

const chartHost = document.querySelector<HTMLElement>("#chart");
const chart = chartHost ? new Chart(chartHost) : null;
void chart?.start();

const mapHost = document.querySelector<HTMLElement>("#spots");
if (mapHost) void drawStations(mapHost);

async function drawStations(host: HTMLElement): Promise<void> {
  const map = new WorldMap(host, { lon: 0, lat: 15, scale: 1 });
  const spots = new Spots(map);
  spots.unit = host.dataset["unit"] ?? "";
  spots.chosen = host.dataset["station"] ?? "";
  addZoom(map, host);
  await spots.load(host.dataset["metric"] ?? "");
  if (!spots.spots.length) {
    host.remove(); // nothing of it has a place; the table below holds all
    return;
  }
  map.show(extent(spots));
  host.append(spots.legend("Newest value"));
  const tip = new Tip(host);
  map.onmove = () => tip.hide();
  map.over.addEventListener("pointermove", (pointer) => {
    const spot = spots.at(pointer.offsetX, pointer.offsetY);
    map.over.classList.toggle("hit", spot !== undefined);
    if (spot) tip.say(spot.title, `${spots.says(spot)} · ${spot.id}`, pointer.offsetX, pointer.offsetY);
    else tip.hide();
  });
  map.over.addEventListener("pointerleave", () => tip.hide());
  map.over.addEventListener("click", (pointer) => {
    const spot = spots.at(pointer.offsetX, pointer.offsetY);
    if (spot) location.href = `${location.pathname}?station=${encodeURIComponent(spot.id)}`;
  });
}

/** A view that holds all spots, not closer than a country. */
function extent(spots: Spots): { lon: number; lat: number; scale: number } {
  const lons = spots.spots.map((spot) => spot.lon);
  const lats = spots.spots.map((spot) => spot.lat);
  const [west, east] = [Math.min(...lons), Math.max(...lons)];
  const [south, north] = [Math.min(...lats), Math.max(...lats)];
  const reach = Math.max(east - west, (north - south) * 2, 24);
  return { lon: (west + east) / 2, lat: (south + north) / 2, scale: Math.max(1, Math.min(12, 300 / reach)) };
}

let later = 0;
follow(
  () => {},
  () => {},
  (source) => {
    if (!chart || (source && !chart.sources.includes(source))) return;
    clearTimeout(later);
    later = window.setTimeout(() => void chart.renew(), 3000);
  },
);
