/**
 * `dist/redpoll.js`, the executable: hands over to the bundle of the runtime it is started on, which stands beside it
 * and has been compiled beforehand where the runtime can use that. What redis-server takes is the bundle's business.
 */
import { fileURLToPath } from "node:url";
import { runBundle } from "./node/code_cache.ts";
import { widenInlining } from "./node/v8_flags.ts";

const { versions } = globalThis.process;
const beside = (name: string): string => new URL(`./redpoll.${name}`, import.meta.url).href;

if (versions.bun !== undefined) {
  await import(beside("bun.js"));
} else if (versions.deno !== undefined) {
  await import(beside("deno.js"));
} else {
  widenInlining();
  runBundle(fileURLToPath(beside("node.cjs")));
}
