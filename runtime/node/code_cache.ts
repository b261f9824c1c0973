/**
 * The server's bundle for Node, compiled beforehand: V8 needs 90 ms on a slow machine to read through its 1.5 MB, and
 * some more for what runs at start; taking it from a cache is 10.
 *
 *     redpoll.node.cjs                   the bundle, ASCII
 *     redpoll.node.cjs.v20.20.2.cache    [ mtime of the bundle f64, ms | its size f64 | V8's data … ]     little-endian
 *
 * The build writes the cache, for the Node that builds. Any other, from 22.1 on, keeps a cache of its own among the
 * system's temporary files. V8 refuses what other flags have made, and compiles. Of the text it compares no more than
 * the length: so the cache says of which bundle it is, as Python's .pyc files do.
 */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { Script } from "node:vm";
import { builtin } from "../shared/builtin.ts";

// Imported as modules, node:fs and node:process alone would cost 10 ms: all their getters are called.
const fs = builtin<typeof import("node:fs")>("node:fs");
const vm = builtin<typeof import("node:vm")>("node:vm");
const { process } = globalThis;

const HEADER_BYTES = 16;
/** What Node puts around a CommonJS module; on the first line, so that line numbers stay. */
const BEFORE = "(function (exports, require, module, __filename, __dirname) {";
const AFTER = "\n})";

type Wrapper = (
  exports: object,
  require: NodeJS.Require,
  module: { readonly exports: object },
  filename: string,
  directory: string,
) => void;

interface Bundle {
  readonly path: string;
  readonly text: string;
  readonly mtimeMs: number;
  readonly sizeBytes: number;
}

const cachePath = (path: string): string => `${path}.${process.version}.cache`;

function readBundle(path: string): Bundle {
  // Time, size and text of the same file, even while a build replaces it.
  const file = fs.openSync(path, "r");
  try {
    const { mtimeMs, size } = fs.fstatSync(file);
    return { path, text: fs.readFileSync(file, "latin1"), mtimeMs, sizeBytes: size };
  } finally {
    fs.closeSync(file);
  }
}

/** @returns V8's data for this bundle, or undefined. */
function readCache(bundle: Bundle): Buffer | undefined {
  let cache: Buffer;
  try {
    cache = fs.readFileSync(cachePath(bundle.path));
  } catch {
    return undefined;
  }
  if (cache.length <= HEADER_BYTES) return undefined;
  if (cache.readDoubleLE(0) !== bundle.mtimeMs || cache.readDoubleLE(8) !== bundle.sizeBytes) return undefined;
  return cache.subarray(HEADER_BYTES);
}

function compile({ path, text }: Bundle, cachedData: Buffer | undefined): Script {
  const options = { filename: path, columnOffset: -BEFORE.length };
  return new vm.Script(BEFORE + text + AFTER, cachedData === undefined ? options : { ...options, cachedData });
}

/** @returns what the bundle exports. */
function run(script: Script, path: string): object {
  const made = { exports: {} };
  const wrapper: Wrapper = script.runInThisContext();
  wrapper(made.exports, createRequire(path), made, path, dirname(path));
  return made.exports;
}

/** Runs a bundle, with its cache if there is a fitting one. V8's flags have been set. */
export function runBundle(path: string): void {
  const bundle = readBundle(path);
  const cache = readCache(bundle);
  if (cache !== undefined) {
    run(compile(bundle, cache), path);
    return;
  }
  builtin<{ enableCompileCache?: () => unknown }>("node:module").enableCompileCache?.();
  createRequire(path)(path);
}

/**
 * Runs a bundle and keeps what V8 has compiled of it by the time its export `started` is settled.
 * @returns the size of the cache, bytes.
 */
export async function writeCache(path: string): Promise<number> {
  const bundle = readBundle(path);
  const script = compile(bundle, undefined);
  await (run(script, path) as { readonly started: Promise<void> }).started;
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeDoubleLE(bundle.mtimeMs, 0);
  header.writeDoubleLE(bundle.sizeBytes, 8);
  const cache = Buffer.concat([header, script.createCachedData()]);
  fs.writeFileSync(cachePath(path), cache);
  return cache.length;
}
