// What went wrong on a page and how fast it came up, sent home once as it is left: POST /api/v1/browser-log.
const ADDRESS = "/api/v1/browser-log";
const MOST_ERRORS = 20;
const LONGEST = 2000;

interface Problem {
  message: string;
  source: string;
  line: number;
  column: number;
  stack: string;
}

const errors: Problem[] = [];
let largestPaint: number | null = null;
let firstPaint: number | null = null;
let shift = 0;
let longTasks = 0;
let longTasksMs = 0;
let sent = false;

const short = (text: unknown): string => String(text ?? "").slice(0, LONGEST);

function failed(message: unknown, stack: unknown, source = "", line = 0, column = 0): void {
  if (errors.length < MOST_ERRORS) errors.push({ message: short(message), source: short(source.split("?")[0]), line, column, stack: short(stack) });
}

addEventListener("error", (event) => failed(event.message, (event.error as Error | null)?.stack, event.filename, event.lineno, event.colno));
addEventListener("unhandledrejection", (event) => failed((event.reason as Error | null)?.message ?? event.reason, (event.reason as Error | null)?.stack));
addEventListener("securitypolicyviolation", (event) => failed(`blocked by the policy: ${event.violatedDirective}`, "", event.sourceFile, event.lineNumber));

function observe(type: string, take: (entry: PerformanceEntry) => void): void {
  if (!PerformanceObserver.supportedEntryTypes.includes(type)) return;
  new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
}
observe("largest-contentful-paint", (entry) => (largestPaint = entry.startTime));
observe("paint", (entry) => entry.name === "first-contentful-paint" && (firstPaint = entry.startTime));
observe("layout-shift", (entry) => {
  const moved = entry as PerformanceEntry & { value: number; hadRecentInput: boolean };
  if (!moved.hadRecentInput) shift += moved.value;
});
observe("longtask", (entry) => {
  longTasks++;
  longTasksMs += entry.duration;
});

function send(): void {
  if (sent || document.visibilityState !== "hidden") return;
  sent = true;
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const timings = {
    first_byte: navigation?.responseStart ?? null,
    loaded: navigation?.loadEventEnd || null,
    first_paint: firstPaint,
    largest_paint: largestPaint,
    long_tasks: longTasks,
    long_tasks_ms: longTasksMs,
    layout_shift: shift,
  };
  const body = JSON.stringify({ page: location.pathname, errors, timings });
  navigator.sendBeacon(ADDRESS, new Blob([body], { type: "application/json" }));
}
document.addEventListener("visibilitychange", send);
addEventListener("pagehide", send);
