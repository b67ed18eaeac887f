// The live map: events on it, the list beside it, filters in the address, changes as they come.
import { addLegend, addZoom, Tip } from "./furniture";
import { happened, renew, stir } from "./hour";
import { Layer } from "./layer";
import { follow } from "./live";
import { note, row } from "./rows";
import { alertClass, radius, shape, svg } from "./symbols";
import { steady } from "./steady";
import { Tabs } from "./tabs";
import { now, paint } from "./times";
import type { Change, EventPage, HazardEvent } from "./types";
import { WorldMap, type Bounds, type View } from "./worldmap";

const LOADED = 1000; // events held at a time
const LISTED = 200; // rows at a time
const RECENT_MS = 3_600_000;
const OLD_MS = 7 * 86_400_000;
const SPANS_MS: Record<string, number> = { "1h": 3.6e6, "24h": 8.64e7, "7d": 6.048e8, "30d": 2.592e9 };

const get = <T extends Element>(selector: string): T => {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`${selector} is missing`);
  return found;
};
const form = get<HTMLFormElement>("#filters");
const list = get<HTMLOListElement>("#list");
const rows = get<HTMLElement>("#rows");
const host = get<HTMLElement>("#map");

let events = new Map<string, HazardEvent>();
let matched = 0;
let uncounted = false;
let loading = 0;
let loaded = false;
const fresh = new Set<string>();

const map = new WorldMap(host, viewInAddress());
const tip = new Tip(host);
addZoom(map, host);
addLegend(host);
const layer = new Layer(map, host, tip);
const chooser = document.querySelector<HTMLSelectElement>("#layer");
let shown = "events";
const tabs = new Tabs(get<HTMLElement>(".tabs"), (name) => {
  shown = name;
  keepAddress();
});

function filters(): URLSearchParams {
  const chosen = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value && name !== "layer") chosen.append(name, String(value));
  return chosen;
}

function viewInAddress(): View | undefined {
  const parts = (new URLSearchParams(location.search).get("view") ?? "").split(",").map(Number);
  const [lon, lat, scale] = parts;
  if (lon === undefined || lat === undefined || scale === undefined || !parts.every(Number.isFinite)) return undefined;
  return { lon, lat, scale };
}

function keepAddress(): void {
  const address = filters();
  const view = map.current();
  if (chooser?.value) address.set("layer", chooser.value);
  if (shown !== usual()) address.set("show", shown);
  if (view.scale > 1.02) address.set("view", [view.lon.toFixed(2), view.lat.toFixed(2), view.scale.toFixed(2)].join());
  const text = address.toString().replaceAll("%2C", ",");
  history.replaceState(null, "", text ? `/?${text}` : "/");
}

async function load(): Promise<void> {
  const mine = ++loading;
  const wanted = filters();
  const span = SPANS_MS[wanted.get("time") ?? ""];
  wanted.delete("time");
  if (span) wanted.set("active_since", new Date(now() - span).toISOString());
  wanted.set("limit", String(LOADED));
  wanted.set("count", "true");
  const reply = await fetch(`/api/v1/events?${wanted}`);
  if (mine !== loading) return; // a later choice has overtaken this one
  if (!reply.ok) {
    list.replaceChildren(note("empty", "The list could not be loaded", `HTTP ${reply.status}; try again in a moment.`));
    return;
  }
  const page = (await reply.json()) as EventPage;
  events = new Map(page.events.map((event) => [event.id, event]));
  matched = page.matched ?? page.events.length;
  uncounted = page.more_than_counted;
  loaded = true;
  draw();
}

function passes(event: HazardEvent): boolean {
  const wanted = filters();
  const types = wanted.getAll("type");
  const alerts = wanted.getAll("alert");
  const agency = wanted.get("agency");
  const least = wanted.get("min_magnitude");
  const span = SPANS_MS[wanted.get("time") ?? ""];
  const text = wanted.get("q")?.toLowerCase();
  const newest = [event.onset, event.updated_at, event.valid_until ?? event.onset].map(Date.parse);
  return (
    event.state === "current" &&
    (!types.length || types.includes(event.event_type)) &&
    (!alerts.length || (event.alert !== null && alerts.includes(event.alert))) &&
    (!agency || event.agencies.includes(agency)) &&
    (!least || (event.magnitude !== null && event.magnitude >= Number(least))) &&
    (!span || Math.max(...newest) >= now() - span) &&
    (!text || `${event.title} ${event.description} ${event.place ?? ""}`.toLowerCase().includes(text))
  );
}

function inside(event: HazardEvent, bounds: Bounds): boolean {
  if (event.lon === null || event.lat === null) return false;
  if (event.lat < bounds.south || event.lat > bounds.north) return false;
  if (bounds.whole) return true;
  return bounds.west <= bounds.east
    ? event.lon >= bounds.west && event.lon <= bounds.east
    : event.lon >= bounds.west || event.lon <= bounds.east;
}

let frame = 0;
let quiet = true; // what is to be drawn came by itself, not by the reader's choice
function draw(byItself = false): void {
  quiet &&= byItself;
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => {
    drawMarks();
    if (quiet) steady(rows, list, drawList);
    else drawList();
    quiet = true;
    tellUnread();
  });
}

const marks = new Map<string, SVGPathElement>();
function drawMarks(): void {
  // Large ones first, so that small ones on top of them can be reached.
  const placed = [...events.values()]
    .filter((event) => event.lon !== null && event.lat !== null)
    .sort((a, b) => radius(b) - radius(a) || a.id.localeCompare(b.id));
  const present = now();
  for (const [id, mark] of marks) if (!events.has(id)) (mark.remove(), marks.delete(id));
  for (const event of placed) {
    let mark = marks.get(event.id);
    if (!mark) {
      mark = svg("path", { "data-id": event.id });
      marks.set(event.id, mark);
    }
    const age = present - Date.parse(event.onset);
    mark.setAttribute("d", shape(event.event_type));
    mark.setAttribute("class", `event ${alertClass(event)}${age > OLD_MS && event.event_type === "EQ" ? " old" : ""}`);
    map.marks.append(mark);
  }
  placeMarks();
}

function placeMarks(): void {
  for (const [id, mark] of marks) {
    const event = events.get(id);
    if (!event || event.lon === null || event.lat === null) continue;
    const [x, y] = map.place(event.lon, event.lat);
    mark.setAttribute("transform", `translate(${x.toFixed(1)},${y.toFixed(1)}) scale(${(radius(event) / 9.5).toFixed(3)})`);
  }
}

function drawList(): void {
  if (!loaded) return; // what the server listed stands until then
  const bounds = map.bounds();
  const order = [...events.values()].sort((a, b) => b.onset.localeCompare(a.onset) || a.id.localeCompare(b.id));
  const here = order.filter((event) => inside(event, bounds));
  const nowhere = order.filter((event) => event.lon === null);
  const shown = [...here, ...(bounds.whole ? nowhere : [])].slice(0, LISTED);
  reconcile(shown);
  const rest = here.length + (bounds.whole ? nowhere.length : 0) - shown.length;
  if (rest > 0) list.append(note("more", `${rest.toLocaleString("en")} more in view: zoom in or narrow the filters.`));
  if (!shown.length) list.append(emptyNote());
  get("#count").textContent = `${here.length.toLocaleString("en")} ${here.length === 1 ? "event" : "events"} in view`;
  get("#scope").textContent = scope(here.length, nowhere.length, bounds.whole);
}

function emptyNote(): HTMLLIElement {
  return events.size
    ? note("empty", "Nothing in this part of the map", `${events.size} elsewhere: zoom out to see them.`)
    : note("empty", "A quiet planet, or a narrow filter", "No current event passes these filters.");
}

/** What is not listed, and why: a list that leaves something out says so. */
function scope(here: number, nowhere: number, whole: boolean): string {
  const missing = [];
  const elsewhere = events.size - here - nowhere;
  if (elsewhere) missing.push(`${elsewhere.toLocaleString("en")} outside the view`);
  if (nowhere) missing.push(`${nowhere} without a position${whole ? " (listed)" : ""}`);
  const older = matched - events.size;
  if (older > 0) missing.push(`${uncounted ? "over " : ""}${older.toLocaleString("en")} older not loaded`);
  return missing.length ? `Not in view: ${missing.join(", ")}` : "Everything that passes the filters";
}

/** Make the list hold these rows, touching only those that changed, so that focus and scroll stay. */
function reconcile(shown: HazardEvent[]): void {
  const old = new Map<string, HTMLElement>();
  for (const item of [...list.children] as HTMLElement[]) {
    const id = item.dataset["id"];
    if (id === undefined) item.remove();
    else old.set(id, item);
  }
  const kept = new Set(shown.map((event) => event.id));
  for (const [id, item] of old) if (!kept.has(id)) item.remove();
  let place: Element | null = list.firstElementChild;
  for (const event of shown) {
    const stamp = JSON.stringify(event);
    let item = old.get(event.id);
    if (!item || item.dataset["stamp"] !== String(hash(stamp))) {
      const made = row(event);
      made.dataset["stamp"] = String(hash(stamp));
      if (fresh.delete(event.id)) made.classList.add("fresh");
      if (item) {
        if (place === item) place = made;
        item.replaceWith(made);
      }
      item = made;
    }
    if (item === place) place = place.nextElementSibling;
    else list.insertBefore(item, place);
  }
  paint(list);
}

function hash(text: string): number {
  let found = 5381;
  for (let n = 0; n < text.length; n++) found = ((found * 33) ^ text.charCodeAt(n)) | 0;
  return found;
}

let unread = 0;
const newer = document.createElement("button");
newer.type = "button";
newer.className = "newer";
newer.addEventListener("click", () => rows.scrollTo({ top: 0, behavior: "smooth" }));
rows.addEventListener("scroll", () => {
  if (rows.scrollTop < 5) ((unread = 0), newer.remove());
});

/** What came while one reads stands above, and is said. */
function tellUnread(): void {
  if (rows.scrollTop < 5) unread = 0;
  if (!unread) return newer.remove();
  newer.textContent = `${unread} new ↑`;
  if (!newer.isConnected) rows.prepend(newer);
}

function changed(change: Change): void {
  const event = change.event;
  if (!event) return;
  const known = events.has(event.id);
  if (!passes(event)) {
    if (events.delete(event.id)) draw(true);
    return;
  }
  events.set(event.id, event);
  if (!known) arrived(event);
  draw(true);
}

function arrived(event: HazardEvent): void {
  matched++;
  fresh.add(event.id);
  get("#announce").textContent = `New: ${event.title}`;
  unread++;
  if (event.lon === null || event.lat === null || now() - Date.parse(event.onset) > RECENT_MS) return;
  const [x, y] = map.place(event.lon, event.lat);
  const group = svg("g", { transform: `translate(${x},${y})` });
  const ring = svg("circle", { r: 26, class: `pulse ${alertClass(event)}` });
  ring.addEventListener("animationend", () => group.remove());
  group.append(ring);
  map.shapes.append(group);
}

function light(id: string | undefined, on: boolean): void {
  if (!id) return;
  marks.get(id)?.classList.toggle("lit", on);
  list.querySelector(`[data-id="${CSS.escape(id)}"]`)?.classList.toggle("lit", on);
}

const idOf = (target: EventTarget | null): string | undefined =>
  (target as Element | null)?.closest<HTMLElement | SVGElement>("[data-id]")?.dataset["id"];
for (const [on, names] of [[true, ["pointerover", "focusin"]], [false, ["pointerout", "focusout"]]] as const) {
  for (const name of names) list.addEventListener(name, (event) => light(idOf(event.target), on));
}
map.over.addEventListener("pointerover", (pointer) => {
  const event = events.get(idOf(pointer.target) ?? "");
  if (!event || event.lon === null || event.lat === null) return;
  light(event.id, true);
  tip.show(event, map.place(event.lon, event.lat));
});
map.over.addEventListener("pointerout", (pointer) => {
  if (!idOf(pointer.target)) return;
  light(idOf(pointer.target), false);
  tip.hide();
});
map.over.addEventListener("click", (pointer) => {
  const id = idOf(pointer.target);
  if (id) location.href = `/events/${encodeURIComponent(id)}`;
});

let later = 0;
map.onmove = () => {
  placeMarks();
  map.shapes.replaceChildren();
  tip.hide();
  clearTimeout(later);
  later = window.setTimeout(() => {
    drawList();
    layer.list();
    keepAddress();
  }, 120);
};
let typing = 0;
form.addEventListener("input", (event) => {
  if (event.target === chooser) {
    chooseLayer();
    return tabs.show(usual());
  }
  clearTimeout(typing);
  typing = window.setTimeout(() => {
    keepAddress();
    void load();
  }, 200);
});
form.addEventListener("submit", (event) => event.preventDefault());

function chooseLayer(): void {
  if (!chooser) return;
  const option = chooser.selectedOptions[0];
  layer.unit = option?.dataset["unit"] ?? "";
  void layer.show(chooser.value, option?.textContent ?? "");
}

/** The list that stands beside the map unless another is chosen. */
function usual(): string {
  return chooser?.value ? "stations" : "events";
}

const link = get<HTMLElement>("#link");
function connected(state: "live" | "lost"): void {
  link.dataset["state"] = state;
  const words = link.querySelector(".word");
  if (words) words.textContent = state === "live" ? "live" : "reconnecting";
  link.title = state === "live" ? "New events appear by themselves" : "The connection was lost; it is tried again";
}

let measuring = 0;
/** Sources measure by the minute: the map takes what has come every few seconds. */
function observed(source: string): void {
  stir();
  clearTimeout(measuring);
  measuring = window.setTimeout(() => void layer.renew(source), 2000);
}

follow(
  (change) => {
    changed(change);
    happened(change);
  },
  connected,
  observed,
);
void load();
if (chooser?.value) chooseLayer();
tabs.show(new URLSearchParams(location.search).get("show") ?? usual());
void renew();
