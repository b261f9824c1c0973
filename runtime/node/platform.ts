/** Node as a platform: what is its own (sockets, memory) and what all real runtimes share. */
import process from "node:process";
import type { Platform } from "../../src/platform/index.ts";
import { SystemClock } from "../shared/clock.ts";
import { NodeFiles } from "../shared/files.ts";
import { SystemProcess } from "../shared/process.ts";
import { SystemRandom } from "../shared/random.ts";
import { SystemTimers } from "../shared/timers.ts";
import { NodeMemory } from "./memory.ts";
import { NodeNet } from "./net.ts";

export function createPlatform(): Platform {
  return {
    name: "node",
    clock: new SystemClock(),
    timers: new SystemTimers(),
    random: new SystemRandom(),
    net: new NodeNet(),
    files: new NodeFiles(),
    memory: new NodeMemory(),
    process: new SystemProcess(process.version),
  };
}
