/** Run by the build: `node write-code-cache.mjs redpoll.node.cjs [the server's arguments]`. */
import process from "node:process";
import { writeCache } from "./code_cache.ts";
import { widenInlining } from "./v8_flags.ts";

const [path] = process.argv.splice(2, 1);
widenInlining();
await writeCache(path);
process.exit();
