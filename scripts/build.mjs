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
import { chmod, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageBin, root, run, userNode } from "./setup.mjs";

const bundles = [
  { from: "runtime/node/main.ts", to: "dist/redpoll.js", executable: true },
  { from: "mod.ts", to: "dist/index.js" },
  { from: "mod.ts", to: "dist/index.deno.js", condition: "deno" },
  { from: "mod.ts", to: "dist/index.bun.js", condition: "bun" },
];

export async function build() {
  const { build: bundle, stop } = await import("esbuild");
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const licence = `/* Redpoll ${version} | MIT licence | Redpoll contributors */`;
  await Promise.all(
    bundles.map(async ({ from, to, executable = false, condition }) => {
      await bundle({
        absWorkingDir: root,
        entryPoints: [from],
        outfile: to,
        bundle: true,
        format: "esm",
        platform: "node",
        target: "node20",
        charset: "utf8",
        conditions: condition === undefined ? [] : [condition],
        external: ["bun"],
        sourcemap: true,
        banner: { js: executable ? `#!/usr/bin/env node\n${licence}` : licence },
        logLevel: "warning",
      });
      if (executable) await chmod(join(root, to), 0o755);
    }),
  );
  await stop();
}

/** Declarations keep their `.ts` imports: TypeScript resolves `./x.ts` to `./x.d.ts` beside it. */
async function writeTypes() {
  await rm(join(root, "dist", "types"), { recursive: true, force: true });
  const { code, output } = await run(userNode, [packageBin("typescript", "tsc"), "--project", "tsconfig.build.json"]);
  if (code !== 0) throw new Error(output);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build();
  if (process.argv.includes("--types")) await writeTypes();
}
