// On every page: the switch between UTC and local time, and relative times that keep moving, and the log.
import "./report";
import { keepZone, paint, speed, zone } from "./times";

const button = document.querySelector<HTMLButtonElement>("#zone");

function show(): void {
  const local = zone() === "local";
  if (button) {
    button.textContent = local ? "Local" : "UTC";
    button.setAttribute("aria-pressed", String(local));
  }
  paint();
}

button?.addEventListener("click", () => {
  keepZone(zone() === "local" ? "utc" : "local");
  show();
});
show();
setInterval(paint, 10_000 / Math.min(10, Math.max(1, speed)));
