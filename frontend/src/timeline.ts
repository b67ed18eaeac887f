// The timeline: all lines over one axis, one reading line through all of them, pan and zoom by hand and by key.
import { measured } from "./figures";
import { shape, svg } from "./symbols";
import type { Strip, StrongEvent, TimelineView } from "./types";

const DAY_MS = 86_400_000;
const WIDTH = 600; // of a strip's picture, in its own units
const HEIGHT = 30;
const SHORTEST_DAYS = 7;

class Board {
  private view: TimelineView | null = null;
  private from: number; // ms since 1970
  private to: number;
  private readonly home: [number, number];
  private at: number | null = null; // place of the reading line among the values
  private waiting = 0;
  private asked = 0;
  private readonly line = document.createElement("span");

  constructor(private readonly host: HTMLElement) {
    this.from = Date.parse(host.dataset["from"] ?? "");
    this.to = Date.parse(host.dataset["to"] ?? "");
    this.home = [this.from, this.to];
    this.line.className = "reading";
    this.line.hidden = true;
    host.append(this.line);
  }

  async start(): Promise<void> {
    await this.load();
    this.host.addEventListener("pointermove", (pointer) => this.hover(pointer));
    this.host.addEventListener("pointerleave", () => this.read(null));
    this.host.addEventListener("keydown", (pressed) => this.key(pressed));
    this.host.addEventListener("pointerdown", (pointer) => this.drag(pointer));
    this.host.addEventListener("wheel", (wheel) => {
      if (!wheel.ctrlKey) return; // the page scrolls
      wheel.preventDefault();
      this.zoom(wheel.deltaY > 0 ? 1.25 : 0.8, this.share(wheel.clientX));
    }, { passive: false });
  }

  private plots(): HTMLElement[] {
    return [...this.host.querySelectorAll<HTMLElement>(".plot")];
  }

  /** How far along the axis a point of the window is, 0..1. */
  private share(clientX: number): number {
    const box = this.plots()[0]?.getBoundingClientRect();
    return box ? Math.min(1, Math.max(0, (clientX - box.left) / box.width)) : 0;
  }

  private async load(): Promise<void> {
    const mine = ++this.asked;
    const query = new URLSearchParams(location.search);
    query.delete("span");
    query.set("from", iso(this.from));
    query.set("to", iso(this.to));
    const reply = await fetch(`/timeline.json?${query}`);
    if (!reply.ok || mine !== this.asked) return; // the lines stay as they are
    this.view = (await reply.json()) as TimelineView;
    this.draw(this.view);
  }

  private draw(view: TimelineView): void {
    const lines = new Map(view.lines.map((line) => [line.metric, line]));
    for (const strip of this.host.querySelectorAll<HTMLElement>(".strip[data-metric]")) {
      const line = lines.get(strip.dataset["metric"] ?? "");
      const picture = strip.querySelector<SVGElement>("svg");
      picture?.style.removeProperty("transform");
      picture?.querySelector("path")?.setAttribute("d", line ? path(line) : "");
      strip.classList.toggle("silent", !line);
    }
    this.drawEvents(view.events);
    this.label(view);
    this.read(null);
  }

  private drawEvents(events: StrongEvent[]): void {
    const plot = this.host.querySelector<HTMLElement>('[data-plot="events"]');
    if (!plot) return;
    const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    const marks = events.map((event) => {
      const mark = svg("svg", { class: `mark a-${event.alert ?? "NONE"}`, viewBox: "-12 -12 24 24", "aria-hidden": "true" });
      const title = svg("title");
      title.textContent = `${event.title}, ${event.onset.slice(0, 10)}`;
      mark.append(title, svg("path", { d: shape(event.event_type) }));
      mark.style.left = `${(this.place(event) * 100).toFixed(2)}%`;
      return mark;
    });
    for (const event of events) {
      const x = this.place(event) * WIDTH;
      picture.append(svg("line", { x1: x, x2: x, y1: 0, y2: HEIGHT, class: `a-${event.alert ?? "NONE"}` }));
    }
    plot.replaceChildren(picture, ...marks);
    const said = this.host.querySelector(".marks .name");
    if (said) said.textContent = `${events.length}${this.view?.more_events ? "+" : ""} strong ${events.length === 1 ? "event" : "events"}`;
  }

  private place(event: StrongEvent): number {
    return (Date.parse(event.onset) - this.from) / (this.to - this.from);
  }

  private label(view: TimelineView): void {
    const put = (selector: string, text: string): void => {
      const element = document.querySelector(selector);
      if (element) element.textContent = text;
    };
    put("#span", `${view.from} to ${view.to}`);
    put("#step", view.step > 1 ? `${view.step} days as one` : "day by day");
    const axis = document.querySelector("#axis");
    const room = 1 - 60 / (this.plots()[0]?.clientWidth ?? 600); // a tick's text must end within the axis
    axis?.replaceChildren(...ticks(this.from, this.to).filter(([share]) => share < room).map(([share, text]) => {
      const tick = document.createElement("span");
      tick.textContent = text;
      tick.style.left = `${(share * 100).toFixed(2)}%`;
      return tick;
    }));
    axis?.classList.add("ticked");
  }

  private hover(pointer: PointerEvent): void {
    if (!this.view || pointer.buttons) return;
    const box = this.plots()[0]?.getBoundingClientRect();
    if (!box || pointer.clientX < box.left || pointer.clientX > box.right) return this.read(null);
    this.read(Math.floor(this.share(pointer.clientX) * this.size()));
  }

  private size(): number {
    return Math.ceil((this.to - this.from) / DAY_MS / (this.view?.step ?? 1));
  }

  /** Show what all lines say at one place of the axis; null: what they said last. */
  private read(at: number | null): void {
    const { view } = this;
    this.at = at;
    if (!view) return;
    const lines = new Map(view.lines.map((line) => [line.metric, line]));
    for (const strip of this.host.querySelectorAll<HTMLElement>(".strip[data-metric]")) {
      const line = lines.get(strip.dataset["metric"] ?? "");
      const value = at === null ? line?.values.findLast((one) => one !== null) : line?.values[at];
      write(strip.querySelector(".read"), measured(value), strip.dataset["unit"] ?? "");
    }
    const head = this.host.querySelector(".marks .read");
    this.line.hidden = at === null;
    if (at === null) {
      if (head) head.textContent = "newest";
      return;
    }
    if (head) head.textContent = iso(this.from + at * view.step * DAY_MS);
    const plot = this.plots()[0];
    if (plot) this.line.style.left = `${plot.offsetLeft + ((at + 0.5) / this.size()) * plot.offsetWidth}px`;
  }

  private key(pressed: KeyboardEvent): void {
    const pan = pressed.shiftKey ? 0.25 : 0;
    const steps: Record<string, () => void> = {
      ArrowLeft: () => (pan ? this.pan(-pan) : this.step(-1)),
      ArrowRight: () => (pan ? this.pan(pan) : this.step(1)),
      PageUp: () => this.pan(-1),
      PageDown: () => this.pan(1),
      "+": () => this.zoom(0.5, 0.5),
      "=": () => this.zoom(0.5, 0.5),
      "-": () => this.zoom(2, 0.5),
      "0": () => this.go(...this.home),
      Escape: () => this.read(null),
    };
    const act = steps[pressed.key];
    if (!act || pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
    pressed.preventDefault();
    act();
  }

  private step(by: number): void {
    const at = this.at === null ? this.size() - 1 : this.at + by;
    this.read(Math.min(this.size() - 1, Math.max(0, at)));
    this.announce();
  }

  /** Say aloud what the reading line meets. */
  private announce(): void {
    const { view, at } = this;
    const status = document.querySelector("#reading");
    if (!view || at === null || !status) return;
    const said = view.lines
      .filter((line) => line.values[at] !== null && line.values[at] !== undefined)
      .map((line) => `${line.title} ${measured(line.values[at])}`);
    status.textContent = `${iso(this.from + at * view.step * DAY_MS)}: ${said.join("; ") || "nothing"}`;
  }

  private pan(share: number): void {
    const by = Math.round(((this.to - this.from) * share) / DAY_MS) * DAY_MS;
    this.go(this.from + by, this.to + by);
  }

  private zoom(factor: number, around: number): void {
    const width = Math.max(SHORTEST_DAYS * DAY_MS, (this.to - this.from) * factor);
    const middle = this.from + (this.to - this.from) * around;
    this.go(middle - width * around, middle + width * (1 - around));
  }

  private go(from: number, to: number): void {
    const width = Math.round((to - from) / DAY_MS) * DAY_MS;
    this.from = Math.max(Date.parse("1700-01-01"), Math.round(from / DAY_MS) * DAY_MS);
    this.to = this.from + width;
    const query = new URLSearchParams(location.search);
    query.delete("span");
    query.set("from", iso(this.from));
    query.set("to", iso(this.to));
    history.replaceState(null, "", `${location.pathname}?${query}`);
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => void this.load(), 120);
  }

  /** The lines follow the hand, and are drawn anew where it lets go. */
  private drag(down: PointerEvent): void {
    if ((down.target as Element).closest("a") || down.button !== 0) return;
    const width = this.plots()[0]?.clientWidth ?? 1;
    const pictures = this.plots().map((plot) => plot.querySelector<SVGElement>("svg"));
    let moved = 0;
    const move = (pointer: PointerEvent): void => {
      moved = pointer.clientX - down.clientX;
      if (Math.abs(moved) > 3) for (const picture of pictures) picture?.style.setProperty("transform", `translateX(${moved}px)`);
    };
    const up = (): void => {
      removeEventListener("pointermove", move);
      if (Math.abs(moved) > 3) this.pan(-moved / width);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up, { once: true });
  }
}

function path(line: Strip): string {
  const known = line.values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const spread = high - low;
  const step = WIDTH / Math.max(1, line.values.length);
  let [found, pen] = ["", "M"];
  line.values.forEach((value, n) => {
    if (value === null) {
      // Rare values (monthly, weekly) stay a line: it is broken only where a twelfth of the view is empty.
      if (line.values.slice(n, n + Math.ceil(line.values.length / 12)).every((one) => one === null)) pen = "M";
      return;
    }
    const y = spread ? HEIGHT - ((value - low) / spread) * HEIGHT : HEIGHT / 2;
    const x = ((n + 0.5) * step).toFixed(1);
    found += pen === "M" ? `M${x} ${y.toFixed(1)}h.01` : `L${x} ${y.toFixed(1)}`;
    pen = "L";
  });
  return found;
}

/** At most eight round days, months or years, with their place on the axis. */
function ticks(from: number, to: number): [number, string][] {
  const days = (to - from) / DAY_MS;
  const years = [1, 2, 5, 10, 20, 50, 100].find((size) => days / 365.25 / size <= 8) ?? 100;
  const found: [number, string][] = [];
  const add = (at: number, text: string): void => {
    const share = (at - from) / (to - from);
    if (share >= 0) found.push([share, text]);
  };
  const [first, last] = [new Date(from), new Date(to)];
  if (days > 900) {
    for (let year = Math.ceil(first.getUTCFullYear() / years) * years; year <= last.getUTCFullYear(); year += years) add(Date.UTC(year, 0), String(year));
  } else if (days > 60) {
    const months = [1, 2, 3, 6].find((size) => days / 30.4 / size <= 8) ?? 6;
    for (let n = Math.floor(first.getUTCMonth() / months) * months; add(Date.UTC(first.getUTCFullYear(), n), iso(Date.UTC(first.getUTCFullYear(), n)).slice(0, 7)), Date.UTC(first.getUTCFullYear(), n) < to; n += months);
  } else {
    const size = Math.max(1, Math.ceil(days / 8));
    for (let at = Math.ceil(from / DAY_MS) * DAY_MS; at < to; at += size * DAY_MS) add(at, iso(at).slice(5));
  }
  return found;
}

function write(element: Element | null, value: string, unit: string): void {
  if (!element) return;
  const after = document.createElement("span");
  after.className = "unit";
  after.textContent = unit;
  element.replaceChildren(value, ...(unit ? [" ", after] : []));
}

function iso(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

const host = document.querySelector<HTMLElement>("#timeline");
if (host) void new Board(host).start();
