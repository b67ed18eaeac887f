// A chart of decades of days, with hours and single values where one looks closely (uPlot).
import uPlot from "uplot";
import { day, measured, minute, withUnit } from "./figures";
import type { MetricView, Values } from "./types";

const DAY_S = 86_400;
const CLOSE_S = 120 * DAY_S; // nearer than this, finer values are asked for
const HEIGHT = 340;
const GAP = 4; // a line is broken where nothing came for so many usual steps

// How uPlot writes the axis of time: step, then how a tick is written, then what is added where a year or day begins.
const DATES: (string | number | null)[][] = [
  [365 * DAY_S, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * DAY_S, "{YYYY}-{MM}", null, null, null, null, null, null, 1],
  [DAY_S, "{MM}-{DD}", "\n{YYYY}", null, null, null, null, null, 1],
  [3600, "{HH}:{mm}", "\n{YYYY}-{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
  [60, "{HH}:{mm}", "\n{YYYY}-{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{YYYY}-{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
];

type Data = [number[], (number | null)[], (number | null)[], (number | null)[]];
interface Fine {
  from: number;
  to: number;
  view: MetricView;
}

export class Chart {
  sources: string[] = [];
  private plot: uPlot | null = null;
  private days: MetricView | null = null;
  private fine: Fine | null = null;
  private shown: MetricView | null = null;
  private asked = 0;
  private waiting = 0;
  private readonly metric: string;
  private readonly station: string;
  private readonly unit: string;

  constructor(private readonly host: HTMLElement) {
    this.metric = host.dataset["metric"] ?? "";
    this.station = host.dataset["station"] ?? "";
    this.unit = host.dataset["unit"] ?? "";
  }

  async start(): Promise<void> {
    this.days = await this.fetch();
    if (!this.days) return this.say("The values could not be loaded; try again in a moment.");
    this.sources = this.days.metric.sources;
    if (!this.days.values.time.length) return this.say("No day has a good value yet.");
    this.shown = this.days;
    this.draw();
    this.listen();
    const { from, to } = this.host.dataset;
    if (from && to) this.zoom(Date.parse(from) / 1000, Date.parse(to) / 1000);
    else this.zoom(...this.extent()); // with the hours of the last day
  }

  /** New values have come in: the same view again, with them. */
  async renew(): Promise<void> {
    const { plot } = this;
    const days = await this.fetch();
    if (!days || !plot) return;
    this.days = days;
    const fine = this.fine && (await this.fetch(this.fine.from, this.fine.to));
    if (this.fine && fine) this.fine.view = fine;
    this.show(this.fine?.view ?? days);
  }

  private async fetch(from?: number, to?: number): Promise<MetricView | null> {
    const reply = await fetch(`/metrics/${encodeURIComponent(this.metric)}.json?${this.query(from, to)}`);
    return reply.ok ? ((await reply.json()) as MetricView) : null;
  }

  private query(from?: number, to?: number): URLSearchParams {
    const query = new URLSearchParams();
    if (this.station) query.set("station", this.station);
    if (from !== undefined && to !== undefined) {
      query.set("from", new Date(from * 1000).toISOString().slice(0, 19));
      query.set("to", new Date(to * 1000).toISOString().slice(0, 19));
    }
    return query;
  }

  private draw(): void {
    const scale = this.plot?.scales["x"];
    this.plot?.destroy();
    const { shown } = this;
    if (!shown) return;
    this.host.replaceChildren();
    this.plot = new uPlot(this.options(), table(shown.values), this.host);
    if (scale?.min !== undefined && scale.max !== undefined) this.zoom(scale.min, scale.max);
  }

  private options(): uPlot.Options {
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const font = "12px 'Inter Variable', system-ui, sans-serif";
    const axis = {
      stroke: colour("--ink-3"), font, grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1, size: 4 },
    };
    const soft = `color-mix(in srgb, ${colour("--accent")} 22%, transparent)`;
    const edge: uPlot.Series = { stroke: "transparent", points: { show: false }, value: (_, value) => withUnit(value, this.unit) };
    return {
      width: this.host.clientWidth,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      cursor: { drag: { x: true, y: false, dist: 6 }, points: { size: 7 } },
      legend: { live: true },
      scales: { x: { time: true } },
      axes: [{ ...axis, values: DATES }, { ...axis, size: 58, values: (_, ticks) => ticks.map((tick) => measured(tick)) }],
      bands: [{ series: [3, 2], fill: soft }],
      series: [
        { label: "UTC", value: (_, at) => (at === null ? "–" : this.shown?.resolution === "day" ? day(at) : minute(at)) },
        {
          label: "Value", stroke: colour("--accent"), width: 1.5, spanGaps: false,
          points: { size: 4, fill: colour("--accent") }, value: (_, value) => withUnit(value, this.unit),
        },
        { ...edge, label: "Least" },
        { ...edge, label: "Greatest" },
      ],
      hooks: { setScale: [(_, name) => name === "x" && this.settle()] },
    };
  }

  private listen(): void {
    new ResizeObserver(() => {
      const width = this.host.clientWidth;
      if (this.plot && width && width !== this.plot.width) this.plot.setSize({ width, height: HEIGHT });
    }).observe(this.host);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.host.addEventListener("keydown", (pressed) => this.key(pressed));
    for (const button of document.querySelectorAll<HTMLButtonElement>(".ranges button")) {
      button.addEventListener("click", () => this.span(Number(button.dataset["days"])));
    }
  }

  private extent(): [number, number] {
    const times = this.days?.values.time ?? [];
    return [times[0] ?? 0, (times.at(-1) ?? 0) + DAY_S];
  }

  private range(): [number, number] {
    const { min, max } = this.plot?.scales["x"] ?? {};
    return [min ?? 0, max ?? 1];
  }

  private span(days: number): void {
    const [first, last] = this.extent();
    this.zoom(days ? Math.max(first, last - days * DAY_S) : first, last);
  }

  private zoom(from: number, to: number): void {
    if (to > from) this.plot?.setScale("x", { min: from, max: to });
  }

  private key(pressed: KeyboardEvent): void {
    const [from, to] = this.range();
    const width = to - from;
    const by: Record<string, [number, number]> = {
      ArrowLeft: [-0.2, -0.2], ArrowRight: [0.2, 0.2], "+": [0.25, -0.25], "=": [0.25, -0.25], "-": [-0.5, 0.5],
    };
    if (pressed.key === "0") this.zoom(...this.extent());
    else {
      const move = by[pressed.key];
      if (!move || pressed.ctrlKey || pressed.metaKey) return;
      const [first, last] = this.extent();
      this.zoom(Math.max(first, from + move[0] * width), Math.min(last, to + move[1] * width));
    }
    pressed.preventDefault();
  }

  /** The view has moved: keep it in the address, and look closer where that is wanted. */
  private settle(): void {
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => void this.settled(), 200);
  }

  private async settled(): Promise<void> {
    const [from, to] = this.range();
    this.keepAddress(from, to);
    const mine = ++this.asked;
    if (this.station && to - from <= CLOSE_S) {
      const held = this.fine;
      const enough = held && held.from <= from && held.to >= to && (to - from) * 3 > held.to - held.from;
      if (!enough) {
        const more = (to - from) / 5; // on either side, for the next small move
        const view = await this.fetch(from - more, to + more);
        if (mine !== this.asked) return; // the view has moved on meanwhile
        if (view) this.fine = { from: from - more, to: to + more, view };
      }
    } else this.fine = null;
    const wanted = this.fine?.view ?? this.days;
    if (wanted && wanted !== this.shown) this.show(wanted);
    this.tell();
  }

  private show(view: MetricView): void {
    const { plot } = this;
    if (!plot) return;
    const [from, to] = this.range();
    this.shown = view;
    plot.batch(() => {
      plot.setData(table(view.values), false);
      plot.setScale("x", { min: from, max: to });
    });
    this.tell();
  }

  /** What is shown, in words: the text that stands for the picture. */
  private tell(): void {
    const view = this.shown;
    if (!view) return;
    const [from, to] = this.range();
    const { time, value, min, max } = view.values;
    let [n, low, high, last] = [0, Infinity, -Infinity, null as number | null];
    time.forEach((at, i) => {
      const here = value[i];
      if (at < from || at > to || here === null || here === undefined) return;
      [n, last] = [n + 1, here];
      low = Math.min(low, min?.[i] ?? here);
      high = Math.max(high, max?.[i] ?? here);
    });
    const kind = { raw: "single values", hour: "hours", day: "days" }[view.resolution];
    const where = document.querySelector("#resolution");
    if (where) where.textContent = this.station ? `${kind} at ${this.host.dataset["name"] ?? this.station}` : `${kind}, over all stations`;
    const cut = view.cut ? " Only the first 20,000 are shown: zoom in for the rest." : "";
    if (!n) return this.say(`Nothing was measured from ${day(from)} to ${day(to)}.`);
    this.say(`${n.toLocaleString("en")} ${kind} from ${day(from)} to ${day(to)}: ${withUnit(low, this.unit)} to ${withUnit(high, this.unit)}, at last ${withUnit(last, this.unit)}.${cut}`);
  }

  private say(text: string): void {
    const says = document.querySelector("#chartsays");
    if (says && says.textContent !== text) says.textContent = text;
  }

  private keepAddress(from: number, to: number): void {
    const [first, last] = this.extent();
    const whole = from <= first && to >= last - DAY_S;
    const query = (whole ? this.query() : this.query(from, to)).toString().replaceAll("%2F", "/").replaceAll("%3A", ":");
    const tail = query ? `?${query}` : "";
    history.replaceState(null, "", `${location.pathname}${tail}${location.hash}`);
    for (const form of ["json", "csv"]) {
      document.querySelector(`#as${form}`)?.setAttribute("href", `${location.pathname}.${form}${tail}`);
    }
    for (const button of document.querySelectorAll<HTMLButtonElement>(".ranges button")) {
      const days = Number(button.dataset["days"]);
      const pressed = days ? Math.abs(to - last) < DAY_S && Math.abs(to - from - days * DAY_S) < DAY_S : whole;
      button.setAttribute("aria-pressed", String(pressed));
    }
  }
}

/** The columns that uPlot draws, with a break wherever far more time passed than usual. */
function table(values: Values): Data {
  const usual = usualStep(values.time);
  const data: Data = [[], [], [], []];
  values.time.forEach((at, n) => {
    const before = values.time[n - 1];
    if (before !== undefined && at - before > GAP * usual) push(data, (at + before) / 2, null, null, null);
    push(data, at, values.value[n] ?? null, values.min?.[n] ?? null, values.max?.[n] ?? null);
  });
  return data;
}

function push(data: Data, ...row: [number, number | null, number | null, number | null]): void {
  row.forEach((value, n) => (data[n] as (number | null)[]).push(value));
}

function usualStep(times: number[]): number {
  const steps = times.slice(1).map((at, n) => at - (times[n] ?? at)).sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? DAY_S;
}
