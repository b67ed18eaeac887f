// What changed in the last hour: counted and listed as it happens, and asked for again now and then.
import { count } from "./figures";
import { note } from "./rows";
import { steady } from "./steady";
import { icon } from "./symbols";
import { now, paint } from "./times";
import type { Change, HazardEvent } from "./types";

interface Hour {
  changes: number;
  at_least: boolean;
  counts: Record<string, number>;
  observed: number;
  headlines: { name: string; value: string }[];
  newest: { change: string; at: string; event_id: string; event: HazardEvent | null }[];
}

const LISTED = 40;
const AGAIN_MS = 60_000;
const put = (selector: string, text: string): void => {
  const element = document.querySelector(selector);
  if (element && element.textContent !== text) element.textContent = text;
};

export async function renew(): Promise<void> {
  const reply = await fetch("/hour.json");
  if (reply.ok) show((await reply.json()) as Hour); // else what is shown stays
}

let later = 0;
/** Something has changed: the counts follow within a second, however much comes at once. */
export function stir(): void {
  if (later) return;
  later = window.setTimeout(() => {
    later = 0;
    void renew();
  }, 1000);
}
setInterval(stir, AGAIN_MS);

/** One change as it comes, before the counts do. */
export function happened(change: Change): void {
  const list = document.querySelector("#hourlist");
  if (!list || !change.event) return;
  const row = line(change.change, change.event, new Date(now()).toISOString());
  const box = list.closest<HTMLElement>(".rows");
  list.querySelector(".empty")?.remove();
  if (box) steady(box, list, () => list.prepend(row));
  while (list.children.length > LISTED) list.lastElementChild?.remove();
  paint(list);
  stir();
}

function show(hour: Hour): void {
  const more = hour.at_least ? "+" : "";
  for (const { name, value } of hour.headlines) put(`#pulse [data-stat="${CSS.escape(name)}"]`, value);
  put("#hourcount", `${hour.changes.toLocaleString("en")}${more}`);
  put("#hourvalues", count(hour.observed));
  put("#hoursays", `${hour.changes.toLocaleString("en")}${more} ${hour.changes === 1 ? "change" : "changes"} in the last hour`);
  const parts = Object.entries(hour.counts).map(([name, n]) => `${n} ${name}`);
  put("#hourwords", parts.join(", ") || "No event changed.");
  const list = document.querySelector("#hourlist");
  const rows = hour.newest.flatMap((one) => (one.event ? [line(one.change, one.event, one.at)] : []));
  const box = list?.closest<HTMLElement>(".rows");
  if (box && box.scrollTop > 5) return; // someone reads further down: the list waits
  list?.replaceChildren(...(rows.length ? rows : [note("empty", "A quiet hour", "No event was created, changed or withdrawn.")]));
  if (list) paint(list);
}

function line(change: string, event: HazardEvent, at: string): HTMLLIElement {
  const make = (name: string, className: string, ...children: (Node | string)[]): HTMLElement => {
    const element = document.createElement(name);
    element.className = className;
    element.append(...children);
    return element;
  };
  const time = document.createElement("time");
  time.dateTime = at;
  time.dataset["kind"] = "ago";
  const size = event.magnitude === null ? "" : ` · M ${event.magnitude.toFixed(1)}`;
  const link = document.createElement("a");
  link.href = `/events/${encodeURIComponent(event.id)}`;
  link.append(
    make("span", "mark", icon(event.event_type, event.alert)),
    make("div", "told", make("div", "h", event.title), make("div", "meta", `${change}${size}`)),
    make("span", "when", time),
  );
  const item = document.createElement("li");
  item.className = "row change";
  item.append(link);
  return item;
}
