// Symbols of events: shape by type, colour by alert, size by magnitude. Shapes come with the page.
import type { HazardEvent } from "./types";

const SVG = "http://www.w3.org/2000/svg";
const ALERT_RADIUS: Record<string, number> = { RED: 12, ORANGE: 10.5, YELLOW: 9 };

export function svg<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Record<string, string | number> = {},
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** The outline of a type's symbol, about 10 units in radius. */
export function shape(type: string): string {
  const symbol = document.querySelector(`#s-${CSS.escape(type)} path`) ?? document.querySelector("#s-OT path");
  return symbol?.getAttribute("d") ?? "";
}

/** Radius on the map, px: of an earthquake by magnitude (×1.42 per unit), of others by alert. */
export function radius(event: HazardEvent): number {
  if (event.event_type === "EQ") return magnitudeRadius(event.magnitude ?? 3);
  return ALERT_RADIUS[event.alert ?? ""] ?? 8;
}

export function magnitudeRadius(magnitude: number): number {
  return Math.min(30, Math.max(2.6, 3 * 1.42 ** (magnitude - 2)));
}

export function alertClass(event: HazardEvent): string {
  return `a-${event.alert ?? "NONE"}`;
}

/** A symbol as it stands in rows and legends. */
export function icon(type: string, alert: string | null): SVGSVGElement {
  const found = svg("svg", { class: `sym a-${alert ?? "NONE"}`, viewBox: "-12 -12 24 24", "aria-hidden": "true" });
  found.append(svg("path", { d: shape(type) }));
  return found;
}
