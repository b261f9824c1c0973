/** Random bytes. The simulated runtime's are seeded, so a run repeats. */
export interface Random {
  fill(into: Uint8Array): void;
}

/** Memory of the process, as the system sees it. */
export interface Memory {
  /** A buffer of zeros for data, which is read here and there: on huge pages where the runtime can ask for them. */
  allocate(sizeBytes: number): ArrayBuffer;
  /**
   * Loads what `allocate` needs for large buffers, which may take some 20 ms, unless that is done. Else the first
   * large buffer has to wait for it.
   */
  prepare(): void;
  /**
   * Gives the pages of a buffer that nobody will touch again back to the system, now where the runtime can, else
   * with the next `collect`. Afterwards the buffer may be detached (length 0), or full of zeros.
   */
  release(buffer: ArrayBuffer): void;
  /** Asks for a full garbage collection; blocks for some milliseconds. Returns at once where that cannot be asked. */
  collect(): void;
  /** Resident set, bytes. */
  residentBytes(): number;
  /** Bytes of live and dead objects on the JavaScript heap, array buffers not counted. */
  heapUsedBytes(): number;
  /** Memory of the machine, bytes. */
  totalSystemBytes(): number;
}

export interface CpuUsage {
  readonly userUs: number;
  readonly systemUs: number;
}

export type SignalName = "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGUSR1";

/** The process around the server. An embedded server uses none of it but the readings. */
export interface Process {
  readonly pid: number;
  /** Arguments after the program, without the runtime's own. */
  readonly arguments: readonly string[];
  /** Path of the program as started, for INFO `executable`. */
  readonly executable: string;
  /** For INFO: as `uname -srm`. */
  readonly osDescription: string;
  /** e.g. `v20.20.2`. */
  readonly runtimeVersion: string;
  readonly architectureBits: number;
  workingDirectory(): string;
  changeDirectory(path: string): void;
  environment(name: string): string | undefined;
  cpuUsage(): CpuUsage;
  /** Synchronous, complete writes. */
  writeOut(bytes: Uint8Array): void;
  writeError(bytes: Uint8Array): void;
  /** Everything on standard input until its end. */
  readInput(): Promise<Uint8Array>;
  /** @returns a function that removes the handler. */
  onSignal(signal: SignalName, handler: () => void): () => void;
  exit(code: number): never;
}
