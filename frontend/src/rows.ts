// Rows of the list, the same as the server writes them (templates/symbols.html). Text is only ever text.
import { icon } from "./symbols";
import { began } from "./times";
import type { HazardEvent } from "./types";

function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className = "",
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

export function under(event: HazardEvent): string {
  const near = event.place
    ? `${(event.distance_km ?? 0).toFixed(0)} km ${event.bearing} of ${event.place}, ${event.country}`
    : "";
  return [near, event.agencies.join(" ")].filter(Boolean).join(" · ");
}

export function row(event: HazardEvent): HTMLLIElement {
  const mark = make("span", "mark");
  if (event.magnitude !== null) mark.append(make("b", "", event.magnitude.toFixed(1)));
  mark.append(icon(event.event_type, event.alert));
  const when = make("span", "when", event.onset_year === null ? since(event.onset) : began(event));
  if (event.alert && event.alert !== "GREEN") when.append(make("span", `tag a-${event.alert}`, event.alert));
  const words = make("div", "told", make("h2", "", event.title), make("div", "meta", under(event)));
  const link = make("a", "", mark, words, when);
  link.href = `/events/${encodeURIComponent(event.id)}`;
  const item = make("li", `row a-${event.alert ?? "NONE"}`, link);
  item.dataset["id"] = event.id;
  return item;
}

/** How long ago, to be painted with all other times. */
function since(onset: string): HTMLTimeElement {
  const time = make("time");
  time.dateTime = onset;
  time.dataset["kind"] = "ago";
  return time;
}

export function note(className: string, heading: string, text = ""): HTMLLIElement {
  return make("li", className, ...(text ? [make("strong", "", heading), text] : [heading]));
}
