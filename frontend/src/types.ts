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
