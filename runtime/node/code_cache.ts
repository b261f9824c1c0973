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

// Imported as modules, node:fs and node:process alone would cost 10 ms on Node: all their getters are called. And the
// launcher has this file on other runtimes too, which never call it.
const fs = (): typeof import("node:fs") => builtin("node:fs");
const vm = (): typeof import("node:vm") => builtin("node:vm");

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

const cachePath = (path: string): string => `${path}.${globalThis.process.version}.cache`;

function readBundle(path: string): Bundle {
  const { openSync, fstatSync, readFileSync, closeSync } = fs();
  // Time, size and text of the same file, even while a build replaces it.
  const file = openSync(path, "r");
  try {
    const { mtimeMs, size } = fstatSync(file);
    return { path, text: readFileSync(file, "latin1"), mtimeMs, sizeBytes: size };
  } finally {
    closeSync(file);
  }
}

/** @returns the cache beside a bundle, or null where this Node has none. */
function readCache(path: string): Buffer | null {
  try {
    const cache = fs().readFileSync(cachePath(path));
    return cache.length > HEADER_BYTES ? cache : null;
  } catch {
    return null;
  }
}

function isCacheOf(bundle: Bundle, cache: Buffer): boolean {
  return cache.readDoubleLE(0) === bundle.mtimeMs && cache.readDoubleLE(8) === bundle.sizeBytes;
}

function compile({ path, text }: Bundle, cache: Buffer | null): Script {
  const options = { filename: path, columnOffset: -BEFORE.length };
  const cached = cache === null ? options : { ...options, cachedData: cache.subarray(HEADER_BYTES) };
  return new (vm().Script)(BEFORE + text + AFTER, cached);
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
  const cache = readCache(path);
  if (cache !== null) {
    const bundle = readBundle(path);
    if (isCacheOf(bundle, cache)) {
      run(compile(bundle, cache), path);
      return;
    }
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
  const script = compile(bundle, null);
  await (run(script, path) as { readonly started: Promise<void> }).started;
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeDoubleLE(bundle.mtimeMs, 0);
  header.writeDoubleLE(bundle.sizeBytes, 8);
  const cache = Buffer.concat([header, script.createCachedData()]);
  // In one step: a server that starts meanwhile finds none, or all of it.
  const fresh = `${cachePath(path)}.${globalThis.process.pid}.tmp`;
  fs().writeFileSync(fresh, cache);
  fs().renameSync(fresh, cachePath(path));
  return cache.length;
}
