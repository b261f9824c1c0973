/**
 * `npm run build`: bundles the sources into dist/. What is built is the list below and nothing else:
 *
 * - `dist/redpoll.js`, the executable: takes what redis-server takes, needs Node 20 or newer, Bun or Deno, and the
 *   bundles beside it, one a runtime: `redpoll.node.cjs`, `redpoll.bun.js`, `redpoll.deno.js`;
 * - what Node and Bun would otherwise compile at every start, compiled: a `.cache` for the Node that runs this,
 *   `redpoll.bun.js.jsc` for the installed Bun; others do without;
 * - `dist/index*.js`, the library, once a runtime: package.json `exports` picks by condition, as `#runtime` does in
 *   the sources.
 *
 * `--types` also writes the declarations of the library (`dist/types`), which takes the TypeScript compiler and so
 * some seconds: npm asks for it before it packs, nobody else waits for it.
 */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installIfNeeded, packageBin, root, run, userNode } from "./setup.mjs";

const bundles = [
  { from: "runtime/launcher.ts", to: "dist/redpoll.js", executable: true },
  { from: "runtime/node/main.ts", to: "dist/redpoll.node.cjs" },
  { from: "runtime/bun/main.ts", to: "dist/redpoll.bun.js", compile: compileOnBun },
  { from: "runtime/deno/main.ts", to: "dist/redpoll.deno.js" },
  { from: "mod.ts", to: "dist/index.js" },
  { from: "mod.ts", to: "dist/index.deno.js", condition: "deno" },
  { from: "mod.ts", to: "dist/index.bun.js", condition: "bun" },
];

/** @returns whether everything could be built; what stands in the way has been printed. */
export async function build() {
  const { stop } = await import("esbuild");
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const licence = `/* Redpoll ${version} | MIT licence | Redpoll contributors */`;
  const scratch = await mkdtemp(join(tmpdir(), "redpoll-build-"));
  try {
    await Promise.all(
      bundles.map(async ({ from, to, executable = false, condition, compile = async (files) => files }) => {
        const banner = executable ? `#!/usr/bin/env node\n${licence}` : licence;
        const files = await compile(await bundle(from, to, condition, banner), scratch);
        for (const { path, contents } of files)
          await replaceFile(path, contents, executable && path.endsWith(".js") ? 0o755 : 0o644);
      }),
    );
    await writeCodeCache(scratch);
    return true;
  } catch (error) {
    if (error.errors === undefined) throw error; // Not about the sources: those esbuild has printed itself.
    return false;
  } finally {
    await stop();
    await rm(scratch, { recursive: true });
  }
}

/** @returns the files that esbuild makes of a source and what it imports, not written yet. */
async function bundle(from, to, condition, banner) {
  // Both need packages, which a fresh clone has not got when this file is read.
  const { build } = await import("esbuild");
  const { inlineConstants } = await import("./inline-constants.mjs");
  const isCommon = to.endsWith(".cjs");
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [from],
    outfile: to,
    write: false,
    bundle: true,
    format: isCommon ? "cjs" : "esm",
    // There it is a file name, which does for what it is used for: to begin a search for modules.
    define: isCommon ? { "import.meta.url": "__filename" } : {},
    platform: "node",
    target: "node20",
    charset: isCommon ? "ascii" : "utf8",
    conditions: condition === undefined ? [] : [condition],
    external: ["bun"],
    sourcemap: true,
    plugins: [inlineConstants],
    banner: { js: banner },
    logLevel: "warning",
  });
  return outputFiles;
}

/** The one that is not a source map. */
const scriptOf = (files) => files.find(({ path }) => !path.endsWith(".map"));

/** Compiles a bundle for the installed Bun; without one it stays as it is. The source map would fit no longer. */
async function compileOnBun(files, scratch) {
  const bun = join(root, "node_modules", ".bin", "bun");
  if (!existsSync(bun)) return files;
  const { path, contents } = scriptOf(files);
  const from = join(scratch, "redpoll.bun.js");
  const to = join(scratch, "compiled");
  await writeFile(from, contents);
  const { code, output } = await run(bun, [
    ...["build", "--target=bun", "--format=cjs", "--bytecode", "--external=bun", `--outdir=${to}`],
    ...["--entry-naming=[name].[ext]", from],
  ]);
  if (code !== 0) throw new Error(`bun build: ${output}`);
  const read = async (extension) => ({
    path: path + extension,
    contents: await readFile(join(to, `redpoll.bun.js${extension}`)),
  });
  return [await read(".jsc"), await read("")];
}

/**
 * Has the user's Node start the bundle for it, on a socket in a scratch folder, and keep what it has compiled by then.
 * A start is quicker with it and works without.
 */
async function writeCodeCache(scratch) {
  const old = (await readdir(join(root, "dist"))).filter((name) => name.endsWith(".cache"));
  await Promise.all(old.map((name) => rm(join(root, "dist", name), { force: true })));
  const writer = scriptOf(await bundle("runtime/node/write_code_cache.ts", "write-code-cache.mjs", undefined, ""));
  const script = join(scratch, "write-code-cache.mjs");
  await writeFile(script, writer.contents);
  const server = join(root, "dist", "redpoll.node.cjs");
  const args = [
    "--port",
    "0",
    "--unixsocket",
    join(scratch, "socket"),
    "--save",
    "",
    "--logfile",
    join(scratch, "log"),
  ];
  const { code, output } = await run(userNode, [script, server, ...args], { cwd: scratch });
  if (code !== 0) console.error(`The server was not compiled beforehand, and will start slower: ${output}`);
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
