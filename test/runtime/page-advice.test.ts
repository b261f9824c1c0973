import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type MemoryAdvisor, PageAdvice } from "../../runtime/shared/page_advice.ts";

const MEBIBYTE = 1024 * 1024;
const PAGE_BYTES = 65_536;

interface Advised {
  readonly address: number;
  readonly sizeBytes: number;
  readonly advice: number;
}

function watched(address: number): { pages: PageAdvice; advised: Advised[]; connected: () => number } {
  const advised: Advised[] = [];
  let connections = 0;
  const advisor: MemoryAdvisor = {
    pageBytes: PAGE_BYTES,
    addressOf: () => address,
    madvise: (address, sizeBytes, advice) => void advised.push({ address, sizeBytes, advice }),
  };
  const pages = new PageAdvice(() => {
    connections++;
    return advisor;
  });
  return { pages, advised, connected: () => connections };
}

test("whole pages within a large buffer are asked for", () => {
  const { pages, advised } = watched(3 * PAGE_BYTES + 16);
  expect(pages.allocate(64 * MEBIBYTE).byteLength).toBe(64 * MEBIBYTE);
  expect(advised).toEqual([{ address: 4 * PAGE_BYTES, sizeBytes: 64 * MEBIBYTE - PAGE_BYTES, advice: 14 }]);
});

test("an aligned buffer is asked for as a whole", () => {
  const { pages, advised } = watched(7 * PAGE_BYTES);
  pages.allocate(8 * MEBIBYTE);
  expect(advised).toEqual([{ address: 7 * PAGE_BYTES, sizeBytes: 8 * MEBIBYTE, advice: 14 }]);
});

test("small buffers ask nobody, large ones connect once", () => {
  const { pages, advised, connected } = watched(0);
  pages.allocate(MEBIBYTE);
  expect(connected()).toBe(0);
  pages.allocate(4 * MEBIBYTE);
  pages.allocate(4 * MEBIBYTE);
  expect([connected(), advised.length]).toEqual([1, 2]);
});

test("a buffer that is given back loses its whole pages and stays as it is", () => {
  const { pages, advised } = watched(3 * PAGE_BYTES + 16);
  const buffer = new ArrayBuffer(2 * MEBIBYTE);
  pages.discard(buffer);
  expect(advised).toEqual([{ address: 4 * PAGE_BYTES, sizeBytes: 2 * MEBIBYTE - PAGE_BYTES, advice: 4 }]);
  expect(buffer.byteLength).toBe(2 * MEBIBYTE);
  pages.discard(new ArrayBuffer(30_000));
  expect(advised.length).toBe(1);
});

test("what is prepared has been connected before the first buffer", () => {
  const { pages, advised, connected } = watched(0);
  pages.prepare();
  pages.prepare();
  expect(connected()).toBe(1);
  pages.allocate(4 * MEBIBYTE);
  expect([connected(), advised.length]).toEqual([1, 1]);
});

test("where the system cannot be asked, it is tried once and buffers come all the same", () => {
  let tries = 0;
  const pages = new PageAdvice(() => {
    tries++;
    throw new Error("no such library");
  });
  for (let round = 0; round < 3; round++) expect(pages.allocate(8 * MEBIBYTE).byteLength).toBe(8 * MEBIBYTE);
  expect(tries).toBe(1);
});

const installed = (name: string) => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));
const hasHugePages = existsSync("/sys/kernel/mm/transparent_hugepage/enabled") && existsSync("/lib64");

const IMPORTS = `
  import { readFileSync } from "node:fs";
  import { BunMemory } from ${JSON.stringify(new URL("../../runtime/bun/memory.ts", import.meta.url))};
  import { DenoMemory } from ${JSON.stringify(new URL("../../runtime/deno/memory.ts", import.meta.url))};
  import { NodeMemory } from ${JSON.stringify(new URL("../../runtime/node/memory.ts", import.meta.url))};`;

/** Prints how many more regions the system knows to want huge pages ("hg") after a large buffer was allocated. */
const counting = (memory: string) => `${IMPORTS}
  const count = () => readFileSync("/proc/self/smaps", "latin1").match(/^VmFlags:.* hg( |$)/gm)?.length ?? 0;
  const before = count();
  const buffer = new ${memory}().allocate(${64 * MEBIBYTE});
  console.log(buffer.byteLength, count() - before);`;

const run = (runtime: string, args: string[], input?: string) =>
  execFileSync(installed(runtime), args, { input: input ?? "", encoding: "utf8" }).trim();

test.skipIf(!hasHugePages)("Bun's memory asks for huge pages", () => {
  expect(run("bun", ["-e", counting("BunMemory")])).toBe(`${64 * MEBIBYTE} 1`);
});

test.skipIf(!hasHugePages)("Deno's memory asks for huge pages", () => {
  expect(run("deno", ["run", "-A", "--ext=ts", "-"], counting("DenoMemory"))).toBe(`${64 * MEBIBYTE} 1`);
});

test.skipIf(!hasHugePages)("Node's memory asks for huge pages", () => {
  const args = ["--input-type=module-typescript", "-"];
  expect(run("node", args, counting("NodeMemory"))).toBe(`${64 * MEBIBYTE} 1`);
});

/** Fills a large buffer, gives it back while it is referred to, and prints MiB resident before, filled and after. */
const releasing = (memory: string) => `${IMPORTS}
  const memory = new ${memory}();
  memory.prepare();
  const resident = () => Math.round(memory.residentBytes() / ${MEBIBYTE});
  const before = resident();
  const bytes = new Uint8Array(memory.allocate(${64 * MEBIBYTE})).fill(1);
  const filled = resident();
  memory.release(bytes.buffer);
  console.log(filled - before >= 56, resident() - before <= 8, bytes.length);`;

test.skipIf(!hasHugePages)(
  "released pages are back with the system at once, on V8 without detaching the buffer",
  () => {
    const kept = `true true ${64 * MEBIBYTE}`;
    expect(run("node", ["--input-type=module-typescript", "-"], releasing("NodeMemory"))).toBe(kept);
    expect(run("deno", ["run", "-A", "--ext=ts", "-"], releasing("DenoMemory"))).toBe(kept);
    expect(run("bun", ["-e", releasing("BunMemory")])).toBe("true true 0");
  },
);

test("Node's memory does without the permission to load koffi", () => {
  const args = ["--permission", "--allow-fs-read=*", "--input-type=module-typescript", "-"];
  const input = `${IMPORTS} console.log(new NodeMemory().allocate(${64 * MEBIBYTE}).byteLength);`;
  expect(run("node", args, input)).toBe(String(64 * MEBIBYTE));
});

test("Deno's memory does without the permission", () => {
  const input = `${IMPORTS} console.log(new DenoMemory().allocate(${64 * MEBIBYTE}).byteLength);`;
  expect(run("deno", ["run", "--no-prompt", "--ext=ts", "-"], input)).toBe(String(64 * MEBIBYTE));
});
