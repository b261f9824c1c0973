/**
 * The seam between the core and a runtime: interfaces only, no code that runs.
 *
 * Everything below `runtime/` sees the world through one `Platform` value: time, randomness, network, files, memory
 * of the system and the process. An adapter exists for Node, Deno, Bun and for the simulated runtime; all four pass
 * the same conformance body (`test/conformance`). What an adapter cannot do it refuses with an `unsupported`
 * `PlatformError`, it never pretends.
 */

export { PlatformError, type PlatformErrorKind } from "./errors.ts";
export type { FileHandle, FileStat, Files, OpenMode } from "./files.ts";
export type {
  Address,
  ConnectOptions,
  Listener,
  ListenOptions,
  Net,
  PeerCertificate,
  Socket,
  SocketHandler,
  TlsClientOptions,
  TlsServerOptions,
} from "./net.ts";
export type { CpuUsage, Memory, Process, Random, SignalName } from "./system.ts";
export type { Clock, TimerHandle, Timers } from "./time.ts";

import type { Files } from "./files.ts";
import type { Net } from "./net.ts";
import type { Memory, Process, Random } from "./system.ts";
import type { Clock, Timers } from "./time.ts";

/** One runtime, as the core sees it. */
export interface Platform {
  /** `node`, `deno`, `bun` or `sim`: for INFO and logs only, never for a decision. */
  readonly name: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly net: Net;
  readonly files: Files;
  readonly memory: Memory;
  readonly process: Process;
}
