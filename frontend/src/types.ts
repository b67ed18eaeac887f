// The rows of the API that the islands use; the API's own description is /api/v1/openapi.json.

export type Alert = "GREEN" | "YELLOW" | "ORANGE" | "RED";

export interface HazardEvent {
  id: string;
  event_type: string;
  title: string;
  state: "current" | "retracted" | "merged";
  lon: number | null; // degrees east
  lat: number | null; // degrees north
  onset: string;
  onset_year: number | null; // where it began before year 1: -4040 = 4040 BCE
  updated_at: string;
  valid_until: string | null;
  magnitude: number | null;
  alert: Alert | null;
  agencies: string[];
  place: string | null;
  country: string | null;
  distance_km: number | null;
  bearing: string | null;
  description: string;
}

export interface EventPage {
  events: HazardEvent[];
  next: string | null;
  matched: number | null;
  more_than_counted: boolean;
}

export interface Change {
  type: "change";
  seq: number;
  change: string;
  event: HazardEvent | null;
}

export interface Report {
  agency: string;
  canonical_id: string;
  lon: number | null;
  lat: number | null;
  distance_km: number | null;
  versions: { lon: number | null; lat: number | null }[];
}

export interface Story {
  event: HazardEvent;
  geometry: GeoJSON.Geometry | null;
  reports: Report[];
  sequence: { event_id: string }[];
}

export interface Observed {
  type: "observed";
  source: string;
}

/** The newest values of a metric's stations, as columns of equal length. */
export interface Newest {
  metric: string;
  total: number;
  placeless: number;
  stations: {
    id: string[];
    title: string[];
    lon: (number | null)[];
    lat: (number | null)[];
    value: number[];
    time: number[]; // s since 1970
  };
}

/** Values of a view as columns; min, max and n only where a value stands for several. */
export interface Values {
  time: number[]; // s since 1970
  value: (number | null)[];
  min?: number[];
  max?: number[];
  n?: number[];
}

export interface MetricView {
  metric: { id: string; sources: string[] };
  station: string;
  resolution: "raw" | "hour" | "day";
  cut: boolean;
  values: Values;
}

export interface Strip {
  metric: string;
  title: string;
  values: (number | null)[];
  low: number;
  high: number;
}

export interface StrongEvent {
  id: string;
  event_type: string;
  title: string;
  onset: string;
  magnitude: number | null;
  alert: Alert | null;
}

export interface TimelineView {
  from: string;
  to: string;
  step: number; // days that one value stands for
  lines: Strip[];
  events: StrongEvent[];
  more_events: boolean;
}
