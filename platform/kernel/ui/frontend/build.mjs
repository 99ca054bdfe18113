// Bundles the scripts and compiles the styles into REMPART_BUNDLE_DIR.
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.env.REMPART_BUNDLE_DIR ?? join(here, "../../../../.run/bundle"));
const target = ["chrome109", "firefox115", "safari16.4"];
// Bootstrap is still written for the older module system of Sass.
const silenceDeprecations = ["import", "global-builtin", "color-functions", "if-function"];

const common = { bundle: true, minify: true, target, legalComments: "none", logLevel: "warning" };

await mkdir(out, { recursive: true });
await Promise.all([
  esbuild.build({
    ...common,
    entryPoints: [join(here, "src/app.ts")],
    outfile: join(out, "app.js"),
    format: "esm",
  }),
  esbuild.build({
    ...common,
    entryPoints: [join(here, "src/theme.ts")],
    outfile: join(out, "theme.js"),
    format: "iife",
  }),
  copyFile(join(here, "src/mark.svg"), join(out, "mark.svg")),
  ...["DejaVuSans", "DejaVuSans-Bold"].map(font),
  styles(),
]);

/** For the pages of exports, which the worker writes. */
async function font(name) {
  await mkdir(join(out, "fonts"), { recursive: true });
  const file = join(here, "node_modules/dejavu-fonts-ttf/ttf", `${name}.ttf`);
  await copyFile(file, join(out, "fonts", `${name}.ttf`));
}

async function styles() {
  const { css } = sass.compile(join(here, "src/styles/app.scss"), {
    loadPaths: [join(here, "node_modules")],
    quietDeps: true,
    silenceDeprecations,
  });
  const { code } = await esbuild.transform(css, { loader: "css", minify: true, target });
  await writeFile(join(out, "app.css"), code);
}
