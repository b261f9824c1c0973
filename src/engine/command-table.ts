/**
 * The table of commands: derived once from the rows, asked once per command.
 *
 * A name is found through a small open-addressed table over a hash of its lower-cased bytes; no string is made of what
 * the client sent. A command that is defined twice fails at start.
 */
import { assert } from "../base/assert.ts";
import { asciiBytes } from "../base/text.ts";
import type { ArgumentSpec, CommandFlag, CommandRow, Handler } from "../commands/spec.ts";
import { createHistogram, NOT_COUNTED } from "./statistics.ts";

/** Flags that gates and accounting test, as bits. */
export const IS_WRITE = 1;
export const NEEDS_NO_AUTH = 2;
export const SKIPS_SLOWLOG = 4;
export const IS_READ = 8;
/** Executed at once even between MULTI and EXEC. */
export const NOT_QUEUED = 16;
/** Refused between MULTI and EXEC. */
export const NOT_IN_MULTI = 32;
/** What it changes is recorded as an effect. */
export const HAS_EFFECTS = 64;
/** A RESP2 client that has subscriptions may call it. */
export const ALLOWED_SUBSCRIBED = 256;
/** May leave its client waiting instead of replying. */
export const MAY_BLOCK = 512;

/** Runs in constant time, at least with few arguments: see `Command.constantArgcMax`. */
export const IS_CONSTANT = 128;

/** The configuration says who may call it. */
export const IS_PROTECTED = 1024;

/** MONITOR does not show it. */
export const SKIPS_MONITOR = 4096;
/** Should not take long: what does is a sign of something else. */
export const IS_FAST = 2048;

const FLAG_BITS: readonly (readonly [CommandFlag, number])[] = [
  ["write", IS_WRITE],
  ["no_auth", NEEDS_NO_AUTH],
  ["skip_slowlog", SKIPS_SLOWLOG],
  ["readonly", IS_READ],
  ["no_multi", NOT_IN_MULTI],
  ["blocking", MAY_BLOCK],
  ["protected", IS_PROTECTED],
  ["fast", IS_FAST],
  ["skip_monitor", SKIPS_MONITOR],
  ["admin", SKIPS_MONITOR],
];

const SUBSCRIBED_MAY: readonly string[] = [
  "ping",
  "subscribe",
  "ssubscribe",
  "unsubscribe",
  "sunsubscribe",
  "psubscribe",
  "punsubscribe",
  "quit",
  "reset",
];

/** Commands that steer the transaction, or end the connection's state, instead of becoming part of it. */
const STEERS_TRANSACTION: readonly string[] = ["exec", "discard", "multi", "watch", "quit", "reset"];

const NO_HISTOGRAM = new Float64Array(0);

/** No command has as many arguments. */
const ANY_COUNT = 0x3fffffff;

/** What commands on some elements usually come with. */
const FEW_ARGUMENTS = 6;

/**
 * Unless the row says otherwise, fast commands of fixed arity take constant time, and those on any number of elements
 * do on few. Where the arity varies for another reason, one argument more may mean any amount of work: a count.
 */
function constantArgcMax({ arity, arguments: grammar = [], constantTime, flags }: CommandRow): number {
  if (typeof constantTime === "number") return constantTime;
  if (constantTime !== undefined) return constantTime ? ANY_COUNT : 0;
  if (!flags.includes("fast")) return 0;
  if (arity > 0) return ANY_COUNT;
  return takesSome(grammar) && !flags.includes("blocking") ? FEW_ARGUMENTS : 0;
}

/** Whether there are arguments of which there may be any number. */
function takesSome(grammar: readonly ArgumentSpec[]): boolean {
  return grammar.some(({ multiple, arguments: parts = [] }) => multiple === true || takesSome(parts));
}

/** A row with what the engine keeps about it: its bits and its statistics. */
export class Command {
  readonly row: CommandRow;
  /** `config|get` for a subcommand. */
  readonly fullName: string;
  readonly handler: Handler;
  readonly arity: number = 0;
  readonly bits: number = 0;
  /** With up to so many arguments it runs in constant time; 0 when it never does. */
  readonly constantArgcMax: number = 0;
  readonly subcommands: ReadonlyMap<string, Command> | null;

  calls = 0;
  /** Total µs of the calls. */
  elapsedUs = 0;
  /** Calls that a gate refused. */
  rejected = 0;
  /** Calls that ran and replied with an error. */
  failed = 0;
  /** Calls by their latency (see `statistics.ts`); empty until the first is counted. */
  histogram: Float64Array = NO_HISTOGRAM;

  constructor(row: CommandRow, parent: string | null) {
    this.row = row;
    this.fullName = parent === null ? row.name : `${parent}|${row.name}`;
    this.handler = row.handler;
    this.arity = row.arity;
    let bits = 0;
    for (const [flag, bit] of FLAG_BITS) if (row.flags.includes(flag)) bits |= bit;
    if (parent === null && STEERS_TRANSACTION.includes(row.name)) bits |= NOT_QUEUED;
    if (SUBSCRIBED_MAY.includes(row.name)) bits |= ALLOWED_SUBSCRIBED;
    if (row.effects !== "none") bits |= HAS_EFFECTS;
    this.constantArgcMax = constantArgcMax(row);
    if (this.constantArgcMax > 0) bits |= IS_CONSTANT;
    this.bits = bits;
    this.subcommands =
      row.subcommands === undefined
        ? null
        : new Map(row.subcommands.map((subrow) => [subrow.name, new Command(subrow, row.name)]));
  }

  acceptsCount(argc: number): boolean {
    return this.arity >= 0 ? argc === this.arity : argc >= -this.arity;
  }

  /** A call has taken this long. @param cell of the histogram, or NOT_COUNTED. */
  took(elapsedUs: number, cell: number): void {
    this.elapsedUs += elapsedUs;
    if (cell === NOT_COUNTED) return;
    if (this.histogram === NO_HISTOGRAM) this.histogram = createHistogram();
    this.histogram[cell]++;
  }

  get isTimed(): boolean {
    return this.histogram !== NO_HISTOGRAM;
  }

  resetStatistics(): void {
    this.histogram = NO_HISTOGRAM;
    this.calls = 0;
    this.elapsedUs = 0;
    this.rejected = 0;
    this.failed = 0;
  }
}

const EMPTY_SLOT = -1;

export class CommandTable {
  /** All top-level commands, in the order of their definition. */
  readonly commands: readonly Command[];
  readonly #byName = new Map<string, Command>();
  readonly #names: Uint8Array[] = [];
  readonly #slots: Int16Array;
  readonly #mask: number;

  constructor(rows: readonly CommandRow[]) {
    this.commands = rows.map((row) => new Command(row, null));
    let size = 16;
    while (size < rows.length * 4) size *= 2;
    this.#slots = new Int16Array(size).fill(EMPTY_SLOT);
    this.#mask = size - 1;
    for (const command of this.commands) this.#add(command);
  }

  /** @returns null for an unknown name. */
  find(bytes: Uint8Array, start: number, length: number): Command | null {
    const mask = this.#mask;
    for (let at = hashName(bytes, start, length) & mask; ; at = (at + 1) & mask) {
      const index = this.#slots[at];
      if (index === EMPTY_SLOT) return null;
      if (equalsName(this.#names[index], bytes, start, length)) return this.commands[index];
    }
  }

  /** @param name lower case; `config|get` names a subcommand. */
  byName(name: string): Command | null {
    const [parent, subcommand] = name.split("|", 2);
    const command = this.#byName.get(parent) ?? null;
    return subcommand === undefined ? command : (command?.subcommands?.get(subcommand) ?? null);
  }

  *all(): Generator<Command> {
    for (const command of this.commands) {
      yield command;
      if (command.subcommands !== null) yield* command.subcommands.values();
    }
  }

  /** Commands that have a histogram. */
  get timedCount(): number {
    let count = 0;
    for (const command of this.commands) {
      if (command.isTimed) count++;
      if (command.subcommands === null) continue;
      for (const subcommand of command.subcommands.values()) if (subcommand.isTimed) count++;
    }
    return count;
  }

  #add(command: Command): void {
    const { name } = command.row;
    assert(!this.#byName.has(name), "a command is defined once");
    assert(name === name.toLowerCase(), "a command's name is in lower case");
    this.#byName.set(name, command);
    const bytes = asciiBytes(name);
    this.#names.push(bytes);
    let at = hashName(bytes, 0, bytes.length) & this.#mask;
    while (this.#slots[at] !== EMPTY_SLOT) at = (at + 1) & this.#mask;
    this.#slots[at] = this.#names.length - 1;
  }
}

/** Bit 5 makes letters lower case; that it also changes other bytes does no harm, since names are compared in full. */
function hashName(bytes: Uint8Array, start: number, length: number): number {
  let hash = length;
  // Names differ early; the bound keeps a hostile name of a megabyte cheap.
  const end = start + (length < 16 ? length : 16);
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] | 32)) | 0;
  return hash ^ (hash >>> 11);
}

function equalsName(name: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (name.length !== length) return false;
  for (let index = 0; index < length; index++) {
    const byte = bytes[start + index];
    const lower = byte >= 65 && byte <= 90 ? byte | 32 : byte;
    if (lower !== name[index]) return false;
  }
  return true;
}
