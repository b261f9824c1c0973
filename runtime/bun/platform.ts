/** Bun as a platform: what is its own (sockets, memory) and what all real runtimes share. */
import process from "node:process";
import type { Platform } from "../../src/platform/index.ts";
import { SystemClock } from "../shared/clock.ts";
import { NodeFiles } from "../shared/files.ts";
import { SystemProcess } from "../shared/process.ts";
import { SystemRandom } from "../shared/random.ts";
import { SystemTimers } from "../shared/timers.ts";
import { BunMemory } from "./memory.ts";
import { BunNet } from "./net.ts";

export function createPlatform(): Platform {
  return {
    name: "bun",
    clock: new SystemClock(),
    timers: new SystemTimers(),
    random: new SystemRandom(),
    net: new BunNet(),
    files: new NodeFiles(),
    memory: new BunMemory(),
    process: new SystemProcess(process.versions.bun ?? ""),
  };
}
