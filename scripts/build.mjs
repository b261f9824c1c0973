/**
 * `npm run build`: bundles the sources into dist/. What is built is the list below and nothing else:
 *
 * - `dist/redpoll.js`, the executable: takes what redis-server takes, needs Node 20 or newer and nothing beside it;
 * - `dist/index*.js`, the library, once a runtime: package.json `exports` picks by condition, as `#runtime` does in
 *   the sources.
 *
 * `--types` also writes the declarations of the library (`dist/types`), which takes the TypeScript compiler and so
 * some seconds: npm asks for it before it packs, nobody else waits for it.
 */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installIfNeeded, packageBin, root, run, userNode } from "./setup.mjs";

const bundles = [
  { from: "runtime/node/main.ts", to: "dist/redpoll.js", executable: true },
  { from: "mod.ts", to: "dist/index.js" },
  { from: "mod.ts", to: "dist/index.deno.js", condition: "deno" },
  { from: "mod.ts", to: "dist/index.bun.js", condition: "bun" },
];

/** @returns whether everything could be built; what stands in the way has been printed. */
export async function build() {
  const { build: bundle, stop } = await import("esbuild");
  // Both need packages, which a fresh clone has not got when this file is read.
  const { inlineConstants } = await import("./inline-constants.mjs");
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const licence = `/* Redpoll ${version} | MIT licence | Redpoll contributors */`;
  try {
    for (const { from, to, executable = false, condition } of bundles) {
      const { outputFiles } = await bundle({
        absWorkingDir: root,
        entryPoints: [from],
        outfile: to,
        write: false,
        bundle: true,
        format: "esm",
        platform: "node",
        target: "node20",
        charset: "utf8",
        conditions: condition === undefined ? [] : [condition],
        external: ["bun"],
        sourcemap: true,
        plugins: [inlineConstants],
        banner: { js: executable ? `#!/usr/bin/env node\n${licence}` : licence },
        logLevel: "warning",
      });
      for (const { path, contents } of outputFiles)
        await replaceFile(path, contents, executable && path.endsWith(".js") ? 0o755 : 0o644);
    }
    return true;
  } catch (error) {
    if (error.errors === undefined) throw error; // Not about the sources: those esbuild has printed itself.
    return false;
  } finally {
    await stop();
  }
}

/** In one step, so that a server which is being started meanwhile reads the old bundle or the new one. */
async function replaceFile(path, contents, mode) {
  await mkdir(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}.tmp`;
  await writeFile(fresh, contents, { mode });
  await rename(fresh, path);
}

/** Declarations keep their `.ts` imports: TypeScript resolves `./x.ts` to `./x.d.ts` beside it. */
async function writeTypes() {
  await rm(join(root, "dist", "types"), { recursive: true, force: true });
  const { code, output } = await run(userNode, [packageBin("typescript", "tsc"), "--project", "tsconfig.build.json"]);
  if (code !== 0) console.error(output);
  return code === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await installIfNeeded();
  const built = (await build()) && (!process.argv.includes("--types") || (await writeTypes()));
  if (!built) process.exitCode = 1;
}
