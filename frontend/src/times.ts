// Times as the reader wants them: UTC or the browser's own zone, kept from visit to visit.

import type { HazardEvent } from "./types";

const KEY = "terraloom.zone";

/** Now by the record's clock, which the page came with: a simulated planet's runs ahead of ours. */
const clock = document.querySelector<HTMLMetaElement>('meta[name="clock"]');
const opened = performance.timeOrigin + performance.now();
export const speed = Number(clock?.dataset["speed"] ?? 1);
export function now(): number {
  const ours = performance.timeOrigin + performance.now();
  return clock ? Date.parse(clock.content) + (ours - opened) * speed : ours;
}
export type Zone = "utc" | "local";

export function zone(): Zone {
  try {
    return localStorage.getItem(KEY) === "local" ? "local" : "utc";
  } catch {
    return "utc"; // storage may be forbidden; the choice then lasts as long as the page
  }
}

export function keepZone(chosen: Zone): void {
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // see zone()
  }
}

export function full(at: Date, inZone: Zone): string {
  if (inZone === "utc") return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const offset = -at.getTimezoneOffset();
  const shifted = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, 19).replace("T", " ");
  const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, "0");
  const minutes = String(Math.abs(offset) % 60).padStart(2, "0");
  return `${shifted} UTC${offset < 0 ? "−" : "+"}${hours}:${minutes}`;
}

export function ago(at: Date, since: number): string {
  const seconds = (since - at.getTime()) / 1000;
  const size = Math.abs(seconds);
  const text =
    size < 60 ? `${Math.round(size)} s`
    : size < 5400 ? `${Math.round(size / 60)} min`
    : size < 129_600 ? `${Math.round(size / 3600)} h`
    : size < 6.3e7 ? `${Math.round(size / 86_400)} d`
    : `${Math.round(size / 31_557_600)} years`;
  return seconds < -1 ? `in ${text}` : `${text} ago`;
}

/** When an event began, as long ago as it is; the year where no calendar of ours reaches. */
export function began(event: HazardEvent): string {
  const year = event.onset_year;
  if (year === null) return ago(new Date(event.onset), now());
  return year < 0 ? `${-year} BCE` : `year ${year}`;
}

/** Write every `<time>` under `root` as the reader wants it; the exact time stays in its title. */
export function paint(root: ParentNode = document): void {
  const inZone = zone();
  const present = now();
  for (const element of root.querySelectorAll("time")) {
    const at = new Date(element.dateTime);
    const exact = full(at, inZone);
    const text = element.dataset["kind"] === "ago" ? ago(at, present) : exact;
    if (element.textContent !== text) element.textContent = text;
    element.title = exact;
  }
}
