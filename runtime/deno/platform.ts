/** Deno as a platform: what is its own (sockets, memory) and what all real runtimes share. */
import process from "node:process";
import type { Platform } from "../../src/platform/index.ts";
import { SystemClock } from "../shared/clock.ts";
import { NodeFiles } from "../shared/files.ts";
import { SystemProcess } from "../shared/process.ts";
import { SystemRandom } from "../shared/random.ts";
import { SystemTimers } from "../shared/timers.ts";
import { DenoMemory } from "./memory.ts";
import { DenoNet } from "./net.ts";

export function createPlatform(): Platform {
  return {
    name: "deno",
    clock: new SystemClock(),
    timers: new SystemTimers(),
    random: new SystemRandom(),
    net: new DenoNet(),
    files: new NodeFiles(),
    memory: new DenoMemory(),
    process: new SystemProcess(process.versions.deno ?? ""),
  };
}
