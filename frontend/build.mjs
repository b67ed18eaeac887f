// Bundles the islands, the fonts and the outlines of land into the package's static folder.
import { build } from "esbuild";
import { copyFile, mkdir, rm } from "node:fs/promises";

const out = new URL("../src/terraloom/serve/static/build/", import.meta.url);
const packages = new URL("node_modules/", import.meta.url);

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await build({
  entryPoints: [
    ...["home", "event", "doubtful", "metric", "timeline", "places", "backfill", "page"].map((name) => `src/${name}.ts`),
    "src/fonts.css",
    "src/chart.css",
  ],
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  sourcemap: true,
  loader: { ".woff2": "file", ".woff": "empty" },
  assetNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  outdir: out.pathname,
  logLevel: "warning",
});
for (const name of ["land-110m.json", "countries-50m.json"]) {
  await copyFile(new URL(`world-atlas/${name}`, packages), new URL(name, out));
}
