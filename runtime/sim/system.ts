/** Randomness, memory and the process, as one incarnation of a host sees them. */
import type { CpuUsage, Memory, Process, Random, SignalName } from "../../src/platform/index.ts";
import { joinPath } from "./disk.ts";
import type { Incarnation, ProcessOptions } from "./incarnation.ts";
import { SimExit } from "./loop.ts";

/** Of what a process printed, this much is kept: the newest. */
const CAPTURED_BYTES_MAX = 4 * 1024 * 1024;

/** Exit code of a process that a signal ended, as a shell reports it: 128 and the signal's number. */
const SIGNAL_EXIT_CODES: Readonly<Record<SignalName, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGUSR1: 138,
  SIGTERM: 143,
};

const PID_BASE = 1000;

export class SimRandom implements Random {
  private readonly owner: Incarnation;

  constructor(owner: Incarnation) {
    this.owner = owner;
  }

  fill(into: Uint8Array): void {
    const { random } = this.owner.host;
    for (let index = 0; index < into.length; index++) into[index] = random.next() >>> 24;
    this.owner.note("random", into.length);
  }
}

export class SimMemory implements Memory {
  private readonly owner: Incarnation;

  constructor(owner: Incarnation) {
    this.owner = owner;
  }

  allocate(sizeBytes: number): ArrayBuffer {
    return new ArrayBuffer(sizeBytes);
  }

  prepare(): void {}

  /** Detaches, so that a use after the release shows itself as an empty buffer. */
  release(buffer: ArrayBuffer): void {
    this.owner.host.releasedBytes += buffer.byteLength;
    if (buffer.byteLength > 0) structuredClone(buffer, { transfer: [buffer] });
  }

  collect(): void {
    this.owner.host.collectCount++;
    this.owner.note("collect", this.owner.host.collectCount);
  }

  residentBytes(): number {
    return this.owner.host.residentBytes;
  }

  heapUsedBytes(): number {
    return this.owner.host.heapUsedBytes;
  }

  totalSystemBytes(): number {
    return this.owner.host.totalSystemBytes;
  }
}

/** What a process printed. */
export class CapturedOutput {
  private chunks: Uint8Array[] = [];
  private keptBytes = 0;
  /** Everything ever printed, bytes; more than `text` has when much was printed. */
  totalBytes = 0;

  add(bytes: Uint8Array): void {
    this.chunks.push(bytes.slice());
    this.keptBytes += bytes.length;
    this.totalBytes += bytes.length;
    while (this.keptBytes > CAPTURED_BYTES_MAX && this.chunks.length > 1) {
      this.keptBytes -= (this.chunks.shift() as Uint8Array).length;
    }
  }

  /** What was printed, as text. */
  text(): string {
    const decoder = new TextDecoder();
    return this.chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
  }

  clear(): void {
    this.chunks = [];
    this.keptBytes = 0;
  }
}

export class SimProcess implements Process {
  readonly pid: number;
  readonly arguments: readonly string[];
  readonly executable = "/usr/bin/redpoll";
  readonly osDescription = "Sim 1.0 virtual";
  readonly runtimeVersion = "v1.0.0";
  readonly architectureBits = 64;
  private readonly owner: Incarnation;
  private readonly environmentVariables: Readonly<Record<string, string>>;
  private readonly input: Uint8Array;
  private readonly handlers = new Map<SignalName, Set<{ run: () => void }>>();
  private directory: string;

  constructor(owner: Incarnation, options: ProcessOptions) {
    this.owner = owner;
    this.pid = PID_BASE + owner.host.id;
    this.arguments = options.arguments ?? [];
    this.environmentVariables = options.environment ?? {};
    this.input = options.input ?? new Uint8Array(0);
    this.directory = options.workingDirectory ?? "/data";
    owner.host.disk.requireDirectory(this.directory);
  }

  workingDirectory(): string {
    return this.directory;
  }

  changeDirectory(path: string): void {
    const target = joinPath(this.directory, path);
    this.owner.host.disk.requireDirectory(target);
    this.directory = target;
  }

  environment(name: string): string | undefined {
    return Object.hasOwn(this.environmentVariables, name) ? this.environmentVariables[name] : undefined;
  }

  /** Virtual code takes no time; a microsecond a callback makes the reading grow, and repeat. */
  cpuUsage(): CpuUsage {
    return { userUs: this.owner.callbackCount, systemUs: 0 };
  }

  writeOut(bytes: Uint8Array): void {
    this.print(this.owner.host.standardOutput, bytes);
  }

  writeError(bytes: Uint8Array): void {
    this.print(this.owner.host.standardError, bytes);
  }

  async readInput(): Promise<Uint8Array> {
    return this.input.slice();
  }

  onSignal(signal: SignalName, handler: () => void): () => void {
    let handlers = this.handlers.get(signal);
    if (handlers === undefined) {
      handlers = new Set();
      this.handlers.set(signal, handlers);
    }
    // Wrapped, so that one function given twice is two handlers.
    const entry = { run: handler };
    handlers.add(entry);
    return () => handlers.delete(entry);
  }

  exit(code: number): never {
    // Code that is still unwinding from the first exit, or from a crash.
    if (!this.owner.isAlive) throw new SimExit(code);
    this.owner.host.exit(code);
  }

  /** A signal has arrived. */
  raise(signal: SignalName): void {
    const handlers = this.handlers.get(signal);
    if (handlers === undefined || handlers.size === 0) this.exit(SIGNAL_EXIT_CODES[signal]);
    for (const handler of [...handlers]) handler.run();
  }

  private print(output: CapturedOutput, bytes: Uint8Array): void {
    if (!this.owner.isAlive) return;
    this.owner.note("output", bytes.length);
    this.owner.loop.trace.bytes(bytes);
    output.add(bytes);
  }
}
