/**
 * The servers a bench measures: a real redis-server and Redpoll on each runtime, each started the same way (a free
 * port, an empty folder of its own, no persistence) and watched from outside through /proc.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { userNode } from "../setup.mjs";
import { Wire } from "./wire.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const installed = (command: string) => join(ROOT, "node_modules", ".bin", command);
const source = (path: string) => join(ROOT, path);

/** Linux counts CPU time for user space in hundredths of a second, whatever the kernel's own tick is. */
const CPU_TICKS_PER_SECOND = 100;
/** They end what hangs: a busy machine may take many seconds. */
const START_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 300_000;

/** How a server is started: program and arguments, `{port}` standing for the port. */
export type Command = readonly string[];

const OPTIONS = ["--port", "{port}", "--save", "", "--appendonly", "no"];

/** The option with flags for V8 that `deno task start` passes. */
export const DENO_V8_FLAGS = denoV8Flags();

/** What stands behind each name of `--runtimes`: the bundle where npm would run it, else the sources. */
const RUNTIMES: Readonly<Record<string, Command>> = {
  node: [userNode, source("dist/redpoll.js")],
  "node-current": [installed("node"), source("dist/redpoll.js")],
  "node-sources": [installed("node"), source("runtime/node/main.ts")],
  bun: [installed("bun"), source("dist/redpoll.js")],
  "bun-sources": [installed("bun"), source("runtime/bun/main.ts")],
  // As `deno task start` runs it.
  deno: [installed("deno"), "run", "-A", DENO_V8_FLAGS, source("runtime/deno/main.ts")],
};

export const REDIS: Command = ["redis-server", ...OPTIONS];

function denoV8Flags(): string {
  const { command } = JSON.parse(readFileSync(source("deno.json"), "utf8")).tasks.start;
  const flags = splitWords(command).find((word) => word.startsWith("--v8-flags="));
  if (flags === undefined) throw new Error("deno.json's task start has no --v8-flags");
  return flags;
}

/** @throws Error when there is no runtime of that name. */
export function redpollOn(runtime: string): Command {
  const command = RUNTIMES[runtime];
  if (command === undefined)
    throw new Error(`no runtime "${runtime}": choose from ${Object.keys(RUNTIMES).join(", ")}`);
  return [...command, ...OPTIONS];
}

/** e.g. `node v20.20.2`: the version as the runtime itself says it, for the tables. */
export function describeRuntime(runtime: string): string {
  const program = redpollOn(runtime)[0] as string;
  return `${runtime} ${/v?\d+\.\d+\.\d+/.exec(execFileSync(program, ["--version"], { encoding: "utf8" }))?.[0]}`;
}

/** e.g. `redis-server 7.0.15`, or undefined where none is installed. */
export function describeRedis(): string | undefined {
  try {
    const version = execFileSync("redis-server", ["--version"], { encoding: "utf8" });
    return `redis-server ${/v=(\S+)/.exec(version)?.[1]}`;
  } catch {
    return undefined;
  }
}

/** The machine in one line, without a name or a date. */
export function describeMachine(): string {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${gigabytes} GB, ${process.platform} ${process.arch}`;
}

/** Splits a command line at spaces; quotes of either kind hold a word together. */
export function splitWords(line: string): string[] {
  const words = line.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

/** A server under measurement. */
export class Server {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(process: ChildProcess, port: number, folder: string) {
    this.#process = process;
    this.port = port;
    this.#folder = folder;
  }

  /** Starts a server and waits for its first PONG. */
  static async start(command: Command): Promise<Server> {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), "redpoll-bench-"));
    const log = openSync(join(folder, "bench.log"), "w");
    const [program, ...args] = command.map((word) => word.replaceAll("{port}", String(port)));
    const child = spawn(program as string, args, { cwd: folder, stdio: ["ignore", log, log], detached: true });
    closeSync(log);
    const server = new Server(child, port, folder);
    try {
      await server.#waitForPong(command);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Asks until it answers, so often that the answer's time is good to a millisecond or two. */
  async #waitForPong(command: Command): Promise<void> {
    const deadlineMs = performance.now() + START_TIMEOUT_MS;
    let failure: Error | undefined;
    this.#process.on("error", (error) => {
      failure = error;
    });
    while (failure === undefined && this.#process.exitCode === null && performance.now() < deadlineMs) {
      try {
        const wire = await Wire.connect(this.port);
        const pong = await wire.ask("PING");
        wire.close();
        if (pong === "PONG") return;
      } catch {
        // Not listening yet.
      }
      await sleep(1);
    }
    throw failure ?? new Error(`no answer from: ${command.join(" ")}\n${this.#logTail()}`);
  }

  #logTail(): string {
    return readFileSync(join(this.#folder, "bench.log"), "utf8").slice(-2000);
  }

  /** User and system CPU the server has used so far, seconds. */
  cpuSeconds(): number {
    let ticks = 0;
    for (const pid of this.#processes()) {
      // The program's name stands in parentheses and may hold spaces: fields are counted behind it.
      const fields = readProc(`${pid}/stat`).split(")").at(-1)?.trim().split(" ") ?? [];
      ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
    }
    return ticks / CPU_TICKS_PER_SECOND;
  }

  /** Resident set of the server, bytes. */
  residentBytes(): number {
    const kilobytes = this.#processes().map((pid) =>
      Number(/VmRSS:\s+(\d+)/.exec(readProc(`${pid}/status`))?.[1] ?? 0),
    );
    return kilobytes.reduce((sum, value) => sum + value, 0) * 1024;
  }

  /** The started process and, in case it is only a launcher, its children. */
  #processes(): number[] {
    const pid = this.#process.pid as number;
    return [pid, ...readProc(`${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number)];
  }

  /** Ends the server and removes its folder. @returns its exit code, null when it had to be killed. */
  async stop(): Promise<number | null> {
    const child = this.#process;
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      const insist = setTimeout(() => process.kill(-(child.pid as number), "SIGKILL"), STOP_TIMEOUT_MS);
      await gone;
      clearTimeout(insist);
    }
    rmSync(this.#folder, { recursive: true, force: true });
    return child.exitCode;
  }
}

/** A process may end while it is looked at: then there is nothing to read. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return "";
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
