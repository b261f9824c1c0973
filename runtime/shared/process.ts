/** The process, over node:process and node:os, which all three runtimes carry. */
import { writeSync } from "node:fs";
import { arch, machine, release, type } from "node:os";
import process from "node:process";
import type { CpuUsage, Process, SignalName } from "../../src/platform/index.ts";
import { toPlatformError } from "./errors.ts";

const OUTPUT_DESCRIPTOR = 1;
const ERROR_DESCRIPTOR = 2;
/** How long to wait before a full pipe is tried again. */
const FULL_PIPE_WAIT_MS = 1;

const BITS_32: ReadonlySet<string> = new Set(["arm", "ia32", "mips", "mipsel", "ppc", "s390"]);

/** Blocks the thread; used only while standard output is a pipe whose reader is behind. */
function sleepMs(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function writeFully(descriptor: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) {
    try {
      done += writeSync(descriptor, bytes, done, bytes.length - done);
    } catch (error) {
      // A pipe that somebody set to non-blocking mode (another process may share it) is full.
      if ((error as { code?: string }).code !== "EAGAIN") throw toPlatformError(error);
      sleepMs(FULL_PIPE_WAIT_MS);
    }
  }
}

export class SystemProcess implements Process {
  readonly pid = process.pid;
  readonly arguments: readonly string[] = process.argv.slice(2);
  readonly executable = process.argv[1] ?? process.execPath;
  readonly runtimeVersion: string;
  readonly architectureBits = BITS_32.has(arch()) ? 32 : 64;

  /** @param runtimeVersion as INFO shows it, e.g. `v20.20.2`. */
  constructor(runtimeVersion: string) {
    this.runtimeVersion = runtimeVersion;
  }

  get osDescription(): string {
    return `${type()} ${release()} ${machine()}`;
  }

  workingDirectory(): string {
    return process.cwd();
  }

  changeDirectory(path: string): void {
    try {
      process.chdir(path);
    } catch (error) {
      throw toPlatformError(error);
    }
  }

  environment(name: string): string | undefined {
    return process.env[name];
  }

  cpuUsage(): CpuUsage {
    const usage = process.cpuUsage();
    return { userUs: usage.user, systemUs: usage.system };
  }

  writeOut(bytes: Uint8Array): void {
    writeFully(OUTPUT_DESCRIPTOR, bytes);
  }

  writeError(bytes: Uint8Array): void {
    writeFully(ERROR_DESCRIPTOR, bytes);
  }

  async readInput(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
    }
    const all = new Uint8Array(sizeBytes);
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  onSignal(signal: SignalName, handler: () => void): () => void {
    const listener = (): void => handler();
    process.on(signal, listener);
    return () => {
      process.removeListener(signal, listener);
    };
  }

  exit(code: number): never {
    process.exit(code);
  }
}
