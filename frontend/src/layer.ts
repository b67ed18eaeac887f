// Measurements on the live map: stations coloured by newest value, and the list of those in view.
import type { Tip } from "./furniture";
import { note } from "./rows";
import { Spots, type Spot } from "./spots";
import { paint } from "./times";
import type { Bounds, WorldMap } from "./worldmap";

const LISTED = 200;

export class Layer {
  private readonly spots: Spots;
  private metric = "";
  private title = "";
  private legend: HTMLElement | null = null;
  private sources: string[] = [];
  private loaded = false;

  constructor(private readonly map: WorldMap, private readonly host: HTMLElement, private readonly tip: Tip) {
    this.spots = new Spots(map);
    map.over.addEventListener("pointermove", (pointer) => this.hover(pointer));
    map.over.addEventListener("click", (pointer) => {
      const spot = this.under(pointer);
      if (spot) location.href = `/metrics/${encodeURIComponent(this.metric)}?station=${encodeURIComponent(spot.id)}`;
    });
  }

  /** Show a metric; the empty name shows none. */
  async show(metric: string, title: string): Promise<void> {
    this.metric = metric;
    this.title = title.replace(/ \(\d+\)$/, "");
    this.legend?.remove();
    if (!metric) {
      this.spots.clear();
      return this.list();
    }
    this.wait();
    const reply = await fetch(`/metrics.json?q=${encodeURIComponent(metric)}`);
    const known = reply.ok ? ((await reply.json()) as { id: string; sources: string[] }[]) : [];
    this.sources = known.find((one) => one.id === metric)?.sources ?? [];
    await this.renew();
  }

  private wait(): void {
    const head = document.querySelector("#stationcount");
    if (head) head.textContent = "Loading the stations …";
    this.loaded = false;
  }

  /** The values anew; with a source, only where it brings what is shown. */
  async renew(source = ""): Promise<void> {
    const { metric } = this;
    if (!metric || (source && !this.sources.includes(source))) return;
    await this.spots.load(metric);
    if (metric !== this.metric) return; // another has been chosen meanwhile
    this.loaded = true;
    this.legend?.remove();
    this.legend = this.spots.legend(this.title);
    this.host.append(this.legend);
    this.list();
  }

  private under(pointer: MouseEvent): Spot | undefined {
    const onEvent = (pointer.target as Element).closest("[data-id]");
    return onEvent || !this.spots.spots.length ? undefined : this.spots.at(pointer.offsetX, pointer.offsetY);
  }

  private hover(pointer: PointerEvent): void {
    if ((pointer.target as Element).closest("[data-id]") || !this.spots.spots.length) return;
    const spot = this.under(pointer);
    this.map.over.classList.toggle("hit", spot !== undefined);
    if (spot) this.tip.say(spot.title, `${this.spots.says(spot)} · ${this.title} · ${spot.id}`, pointer.offsetX, pointer.offsetY);
    else this.tip.hide();
  }

  /** The stations in view, the greatest value first; what is left out is said. */
  list(): void {
    const list = document.querySelector("#stationlist");
    const head = document.querySelector("#stationcount");
    const scope = document.querySelector("#stationscope");
    if (!list || !head || !scope) return;
    if (!this.metric) {
      head.textContent = "No measurement is chosen";
      scope.textContent = "Choose one above to see where it is measured.";
      list.replaceChildren();
      return;
    }
    if (!this.loaded) return;
    const bounds = this.map.bounds();
    const here = this.spots.spots.filter((spot) => inside(spot, bounds)).sort((a, b) => b.value - a.value || a.id.localeCompare(b.id));
    const missing = [];
    if (this.spots.spots.length > here.length) missing.push(`${this.spots.spots.length - here.length} outside the view`);
    if (this.spots.placeless) missing.push(`${this.spots.placeless} without a place`);
    const unloaded = this.spots.total - this.spots.placeless - this.spots.spots.length;
    if (unloaded > 0) missing.push(`${unloaded} not loaded`);
    head.textContent = `${here.length.toLocaleString("en")} ${here.length === 1 ? "station" : "stations"} in view`;
    scope.textContent = `${this.title}, greatest first.${missing.length ? ` Not in view: ${missing.join(", ")}` : ""}`;
    list.replaceChildren(...here.slice(0, LISTED).map((spot) => this.row(spot)));
    if (here.length > LISTED) list.append(note("more", `${here.length - LISTED} more in view: zoom in to list them.`));
    if (!here.length) list.append(note("empty", "No station in this part of the map", "Zoom out to see the others."));
    paint(list as HTMLElement);
  }

  private row(spot: Spot): HTMLLIElement {
    const make = (name: string, className: string, ...children: (Node | string)[]): HTMLElement => {
      const element = document.createElement(name);
      element.className = className;
      element.append(...children);
      return element;
    };
    const time = document.createElement("time");
    time.dateTime = new Date(spot.time * 1000).toISOString();
    time.dataset["kind"] = "ago";
    const link = document.createElement("a");
    link.href = `/metrics/${encodeURIComponent(this.metric)}?station=${encodeURIComponent(spot.id)}`;
    link.append(make("span", "mark", dot(this.spots.colour(spot.value))), make("div", "told", make("div", "h", spot.title), make("div", "meta", spot.id)), make("span", "when", make("b", "num", this.spots.says(spot)), time));
    const item = document.createElement("li");
    item.className = "row station";
    item.append(link);
    return item;
  }

  set unit(unit: string) {
    this.spots.unit = unit;
  }
}

function dot(colour: string): SVGSVGElement {
  const found = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  found.setAttribute("viewBox", "-8 -8 16 16");
  found.setAttribute("aria-hidden", "true");
  const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  circle.setAttribute("r", "6");
  circle.setAttribute("fill", colour);
  found.append(circle);
  return found;
}

function inside(spot: Spot, bounds: Bounds): boolean {
  if (spot.lat < bounds.south || spot.lat > bounds.north) return false;
  if (bounds.whole) return true;
  return bounds.west <= bounds.east ? spot.lon >= bounds.west && spot.lon <= bounds.east : spot.lon >= bounds.west || spot.lon <= bounds.east;
}
