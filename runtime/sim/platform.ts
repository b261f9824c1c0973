/** The seam over one incarnation of a simulated host: only the wiring. */
import type { Platform } from "../../src/platform/index.ts";
import { SimFiles } from "./files.ts";
import type { Incarnation, ProcessOptions } from "./incarnation.ts";
import { SimNet } from "./net.ts";
import { SimMemory, SimProcess, SimRandom } from "./system.ts";
import { SimClock, SimTimers } from "./time.ts";

export interface SimPlatform extends Platform {
  readonly process: SimProcess;
}

export function createPlatform(owner: Incarnation, options: ProcessOptions): SimPlatform {
  const process = new SimProcess(owner, options);
  return {
    name: "sim",
    clock: new SimClock(owner),
    timers: new SimTimers(owner),
    random: new SimRandom(owner),
    net: new SimNet(owner, () => process.workingDirectory()),
    files: new SimFiles(owner, () => process.workingDirectory()),
    memory: new SimMemory(owner),
    process,
  };
}
