/**
 * A host: what survives its process. Name, address, disk, the wall clock's offset, what was printed; and the switches a
 * test has for it: crash, restart, freeze, signals, jumps of the clock. `restart` makes the next incarnation of the
 * process over the same disk.
 */
import { assert } from "../../src/base/assert.ts";
import type { Prng } from "../../src/base/prng.ts";
import type { Platform, SignalName } from "../../src/platform/index.ts";
import { type DiskOptions, SimDisk } from "./disk.ts";
import { type ConnectionFate, HostEvent, Incarnation, type ProcessOptions } from "./incarnation.ts";
import { type Loop, SimExit, START_WALL_MS } from "./loop.ts";
import type { Network } from "./network.ts";
import { createPlatform, type SimPlatform } from "./platform.ts";
import { CapturedOutput } from "./system.ts";
import type { TraceKind } from "./trace.ts";

export interface CrashOptions {
  /**
   * What becomes of writes and directory changes that no sync covered. `all`: only the process died, the system still
   * has them (and a later loss of power may still take them). `none`: the machine lost power and all of them.
   * `seeded`: the machine lost power in the middle of writing them back: a prefix survives, the last write torn.
   */
  readonly keepUnsynced?: "all" | "none" | "seeded";
  readonly connections?: ConnectionFate;
}

/** Parts of a host that the simulation makes for it. */
export interface HostParts {
  readonly id: number;
  readonly name: string;
  readonly address: string;
  readonly disk: DiskOptions;
  readonly diskRandom: Prng;
  readonly random: Prng;
  readonly wallOffsetUs: number;
  readonly totalSystemBytes: number;
}

export class SimHost {
  readonly id: number;
  readonly name: string;
  /** IPv4 address; `name` resolves to it. */
  readonly address: string;
  readonly disk: SimDisk;
  /** Where `Random.fill` draws from; goes on across restarts. */
  readonly random: Prng;
  readonly totalSystemBytes: number;
  /** What the process wrote to standard output and standard error, across restarts. */
  readonly standardOutput = new CapturedOutput();
  readonly standardError = new CapturedOutput();
  /** The wall clock is this much ahead of the simulation's. */
  wallOffsetUs: number;
  isFrozen = false;
  /** Without power: packets to it vanish. */
  isDark = false;
  /** What `Memory.residentBytes` and `heapUsedBytes` answer: the simulation cannot see allocations, a test sets them. */
  residentBytes = 64 * 1024 * 1024;
  heapUsedBytes = 16 * 1024 * 1024;
  /** Bytes given to `Memory.release`, and calls of `Memory.collect`. */
  releasedBytes = 0;
  collectCount = 0;
  /** Of the last process, null while it runs or when it crashed. */
  exitCode: number | null = null;
  private readonly loop: Loop;
  private readonly network: Network;
  private incarnation: Incarnation;
  private parts: SimPlatform;
  private processOptions: ProcessOptions;

  constructor(loop: Loop, network: Network, parts: HostParts, options: ProcessOptions) {
    this.loop = loop;
    this.network = network;
    this.id = parts.id;
    this.name = parts.name;
    this.address = parts.address;
    this.random = parts.random;
    this.wallOffsetUs = parts.wallOffsetUs;
    this.disk = new SimDisk(parts.diskRandom, () => Math.floor(this.wallUs / 1000), parts.disk);
    this.totalSystemBytes = parts.totalSystemBytes;
    this.processOptions = options;
    this.incarnation = new Incarnation(this, loop, network);
    this.parts = createPlatform(this.incarnation, options);
  }

  /** The platform of the process that runs now, or of the last one (which does nothing any more). */
  get platform(): Platform {
    return this.parts;
  }

  /** Microseconds since the Unix epoch, as this host's clock shows them. */
  get wallUs(): number {
    return START_WALL_MS * 1000 + this.wallOffsetUs + this.loop.nowUs;
  }

  get isRunning(): boolean {
    return this.incarnation.isAlive;
  }

  /** Ends the process without warning. By default as kill -9 does, except that peers see a reset. */
  crash(options: CrashOptions = {}): void {
    const keepUnsynced = options.keepUnsynced ?? "all";
    const connections = options.connections ?? "reset";
    this.note("crash", this.incarnation.sockets.size);
    this.incarnation.die(connections);
    this.isFrozen = false;
    if (connections === "lose") this.isDark = true;
    if (keepUnsynced !== "all") this.disk.losePower(keepUnsynced);
  }

  /** Starts the next process over the same disk. @returns its platform. */
  restart(options: ProcessOptions = {}): Platform {
    assert(!this.incarnation.isAlive, "a host is restarted after its process has gone: crash() it first");
    this.note("restart", 0);
    this.exitCode = null;
    this.isDark = false;
    this.processOptions = { ...this.processOptions, ...options };
    this.incarnation = new Incarnation(this, this.loop, this.network);
    this.parts = createPlatform(this.incarnation, this.processOptions);
    this.network.hostIsBack(this);
    return this.parts;
  }

  /** Stops the process as SIGSTOP does: its kernel still accepts connections and bytes, its code does not run. */
  freeze(): void {
    this.note("freeze", 0);
    this.isFrozen = true;
  }

  /** Lets a frozen process go on; what came due meanwhile runs now, in order. */
  thaw(): void {
    this.note("thaw", this.incarnation.held.size);
    this.isFrozen = false;
    const held = [...this.incarnation.held];
    this.incarnation.held.clear();
    for (const event of held) {
      if (!event.isScheduled) this.loop.schedule(event, 0);
    }
  }

  /** Sends a signal. Without a handler the process ends, as it would by default. */
  signal(name: SignalName): void {
    this.note("signal", name.length);
    const { incarnation } = this;
    this.loop.schedule(new HostEvent(incarnation, () => this.parts.process.raise(name)), 0);
  }

  /** Moves the wall clock by `ms`, which may be negative, as an administrator or NTP does. */
  jumpWallClock(ms: number): void {
    this.note("clock-jump", ms);
    this.wallOffsetUs += Math.round(ms * 1000);
  }

  /** The process ends in order: its kernel closes what it left open. @throws SimExit always. */
  exit(code: number): never {
    this.note("exit", code);
    this.exitCode = code;
    // The call comes from code of the process, which goes on until the throw below: sockets close a moment later.
    this.incarnation.die("close");
    throw new SimExit(code);
  }

  /** Everything this host still waits for, for a report. */
  describe(): string {
    const { isAlive, timers, sockets, held } = this.incarnation;
    if (!isAlive) return `${this.name}: ${this.exitCode === null ? "down" : `exited with ${this.exitCode}`}`;
    const state = this.isFrozen ? `frozen, ${held.size} events held` : "running";
    const open = [...sockets].map((socket) => `\n    ${socket.describe()}`).join("");
    return `${this.name}: ${state}, ${timers.size} timers, ${sockets.size} sockets${open}`;
  }

  private note(kind: TraceKind, detail: number): void {
    this.loop.trace.event(this.loop.nowUs, this.id, kind, detail);
  }
}
