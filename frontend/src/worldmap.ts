// A map of the world without a tile server: land on a canvas, events above it as SVG.
//
// Miller's cylindrical projection: a view is a box of longitudes and latitudes, as the API filters them,
// and the poles stay in sight. The world repeats sideways, so that the dateline is no edge.
import { geoGraticule10, geoPath, geoProjection, type GeoProjection, type GeoRawProjection } from "d3-geo";
import { select } from "d3-selection";
import { zoom, zoomIdentity, type D3ZoomEvent, type ZoomBehavior, type ZoomTransform } from "d3-zoom";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { svg } from "./symbols";

export interface Bounds {
  west: number;
  south: number;
  east: number;
  north: number;
  whole: boolean; // every longitude is in view
}
export interface View {
  lon: number;
  lat: number;
  scale: number; // 1 = the world as wide as the map
}

const WIDTH = 1000; // the world in map units
const MAX_LAT = 84;
const MIN_LAT = -80;

const miller: GeoRawProjection = (lambda, phi) => [lambda, 1.25 * Math.log(Math.tan(Math.PI / 4 + 0.4 * phi))];
miller.invert = (x, y) => [x, 2.5 * Math.atan(Math.exp(0.8 * y)) - 0.625 * Math.PI];

interface Outlines {
  land: Path2D | null;
  borders: Path2D | null;
}

const flat = geoProjection(miller).scale(WIDTH / (2 * Math.PI)).translate([0, 0]).precision(0.1);
const outlines = new Map<string, Promise<Outlines>>();

/** The land of a file as paths in map units, read once however many maps a page has. */
function read(name: string): Promise<Outlines> {
  const known = outlines.get(name) ?? trace(name);
  outlines.set(name, known);
  return known;
}

async function trace(name: string): Promise<Outlines> {
  const reply = await fetch(new URL(name, import.meta.url));
  if (!reply.ok) throw new Error(`${name}: HTTP ${reply.status}`);
  const topology = (await reply.json()) as Topology<Record<string, GeometryCollection>>;
  const path = geoPath(flat);
  const { land, countries } = topology.objects;
  return {
    land: land ? new Path2D(path(feature(topology, land)) ?? "") : null,
    borders: countries ? new Path2D(path(mesh(topology, countries, (a, b) => a !== b)) ?? "") : null,
  };
}

export class WorldMap {
  readonly over = svg("svg", { class: "over", role: "presentation" });
  readonly shapes = svg("g");
  readonly marks = svg("g");
  onmove: () => void = () => {};
  /** Draws above the land and below the events, in px of the host. */
  onpaint: (context: CanvasRenderingContext2D) => void = () => {};
  private readonly canvas = document.createElement("canvas");
  private readonly projection: GeoProjection;
  private readonly zooming: ZoomBehavior<SVGSVGElement, unknown>;
  private land: Path2D | null = null;
  private borders: Path2D | null = null;
  private graticule: Path2D;
  private view: ZoomTransform = zoomIdentity;
  private width = 1;
  private height = 1;
  private drawn = 0;

  constructor(private readonly host: HTMLElement, initial: View = { lon: 150, lat: 12, scale: 1 }) {
    this.projection = flat;
    this.graticule = new Path2D(geoPath(this.projection)(geoGraticule10()) ?? "");
    this.over.append(this.shapes, this.marks);
    host.prepend(this.canvas, this.over);
    this.zooming = zoom<SVGSVGElement, unknown>()
      .scaleExtent([0.4, 400])
      .on("zoom", (event: D3ZoomEvent<SVGSVGElement, unknown>) => this.moved(event.transform));
    this.measure();
    select(this.over).call(this.zooming).on("dblclick.zoom", null);
    this.show(initial);
    new ResizeObserver(() => this.resized()).observe(host);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.schedule());
    void this.load("land-110m.json", false).then(() => this.load("countries-50m.json", true));
  }

  /** Where a place stands, in px of the host, in the copy of the world nearest to the middle. */
  place(lon: number, lat: number): [number, number] {
    const [x, y] = this.flat(lon, lat);
    const middle = this.view.invertX(this.width / 2);
    const copies = Math.round((middle - x) / WIDTH);
    return [this.view.applyX(x + copies * WIDTH), this.view.applyY(y)];
  }

  /** Lines and areas of a GeoJSON geometry, in map units of the copy nearest to `lon`. */
  outline(geometry: GeoJSON.Geometry): string {
    return geoPath(this.projection)(geometry) ?? "";
  }

  /** The transform that puts an `outline` where it belongs now. */
  outlineTransform(): string {
    const middle = this.view.invertX(this.width / 2);
    const copies = Math.round(middle / WIDTH);
    return `translate(${this.view.applyX(copies * WIDTH)},${this.view.y}) scale(${this.view.k})`;
  }

  bounds(): Bounds {
    const [west, north] = this.unflat(this.view.invertX(0), this.view.invertY(0));
    const [east, south] = this.unflat(this.view.invertX(this.width), this.view.invertY(this.height));
    return { west, south, east, north, whole: this.width / this.view.k >= WIDTH };
  }

  current(): View {
    const [lon, lat] = this.unflat(this.view.invertX(this.width / 2), this.view.invertY(this.height / 2));
    return { lon, lat, scale: this.view.k / this.fit() };
  }

  show(view: View): void {
    const k = this.fit() * view.scale;
    const [x, y] = this.flat(view.lon, view.lat);
    this.zooming.transform(
      select(this.over),
      zoomIdentity.translate(this.width / 2, this.height / 2).scale(k).translate(-x, -y),
    );
  }

  zoomBy(factor: number): void {
    this.zooming.scaleBy(select(this.over), factor);
  }

  private fit(): number {
    return Math.max(this.width / WIDTH, this.height / this.worldHeight());
  }

  private worldHeight(): number {
    return this.flat(0, MIN_LAT)[1] - this.flat(0, MAX_LAT)[1];
  }

  private flat(lon: number, lat: number): [number, number] {
    return this.projection([lon, lat]) ?? [0, 0];
  }

  private unflat(x: number, y: number): [number, number] {
    const wrapped = ((((x + WIDTH / 2) % WIDTH) + WIDTH) % WIDTH) - WIDTH / 2;
    const found = this.projection.invert?.([wrapped, y]) ?? [0, 0];
    return [found[0], Math.max(-90, Math.min(90, found[1]))];
  }

  private async load(name: string, detailed: boolean): Promise<void> {
    const { land, borders } = await read(name);
    this.land = land ?? this.land;
    if (detailed) this.borders = borders;
    this.schedule();
  }

  private measure(): void {
    this.width = Math.max(1, this.host.clientWidth);
    this.height = Math.max(1, this.host.clientHeight);
  }

  private resized(): void {
    const view = this.current();
    this.measure();
    this.show({ ...view, scale: Math.max(1, view.scale) });
  }

  /** Keep the poles out of the margins: the map never shows more than there is. */
  private moved(wanted: ZoomTransform): void {
    const k = Math.max(wanted.k, this.fit());
    const top = -this.flat(0, MAX_LAT)[1] * k;
    const bottom = this.height - this.flat(0, MIN_LAT)[1] * k;
    const y = Math.min(top, Math.max(bottom, wanted.y));
    this.view = zoomIdentity.translate(wanted.x, y).scale(k);
    if (k !== wanted.k || y !== wanted.y) Object.assign(this.over, { __zoom: this.view });
    this.schedule();
    this.onmove();
  }

  /** Draw again at the next frame. */
  schedule(): void {
    cancelAnimationFrame(this.drawn);
    this.drawn = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    const ratio = devicePixelRatio || 1;
    if (this.canvas.width !== this.width * ratio || this.canvas.height !== this.height * ratio) {
      this.canvas.width = this.width * ratio;
      this.canvas.height = this.height * ratio;
    }
    const context = this.canvas.getContext("2d");
    if (!context) return; // no canvas: events and list still work
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const first = Math.floor((this.view.invertX(0) + WIDTH / 2) / WIDTH);
    const last = Math.floor((this.view.invertX(this.width) + WIDTH / 2) / WIDTH);
    for (let copy = first; copy <= last; copy++) {
      const k = this.view.k * ratio;
      context.setTransform(k, 0, 0, k, this.view.applyX(copy * WIDTH) * ratio, this.view.y * ratio);
      this.stroke(context, this.graticule, colour("--border"), 0.8);
      if (!this.land) continue;
      context.fillStyle = colour("--land");
      context.fill(this.land);
      this.stroke(context, this.land, colour("--coast"), 0.7);
      if (this.borders && this.view.k > 1.2) this.stroke(context, this.borders, colour("--sea"), 0.8);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.onpaint(context);
  }

  /** The place under a point of the host, px. */
  at(x: number, y: number): [number, number] {
    return this.unflat(this.view.invertX(x), this.view.invertY(y));
  }

  private stroke(context: CanvasRenderingContext2D, path: Path2D, colour: string, px: number): void {
    context.strokeStyle = colour;
    context.lineWidth = px / this.view.k;
    context.stroke(path);
  }
}
