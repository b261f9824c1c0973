import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { runBundle, writeCache } from "../../runtime/node/code_cache.ts";

const folder = mkdtempSync(join(tmpdir(), "redpoll-cache-"));
let made = 0;
let path = "";

/** What the last bundle that ran has said. */
const said = (): unknown => (globalThis as { said?: unknown }).said;
const bundleSaying = (word: string) => `globalThis.said = "${word}"; exports.started = Promise.resolve();`;

beforeEach(() => {
  path = join(folder, `bundle${made++}.cjs`);
  writeFileSync(path, bundleSaying("one"));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Another text of the same length. */
function rewrite(seconds: number): void {
  writeFileSync(path, bundleSaying("two"));
  utimesSync(path, seconds, seconds);
}

test("a bundle runs without a cache, and finds its modules and its place", () => {
  writeFileSync(path, `globalThis.said = [require("node:path").basename(__filename), module.exports === exports];`);
  runBundle(path);
  expect(said()).toEqual([path.slice(folder.length + 1), true]);
});

test("with a cache its text is not compiled again", async () => {
  const seconds = 1_700_000_000;
  utimesSync(path, seconds, seconds);
  expect(await writeCache(path)).toBeGreaterThan(100);
  // Nobody but a test makes another text with the time and the length of the first.
  rewrite(seconds);
  runBundle(path);
  expect(said()).toBe("one");
});

test("a cache is that of the bundle as it was then", async () => {
  await writeCache(path);
  rewrite(statSync(path).mtimeMs / 1000 + 5);
  runBundle(path);
  expect(said()).toBe("two");
});

test.each([
  ["empty", () => Buffer.alloc(0)],
  ["cut off", (cache: Buffer) => cache.subarray(0, 40)],
  ["of another version of V8", (cache: Buffer) => cache.map((byte, index) => (index === 20 ? byte ^ 1 : byte))],
])("a cache that is %s does no harm", async (_what, change) => {
  await writeCache(path);
  const cachePath = `${path}.${process.version}.cache`;
  writeFileSync(cachePath, change(readFileSync(cachePath)));
  (globalThis as { said?: unknown }).said = undefined;
  runBundle(path);
  expect(said()).toBe("one");
});
