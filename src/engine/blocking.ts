/**
 * Blocking commands: clients that wait for keys, and who wakes them.
 *
 *     handler → context.block(…)          the client is parked with a copy of its arguments, and stands in the queue of
 *                                         each of its keys (`wait-queues.ts`)
 *     a unit changes such a key           the key is ready
 *     the outermost unit has committed    serve: ready keys in the order of getting so, of each the waiters in the order
 *     and its caller is answered          of coming; each one's command is run again as a unit of its own
 *
 * A command that is run again has the keys' present state before it and decides anew, so nothing is handed over: what it
 * does is recorded as that of any command, after the effects of the unit that has woken it. It may make further keys
 * ready (BLMOVE), which are served in the same go, after those that were ready before. If it finds nothing it blocks
 * again and keeps its place: being asked in vain costs nobody his turn. Redis 7.2 does the same but for that place.
 *
 * An alternative is to hand the new element to the waiter directly, as Redis did up to 7.0. It saves the second run and
 * costs each family a second way of doing everything.
 *
 * A waiter ends by a reply, by its time running out, by CLIENT UNBLOCK, or with its connection. While it waits the
 * connection executes nothing; what comes in is kept, and past a bound not even read (`server/session.ts`).
 *
 * Statistics: a command that blocks is one call, counted when it is answered; the time is that of its runs, not of its
 * waiting.
 */
import { assert } from "../base/assert.ts";
import type { Blocker, BlockRequest } from "../commands/blocking.ts";
import { type ClientState, RESTRICTED_PAUSED, RESTRICTED_WRITES_PAUSED } from "../commands/client-state.ts";
import type { Context } from "../commands/context.ts";
import { ArgumentCopy } from "../commands/transaction-state.ts";
import type { Database } from "../keyspace/database.ts";
import type { KeyEvent } from "../keyspace/key-events.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Clock, Timers } from "../platform/index.ts";
import type { ReplyBuffer } from "../protocol/reply-writer.ts";
import { Alarm } from "./alarm.ts";
import { type Command, IS_WRITE } from "./command-table.ts";
import { ORIGINS, type Unit } from "./unit.ts";
import { TYPE_ABSENT, type WaitQueue, WaitQueues } from "./wait-queues.ts";
import { Waiter } from "./waiter.ts";

const UNBLOCKED_BY_COMMAND = "UNBLOCKED client unblocked via CLIENT UNBLOCK";

/** What the engine does for waiters. */
export interface WaiterRunner {
  /** Runs a waiter's command again, for its client. Gates that it has passed once are not asked again. */
  runWaiter(command: Command, waiter: Waiter): void;
  /** Counts a call that has ended without running again. @param error its reply, empty if it is none. */
  countAnswered(command: Command, error: string): void;
}

export class Blocking implements Blocker {
  readonly #queues: WaitQueues;
  readonly #keyspace: Keyspace;
  readonly #unit: Unit;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #runner: WaiterRunner;
  readonly #waiters: Map<ClientState, Waiter> = new Map();
  /** Waiters whose time can run out. */
  timedCount = 0;
  /** Bytes of the waiters: arguments, keys, and constants for objects. */
  sizeBytes = 0;
  /** Who has blocked in the command that is just returning. */
  #blocked: Waiter | null = null;
  /** Whose command is being run again. */
  #waking: Waiter | null = null;
  /** It has blocked once more. */
  #waitsOn = false;
  #isServing = false;

  constructor(keyspace: Keyspace, unit: Unit, clock: Clock, timers: Timers, runner: WaiterRunner) {
    this.#queues = new WaitQueues(keyspace);
    this.#keyspace = keyspace;
    this.#unit = unit;
    this.#clock = clock;
    this.#timers = timers;
    this.#runner = runner;
  }

  /** Clients that wait for keys. */
  get count(): number {
    return this.#waiters.size;
  }

  /** Keys that are waited for. */
  get keyCount(): number {
    return this.#queues.keyCount;
  }

  /** Keys of which somebody wants to know when they go. */
  get deletionKeyCount(): number {
    return this.#queues.deletionKeyCount;
  }

  /** Bytes kept for a client while it waits, 0 when it does not. */
  bytesOf(client: ClientState): number {
    return this.#waiters.get(client)?.sizeBytes ?? 0;
  }

  // ---- blocking -------------------------------------------------------------------------------------------------

  mayBlock({ client }: Context): boolean {
    return this.#unit.isOutermost && this.#unit.isReplied && !client.isReplica;
  }

  block(context: Context, request: BlockRequest): void {
    assert(this.mayBlock(context), "only a client's own command blocks");
    assert(context.row.flags.includes("blocking"), "the row of a command that blocks says so");
    assert(this.#blocked === null, "a command blocks once");
    this.#blocked = this.#waking ?? this.#park(context, request);
  }

  #park(context: Context, request: BlockRequest): Waiter {
    const { client } = context;
    const { firstKey, keyCount, timeoutMs } = request;
    assert(!this.#waiters.has(client), "a client that waits runs no command");
    const args = new ArgumentCopy(context.args, request.replacements);
    const waiter = new Waiter(
      client,
      args,
      request.types,
      request.unblockOnDeletion ?? false,
      request.timeOut ?? replyNullArray,
    );
    for (let index = firstKey; index < firstKey + keyCount; index++) {
      this.#queues.add(waiter, client.databaseIndex, args.buffer, args.argStart[index], args.argLength[index]);
    }
    this.#waiters.set(client, waiter);
    this.sizeBytes += waiter.sizeBytes;
    if (timeoutMs > 0) this.#setAlarm(waiter, timeoutMs);
    client.outbox.park();
    return waiter;
  }

  #setAlarm(waiter: Waiter, timeoutMs: number): void {
    this.timedCount++;
    const dueUs = this.#clock.monotonicUs() + timeoutMs * 1000;
    waiter.alarm = new Alarm(this.#clock, this.#timers, dueUs, () => this.#answer(waiter, waiter.timeOut, ""));
  }

  /** Whether the command that has just returned has blocked, so that it is not over yet. */
  hasBlocked(command: Command): boolean {
    const waiter = this.#blocked;
    if (waiter === null) return false;
    waiter.command = command;
    this.#blocked = null;
    this.#waitsOn = waiter === this.#waking;
    return true;
  }

  // ---- serving --------------------------------------------------------------------------------------------------

  /** Whether keys that somebody waits for have changed. */
  get hasReady(): boolean {
    return this.#queues.hasReady;
  }

  /** Serves the waiters of ready keys, until none is ready. Within such a serving, or a unit, it does nothing. */
  serve(): void {
    if (this.#isServing || this.#unit.isOpen) return;
    this.#isServing = true;
    for (let queue = this.#queues.takeReady(); queue !== null; queue = this.#queues.takeReady()) this.#serveKey(queue);
    this.#isServing = false;
  }

  #serveKey(queue: WaitQueue): void {
    const { waiters } = queue;
    let type = this.#typeNow(queue);
    let at = 0;
    while (at < waiters.length) {
      if (type === TYPE_ABSENT && queue.deletionWaiters === 0) return;
      const waiter = waiters[at];
      if (wakes(waiter, type)) {
        this.#wake(waiter);
        type = this.#typeNow(queue);
      }
      // Who is served leaves the queue; who is not stays where it is.
      if (waiters[at] === waiter) at++;
    }
    this.#queues.served(queue);
  }

  /** What a ready key holds. If its time is up it goes, as for anybody who looks at it, in a unit of its own. */
  #typeNow(queue: WaitQueue): number {
    if (this.#queues.isExpired(queue)) {
      this.#unit.open(this.#keyspace.nowMs, ORIGINS.expire);
      this.#queues.expire(queue);
      this.#unit.commit();
    }
    return this.#queues.typeOf(queue);
  }

  #wake(waiter: Waiter): void {
    const { client, command } = waiter;
    assert(command !== null, "a waiter's command has returned");
    if (isPaused(client, command)) {
      this.#remove(waiter);
      client.outbox.postpone(waiter.args);
      return;
    }
    if (!client.outbox.beginAnswer()) {
      this.#remove(waiter);
      return;
    }
    this.#waking = waiter;
    this.#waitsOn = false;
    this.#runner.runWaiter(command, waiter);
    this.#waking = null;
    if (!this.#waitsOn) this.#remove(waiter);
    client.outbox.endAnswer(!this.#waitsOn);
  }

  // ---- ending ---------------------------------------------------------------------------------------------------

  /**
   * CLIENT UNBLOCK: answers a client that waits as if its time were up, or with an error.
   * @returns false when it does not wait.
   */
  unblock(client: ClientState, withError: boolean): boolean {
    const waiter = this.#waiters.get(client);
    if (waiter === undefined) return false;
    if (withError) this.#answer(waiter, (reply) => reply.error(UNBLOCKED_BY_COMMAND), UNBLOCKED_BY_COMMAND);
    else this.#answer(waiter, waiter.timeOut, "");
    return true;
  }

  /** The client is gone. */
  forget(client: ClientState): void {
    const waiter = this.#waiters.get(client);
    if (waiter !== undefined) this.#remove(waiter);
  }

  #answer(waiter: Waiter, write: (reply: ReplyBuffer) => void, error: string): void {
    const { client, command } = waiter;
    this.#remove(waiter);
    if (!client.outbox.beginAnswer()) return;
    write(client.outbox.reply);
    assert(command !== null, "a waiter's command has returned");
    this.#runner.countAnswered(command, error);
    client.outbox.endAnswer(true);
  }

  /** Does nothing for one that has gone already, such as with its connection while it was answered. */
  #remove(waiter: Waiter): void {
    if (this.#waiters.get(waiter.client) !== waiter) return;
    this.sizeBytes -= waiter.sizeBytes;
    this.#queues.remove(waiter);
    this.#waiters.delete(waiter.client);
    if (waiter.alarm === null) return;
    waiter.alarm.cancel();
    waiter.alarm = null;
    this.timedCount--;
  }

  // ---- what the keyspace tells ----------------------------------------------------------------------------------

  keyEvent(database: Database, key: Uint8Array, start: number, length: number, event: KeyEvent): void {
    this.#queues.keyEvent(database, key, start, length, event);
  }

  /** All keys of a database are about to go, or to be exchanged for others. */
  databaseChanged(database: Database): void {
    this.#queues.databaseChanged(database.index);
  }
}

function wakes(waiter: Waiter, type: number): boolean {
  return waiter.unblockOnDeletion || (type !== TYPE_ABSENT && (waiter.types & (1 << type)) !== 0);
}

/** A client that is woken during a CLIENT PAUSE gets its turn after it, as in Redis. */
function isPaused({ restrictions }: ClientState, { bits }: Command): boolean {
  return (
    (restrictions & RESTRICTED_PAUSED) !== 0 ||
    ((restrictions & RESTRICTED_WRITES_PAUSED) !== 0 && (bits & IS_WRITE) !== 0)
  );
}

function replyNullArray(reply: ReplyBuffer): void {
  reply.nullArray();
}
