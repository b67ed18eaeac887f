// Stations on a map, coloured by their newest value: thousands of them, so they are drawn on the map's canvas.
import { measured, withUnit } from "./figures";
import { now } from "./times";
import type { Newest } from "./types";
import type { WorldMap } from "./worldmap";

export interface Spot {
  id: string;
  title: string;
  lon: number;
  lat: number;
  value: number;
  time: number; // s since 1970
}

const STALE_S = 3 * 86_400; // older values are drawn hollow
const REACH = 12; // px around a spot in which it is hit
// Viridis (van der Walt & Smith, 2015): even steps to the eye, and to those who see no red or green.
const RAMP = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]] as const;

export class Spots {
  spots: Spot[] = [];
  placeless = 0;
  total = 0;
  unit = "";
  chosen = "";
  private low = 0;
  private high = 1;

  constructor(private readonly map: WorldMap) {
    map.onpaint = (context) => this.paint(context);
  }

  async load(metric: string): Promise<void> {
    const reply = await fetch(`/metrics/${encodeURIComponent(metric)}/stations.json`);
    if (!reply.ok) throw new Error(`stations of ${metric}: HTTP ${reply.status}`);
    this.take((await reply.json()) as Newest);
  }

  clear(): void {
    this.spots = [];
    this.map.schedule();
  }

  private take(newest: Newest): void {
    const { id, title, lon, lat, value, time } = newest.stations;
    this.spots = id.flatMap((name, n) => {
      const [x, y] = [lon[n], lat[n]];
      if (x === null || x === undefined || y === null || y === undefined) return [];
      return [{ id: name, title: title[n] || name, lon: x, lat: y, value: value[n] ?? 0, time: time[n] ?? 0 }];
    });
    this.total = newest.total;
    this.placeless = newest.placeless;
    const order = this.spots.map((spot) => spot.value).sort((a, b) => a - b);
    // One station that measures nonsense must not take the colours from all others.
    this.low = order[Math.floor((order.length - 1) * 0.02)] ?? 0;
    this.high = order[Math.ceil((order.length - 1) * 0.98)] ?? 1;
    this.map.schedule();
  }

  stale(spot: Spot): boolean {
    return now() / 1000 - spot.time > STALE_S;
  }

  colour(value: number): string {
    const share = this.high > this.low ? Math.min(1, Math.max(0, (value - this.low) / (this.high - this.low))) : 0.5;
    const at = share * (RAMP.length - 1);
    const from = RAMP[Math.floor(at)] ?? RAMP[0];
    const to = RAMP[Math.ceil(at)] ?? from;
    const mixed = from.map((part, n) => Math.round(part + ((to[n] ?? part) - part) * (at % 1)));
    return `rgb(${mixed.join(" ")})`;
  }

  /** The spot nearest to a point of the host, within reach. */
  at(x: number, y: number): Spot | undefined {
    let best: Spot | undefined;
    let least = REACH ** 2;
    for (const spot of this.spots) {
      const [sx, sy] = this.map.place(spot.lon, spot.lat);
      const away = (sx - x) ** 2 + (sy - y) ** 2;
      if (away < least) [best, least] = [spot, away];
    }
    return best;
  }

  says(spot: Spot): string {
    return withUnit(spot.value, this.unit);
  }

  private paint(context: CanvasRenderingContext2D): void {
    const rim = getComputedStyle(document.documentElement).getPropertyValue("--spot-rim").trim();
    const r = this.spots.length > 1500 ? 3 : this.spots.length > 300 ? 4 : 5.5;
    for (const spot of this.spots) {
      const [x, y] = this.map.place(spot.lon, spot.lat);
      if (x < -r || y < -r || x > context.canvas.width || y > context.canvas.height) continue;
      context.beginPath();
      context.arc(x, y, spot.id === this.chosen ? r + 3 : r, 0, 2 * Math.PI);
      const hollow = this.stale(spot);
      context.lineWidth = hollow ? 1.8 : 1;
      context.strokeStyle = hollow ? this.colour(spot.value) : rim;
      context.fillStyle = this.colour(spot.value);
      if (!hollow) context.fill();
      context.stroke();
    }
  }

  /** The colours with their values, in the metric's unit. */
  legend(title: string): HTMLElement {
    const box = document.createElement("figure");
    box.className = "ramp";
    const name = document.createElement("figcaption");
    name.textContent = this.unit ? `${title}, ${this.unit}` : title;
    const scale = document.createElement("span");
    scale.className = "scale";
    const ends = document.createElement("span");
    ends.className = "ends";
    for (const value of [this.low, (this.low + this.high) / 2, this.high]) {
      const end = document.createElement("span");
      end.textContent = measured(value);
      ends.append(end);
    }
    box.append(name, scale, ends);
    if (this.spots.some((spot) => this.stale(spot))) {
      const note = document.createElement("span");
      note.className = "note";
      note.textContent = "○ older than 3 days";
      box.append(note);
    }
    return box;
  }
}
