/**
 * The table of commands: derived once from the rows, asked once per command.
 *
 * No string is made of what the client sent. The first eight bytes of a name are read as two words and made lower case
 * together, by bit 5; a small open-addressed table is asked by those and the length. For a name of up to eight letters,
 * which is almost every call, that is the whole comparison: no other byte becomes a letter by that bit. Any other name
 * is compared byte by byte when the words agree. A command that is defined twice fails at start.
 */
import { assert } from "../base/assert.ts";
import { viewOf } from "../base/bytes.ts";
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

  /** Calls have been answered that took this long each. @param cell of the histogram, or NOT_COUNTED. */
  answered(calls: number, elapsedUs: number, cell: number): void {
    this.calls += calls;
    this.elapsedUs += elapsedUs * calls;
    if (cell === NOT_COUNTED) return;
    if (this.histogram === NO_HISTOGRAM) this.histogram = createHistogram();
    this.histogram[cell] += calls;
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
/** Bit 5 of four bytes: of letters, what makes them lower case. */
const LOWER_CASE = 0x20202020;
/** Of a name, what is read as two words. */
const WORDS_BYTES = 8;
const WHOLE_NAME = /^[a-z]{1,8}$/;

export class CommandTable {
  /** All top-level commands, in the order of their definition. */
  readonly commands: readonly Command[];
  readonly #byName = new Map<string, Command>();
  /** By the place of a command: its name, and the words and length that it is found by. */
  readonly #names: Uint8Array[] = [];
  readonly #lows: Int32Array;
  readonly #highs: Int32Array;
  readonly #lengths: Int32Array;
  /** Whether those are the whole name. */
  readonly #areWhole: Uint8Array;
  readonly #slots: Int16Array;
  readonly #mask: number;
  /** The words of the name that is looked for. */
  #low = 0;
  #high = 0;

  constructor(rows: readonly CommandRow[]) {
    this.commands = rows.map((row) => new Command(row, null));
    let size = 16;
    while (size < rows.length * 4) size *= 2;
    this.#slots = new Int16Array(size).fill(EMPTY_SLOT);
    this.#mask = size - 1;
    this.#lows = new Int32Array(rows.length);
    this.#highs = new Int32Array(rows.length);
    this.#lengths = new Int32Array(rows.length);
    this.#areWhole = new Uint8Array(rows.length);
    for (const command of this.commands) this.#add(command);
  }

  /** @param start counts from the beginning of the view. @returns null for an unknown name. */
  find(view: DataView, start: number, length: number): Command | null {
    this.#readWords(view, start, length);
    const low = this.#low;
    const high = this.#high;
    const mask = this.#mask;
    for (let at = slotOf(low, high, length) & mask; ; at = (at + 1) & mask) {
      const index = this.#slots[at];
      if (index === EMPTY_SLOT) return null;
      if (this.#lows[index] !== low || this.#highs[index] !== high || this.#lengths[index] !== length) continue;
      if (this.#areWhole[index] === 1 || equalsName(this.#names[index], view, start)) return this.commands[index];
    }
  }

  /** Reads the words of a name; beyond its end they are zero. */
  #readWords(view: DataView, start: number, length: number): void {
    if (start + WORDS_BYTES > view.byteLength) {
      this.#low = wordOf(view, start, Math.min(length, 4));
      this.#high = wordOf(view, start + 4, Math.min(length - 4, 4));
      return;
    }
    const low = view.getInt32(start, true) | LOWER_CASE;
    const high = view.getInt32(start + 4, true) | LOWER_CASE;
    this.#low = length >= 4 ? low : low & ((1 << (8 * length)) - 1);
    if (length >= WORDS_BYTES) this.#high = high;
    else this.#high = length > 4 ? high & ((1 << (8 * (length - 4))) - 1) : 0;
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
    const index = this.#names.length;
    const bytes = asciiBytes(name);
    this.#names.push(bytes);
    this.#readWords(viewOf(bytes), 0, bytes.length);
    this.#lows[index] = this.#low;
    this.#highs[index] = this.#high;
    this.#lengths[index] = bytes.length;
    this.#areWhole[index] = WHOLE_NAME.test(name) ? 1 : 0;
    let at = slotOf(this.#low, this.#high, bytes.length) & this.#mask;
    while (this.#slots[at] !== EMPTY_SLOT) at = (at + 1) & this.#mask;
    this.#slots[at] = index;
  }
}

function slotOf(low: number, high: number, length: number): number {
  const hash = Math.imul(low, 0x9e3779b1) ^ Math.imul(high + length, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

/** A word of a name that ends within it. @param length of the rest of the name from there on, below 1 for none. */
function wordOf(view: DataView, start: number, length: number): number {
  let word = 0;
  for (let index = 0; index < length; index++) word |= (view.getUint8(start + index) | 0x20) << (8 * index);
  return word;
}

function equalsName(name: Uint8Array, view: DataView, start: number): boolean {
  for (let index = 0; index < name.length; index++) {
    const byte = view.getUint8(start + index);
    const lower = byte >= 65 && byte <= 90 ? byte | 32 : byte;
    if (lower !== name[index]) return false;
  }
  return true;
}
