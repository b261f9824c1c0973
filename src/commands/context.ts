/**
 * What a handler sees: the arguments, the keyspace, the reply, the client. One object a server, reused for every
 * command; nothing of it may be kept.
 *
 * Arguments are offsets into buffers that belong to the connection (see `protocol/request-parser.ts`). The helpers
 * here read them without making strings, and answer the user's mistakes by writing the error reply and returning a
 * value that says so: a handler then returns.
 */
import { AHEAD_MAX } from "../base/keyed-hash.ts";
import { equalsIgnoreCase, Int64, latin1Text, parseInt64, parseSafeInt } from "../base/text.ts";
import type { Database } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { WriteHandle } from "../keyspace/write-handle.ts";
import type { Handle } from "../memory/arena.ts";
import type { ReplyBuffer } from "../protocol/reply-writer.ts";
import { typeOf } from "../structures/entry.ts";
import type { Blocker, BlockRequest } from "./blocking.ts";
import type { ClientState } from "./client-state.ts";
import type { Effects } from "./effects.ts";
import { WRONG_TYPE } from "./errors.ts";
import type { CommandRow } from "./spec.ts";
import { StreamArguments } from "./stream/stream-arguments.ts";

/** Keys of one command that are fetched together. */
const FETCHED_KEYS = AHEAD_MAX;
const FETCHED_KEYS_MIN = 4;

/** What `Context.lookupTyped` gives in place of an entry that holds a value of another type. */
export const WRONG_TYPE_FOUND = -1;

/** The arguments of one command: a parser's, or a copy of them that waits in a queue. */
export interface Arguments {
  readonly argc: number;
  readonly argStart: Int32Array;
  readonly argLength: Int32Array;
  readonly buffer: Uint8Array;
  readonly bigCount: number;
  bytesOf(index: number): Uint8Array;
}

/** What commands of this floor need from higher ones: ports, wired by the server. */
export interface Services {
  /**
   * Checks the user and password in two arguments and authenticates the client, or replies with the error.
   * @param userIndex null is the default user, who then must have a password.
   */
  authenticate(context: Context, userIndex: number | null, passwordIndex: number): boolean;
  /** Whether commands want an authenticated client at this time. */
  readonly requiresAuthentication: boolean;
  /** Why a client may not call a command that is protected, as an error; or null. */
  refuseProtected(client: ClientState): string | null;
  /** Makes a client as authenticated as a new one is. */
  greet(client: ClientState): void;
}

export class Context {
  readonly keyspace: Keyspace;
  readonly services: Services;
  /** Where a handler records what it has done, if its own arguments would not repeat it. */
  readonly effects: Effects;
  /** Where stream commands read their arguments to. */
  readonly stream = new StreamArguments();
  // Set once by the engine.
  blocker!: Blocker;
  // Set for each command by the engine.
  args!: Arguments;
  reply!: ReplyBuffer;
  client!: ClientState;
  database!: Database;
  row!: CommandRow;
  /** Wall clock of the unit of work, ms. It stands still while a command runs. */
  nowMs = 0;
  readonly #wide = new Int64();

  constructor(keyspace: Keyspace, effects: Effects, services: Services) {
    this.keyspace = keyspace;
    this.effects = effects;
    this.services = services;
  }

  /** Set when the running command has answered with an error: its code is the text's first word. */
  failure = "";

  /** Answers with an error, `code message` without the minus. */
  fail(text: string): void {
    this.failure = text;
    this.reply.error(text);
  }

  /** Whether the client may be left waiting: not within EXEC or a script, where a command that finds nothing says so. */
  get mayBlock(): boolean {
    return this.blocker.mayBlock(this);
  }

  /** Leaves the client waiting for keys, without a reply, if `mayBlock`: see `blocking.ts`. */
  block(request: BlockRequest): void {
    this.blocker.block(this, request);
  }

  get argc(): number {
    return this.args.argc;
  }

  /** The bytes in which argument `index` stands. */
  bytes(index: number): Uint8Array {
    const args = this.args;
    return args.bigCount === 0 ? args.buffer : args.bytesOf(index);
  }

  start(index: number): number {
    return this.args.argStart[index];
  }

  length(index: number): number {
    return this.args.argLength[index];
  }

  /** Whether argument `index` is this keyword (ASCII, upper case) in any case. */
  is(index: number, upperText: Uint8Array): boolean {
    return equalsIgnoreCase(this.bytes(index), this.args.argStart[index], this.args.argLength[index], upperText);
  }

  /** The argument as text, a character a byte. For names and messages, not for data. */
  text(index: number): string {
    return latin1Text(this.bytes(index), this.args.argStart[index], this.args.argLength[index]);
  }

  /** The argument as an integer of at most 2^53 in magnitude, or NaN. */
  integer(index: number): number {
    return parseSafeInt(this.bytes(index), this.args.argStart[index], this.args.argLength[index]);
  }

  /** The argument as a 64-bit integer: the exact or, beyond 2^53, the nearest double; null when it is none. */
  integer64(index: number): number | null {
    const read = this.#wide;
    if (!parseInt64(this.bytes(index), this.start(index), this.length(index), read)) return null;
    return read.value;
  }

  /** Whether the argument has a buffer to itself that may be kept as a value. */
  isAdoptable(index: number): boolean {
    return this.args.bigCount !== 0 && this.args.bytesOf(index) !== this.args.buffer;
  }

  /** Records the command's own arguments as an effect, even if nothing has changed: FLUSHALL of nothing. */
  propagateVerbatim(): void {
    if (this.effects.active) this.effects.verbatim(this.database.index, this.args);
  }

  /**
   * Before a command on many keys looks the one in argument `index` up: every sixteenth time fetches the cache lines of
   * the next sixteen (`look-ahead.ts`). Keys stand in every `step`th argument from 1 on.
   */
  fetchKeys(index: number, step: number): void {
    if (((index - 1) / step) % FETCHED_KEYS !== 0 || this.args.argc - index < FETCHED_KEYS_MIN * step) return;
    const { argc, argStart, argLength, bigCount, buffer } = this.args;
    if (bigCount !== 0) return;
    this.keyspace.lookAhead.fetch(this.database, buffer, argStart, argLength, index, step, argc);
  }

  lookupRead(index: number): Handle {
    return this.keyspace.lookupRead(this.database, this.bytes(index), this.start(index), this.length(index));
  }

  /** As `lookupRead`, but no use of the key. */
  lookupUntouched(index: number): Handle {
    const { keyspace, database } = this;
    return keyspace.lookupUntouched(database, this.bytes(index), this.start(index), this.length(index), true);
  }

  peek(index: number): Handle {
    return this.keyspace.peek(this.database, this.bytes(index), this.start(index), this.length(index));
  }

  /**
   * As `lookupRead` for a command on one type of value.
   * @returns the entry, 0 when there is none, WRONG_TYPE_FOUND when it holds something else: then the error is replied.
   */
  lookupTyped(index: number, type: number): Handle {
    const entry = this.lookupRead(index);
    if (entry === 0 || typeOf(this.keyspace.arena, entry) === type) return entry;
    this.fail(WRONG_TYPE);
    return WRONG_TYPE_FOUND;
  }

  /**
   * As `openWrite` for a command on one type of value: the key is absent or holds that.
   * @returns null when it holds something else: then the error is replied.
   */
  openTyped(index: number, type: number): WriteHandle | null {
    const handle = this.openWrite(index);
    if (handle.entry === 0 || typeOf(this.keyspace.arena, handle.entry) === type) return handle;
    handle.close(null, 0);
    this.fail(WRONG_TYPE);
    return null;
  }

  openWrite(index: number): WriteHandle {
    return this.keyspace.openWrite(this.database, this.bytes(index), this.start(index), this.length(index));
  }
}
