// Measured values as the server writes them (serve/figures.py).
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const LARGE: [number, string][] = [[1e12, "trillion"], [1e9, "billion"], [1e6, "million"]];

export function measured(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-3)) {
    const [digits = "0", power = "0"] = value.toExponential(2).split("e");
    const raised = String(Math.abs(Number(power))).replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)] ?? "");
    return minus(`${Number(digits)} × 10${Number(power) < 0 ? "⁻" : ""}${raised}`);
  }
  for (const [least, name] of LARGE) {
    if (size >= least) return minus(`${Number((value / least).toFixed(2)).toLocaleString("en")} ${name}`);
  }
  if (size >= 1000) return minus(Math.round(value).toLocaleString("en"));
  return minus(String(Number(value.toPrecision(4))));
}

export function withUnit(value: number | null | undefined, unit: string): string {
  return unit && value !== null && value !== undefined ? `${measured(value)} ${unit}` : measured(value);
}

/** How many: in full up to 9,999, then to three digits. */
export function count(value: number): string {
  for (const [least, sign, by] of [[1e9, "B", 1e9], [1e6, "M", 1e6], [1e4, "k", 1e3]] as const) {
    if (value >= least) return `${Number((value / by).toPrecision(3)).toLocaleString("en")}${sign}`;
  }
  return value.toLocaleString("en");
}

export const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);
export const minute = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");

function minus(text: string): string {
  return text.replace("-", "−");
}
