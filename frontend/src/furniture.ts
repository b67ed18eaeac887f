// What stands on a map: zoom buttons, the legend, and the note under the pointer.
import { under } from "./rows";
import { icon, magnitudeRadius, svg } from "./symbols";
import { began } from "./times";
import type { HazardEvent } from "./types";
import type { WorldMap } from "./worldmap";

const NAMES: Record<string, string> = {
  EQ: "Earthquake", TC: "Cyclone", FL: "Flood", VO: "Volcano", WF: "Wildfire",
  DR: "Drought", TS: "Tsunami", LS: "Landslide", SW: "Severe weather", OT: "Other",
};
const ALERTS = ["NONE", "GREEN", "YELLOW", "ORANGE", "RED"];

function element(name: string, className = "", text = ""): HTMLElement {
  const found = document.createElement(name);
  if (className) found.className = className;
  if (text) found.textContent = text;
  return found;
}

export function addZoom(map: WorldMap, host: HTMLElement, home = { lon: Number.NaN, lat: 12 }): void {
  const box = element("div", "zoom");
  const actions: [string, string, () => void][] = [
    ["+", "Zoom in", () => map.zoomBy(1.8)],
    ["−", "Zoom out", () => map.zoomBy(1 / 1.8)],
    ["⤢", "Whole world", () => map.show({ lon: Number.isNaN(home.lon) ? map.current().lon : home.lon, lat: home.lat, scale: 1 })],
  ];
  for (const [sign, label, act] of actions) {
    const button = element("button", "", sign) as HTMLButtonElement;
    button.type = "button";
    button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    box.append(button);
  }
  host.append(box);
}

export function addLegend(host: HTMLElement): void {
  const legend = element("details", "legend") as HTMLDetailsElement;
  legend.open = host.clientWidth > 700;
  const body = element("div", "body");
  legend.append(element("summary", "", "Legend"), body);
  const types = element("ul");
  for (const [code, name] of Object.entries(NAMES)) types.append(item(icon(code, null), name));
  const alerts = element("ul");
  for (const level of ALERTS) alerts.append(item(icon("EQ", level), level === "NONE" ? "no alert" : level.toLowerCase()));
  const sizes = element("ul", "sizes");
  for (const magnitude of [3, 5, 6, 7, 8]) sizes.append(item(disc(magnitudeRadius(magnitude)), `M${magnitude}`));
  body.append(types, alerts, sizes);
  host.append(legend, element("span", "credit", "Outlines: Natural Earth"));
}

function item(sign: SVGElement, name: string): HTMLElement {
  const found = element("li");
  found.append(sign, name);
  return found;
}

function disc(r: number): SVGElement {
  const found = svg("svg", { width: 2 * r + 2, height: 2 * r + 2, "aria-hidden": "true" });
  found.append(svg("circle", { cx: r + 1, cy: r + 1, r }));
  return found;
}

/** The note under the pointer; text only, since titles come from strangers. */
export class Tip {
  private readonly box = element("div", "tip");

  constructor(private readonly host: HTMLElement) {
    this.box.hidden = true;
    host.append(this.box);
  }

  show(event: HazardEvent, [x, y]: [number, number]): void {
    const magnitude = event.magnitude === null ? "" : `M ${event.magnitude.toFixed(1)} · `;
    const alert = event.alert ? ` · ${event.alert.toLowerCase()}` : "";
    this.say(event.title, `${magnitude}${began(event)}${alert} · ${under(event)}`, x, y);
  }

  say(heading: string, text: string, x: number, y: number): void {
    this.box.replaceChildren(element("b", "", heading), text);
    this.box.hidden = false;
    const left = Math.min(x + 14, this.host.clientWidth - this.box.offsetWidth - 8);
    const top = y + 14 + this.box.offsetHeight > this.host.clientHeight ? y - this.box.offsetHeight - 12 : y + 14;
    this.box.style.left = `${Math.max(8, left)}px`;
    this.box.style.top = `${Math.max(8, top)}px`;
  }

  hide(): void {
    this.box.hidden = true;
  }
}
