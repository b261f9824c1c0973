/** Ends what a run of the suite has left behind, and nothing else; and keeps runs off each other's ports. */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const SWEEPS_MAX = 5;
const SWEEP_PAUSE_MS = 100;

/** Kills the process group of a runner, and every process that works in its copy of the suite. */
export async function sweep(group: number, copy: string): Promise<void> {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // All of it has ended.
  }
  for (let round = 0; round < SWEEPS_MAX; round++) {
    const left = processesIn(copy);
    if (left.length === 0) return;
    for (const pid of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Ended meanwhile.
      }
    }
    await sleep(SWEEP_PAUSE_MS);
  }
}

/** Processes whose working directory is in a folder. Where there is no /proc: none. */
function processesIn(folder: string): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && isIn(name, folder))
      .map(Number);
  } catch {
    return [];
  }
}

function isIn(pid: string, folder: string): boolean {
  try {
    return `${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(`${folder}/`);
  } catch {
    return false;
  }
}

/** Below the ports that systems give out by themselves; the ports of a cluster's bus are 10,000 above. */
const PORTS_FROM = 12_000;
const PORTS_PER_RANGE = 1200;
const RANGES = 8;
/** The runner itself listens in the 32 ports below its servers'. */
const RUNNER_PORTS = 40;

export interface PortRange {
  /** First port for servers. */
  readonly base: number;
  readonly count: number;
  release(): void;
}

/** A range of ports that no other run on this machine uses; waits until there is one. */
export async function takePortRange(): Promise<PortRange> {
  for (;;) {
    for (let index = 0; index < RANGES; index++) {
      const path = join(tmpdir(), `redpoll-conformance-ports-${index}`);
      if (!lock(path)) continue;
      const base = PORTS_FROM + index * PORTS_PER_RANGE + RUNNER_PORTS;
      return { base, count: PORTS_PER_RANGE - RUNNER_PORTS, release: () => rmSync(path, { force: true }) };
    }
    await sleep(1000);
  }
}

/** A file with the owner's process id; one whose owner is gone is taken over. */
function lock(path: string): boolean {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = openSync(path, "wx");
      writeSync(file, String(process.pid));
      closeSync(file);
      return true;
    } catch {
      if (isHeld(path)) return false;
      rmSync(path, { force: true });
    }
  }
  return false;
}

function isHeld(path: string): boolean {
  try {
    process.kill(Number(readFileSync(path, "utf8")), 0);
    return true;
  } catch {
    return false;
  }
}
