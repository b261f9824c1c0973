/**
 * The engine: one command from its arguments to its reply.
 *
 *     resolve the row → arity → gates, in their order → unit.open → handler → unit.commit → accounting → waiters
 *
 * It knows nothing of sockets: a session gives it arguments and a reply buffer, and so will a script, the AOF and the
 * replica link. Synchronous from end to end.
 */
import { SLOWLOG_THRESHOLD_US_DEFAULT } from "../base/limits.ts";
import { latin1Text } from "../base/text.ts";
import type { ClientState } from "../commands/client-state.ts";
import { type Arguments, Context, type Services } from "../commands/context.ts";
import { wrongArity } from "../commands/errors.ts";
import type { CommandRow } from "../commands/spec.ts";
import { TransactionQueue } from "../commands/transaction-state.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Clock, Timers } from "../platform/index.ts";
import type { ReplyBuffer } from "../protocol/reply-writer.ts";
import { Blocking, type WaiterRunner } from "./blocking.ts";
import {
  type Command,
  CommandTable,
  HAS_EFFECTS,
  IS_CONSTANT,
  IS_FAST,
  IS_PROTECTED,
  MAY_BLOCK,
  NOT_QUEUED,
  SKIPS_MONITOR,
  SKIPS_SLOWLOG,
} from "./command-table.ts";
import { GATES, POSTPONED } from "./gates.ts";
import { LatencyMonitor } from "./latency-monitor.ts";
import { SlowLog } from "./slow-log.ts";
import { EngineStatistics } from "./statistics.ts";
import { endTransaction } from "./transaction-rows.ts";
import { ORIGINS, type Origin, type Publisher, type Unit } from "./unit.ts";
import type { Waiter } from "./waiter.ts";
import { WatchTable } from "./watch.ts";

/** Commands that share one look at the clock, at the most. */
const GROUP_MAX = 32;
/** Transactions come and go; so many at a time do without garbage. */
const QUEUES_KEPT = 64;
/** With a slow log from less than this on, µs, each command is timed alone. */
const GROUPED_THRESHOLD_US_MIN = 1000;
/** How old the wall clock's reading may be when a command begins that came in one chunk with others. */
const WALL_CLOCK_AGE_US_MAX = 1000;

/** Of an unknown command's arguments the error repeats no more than this many bytes, as Redis. */
const UNKNOWN_COMMAND_BYTES_MAX = 128;

type Observer = (context: Context, row: CommandRow) => void;

export class Engine implements WaiterRunner {
  readonly keyspace: Keyspace;
  table: CommandTable;
  readonly statistics = new EngineStatistics();
  readonly unit: Unit;
  readonly watches: WatchTable;
  readonly blocking: Blocking;
  readonly slowLog: SlowLog = new SlowLog();
  readonly latency: LatencyMonitor = new LatencyMonitor();

  readonly #context: Context;
  readonly #clock: Clock;
  /** Up to when time is accounted for, monotonic µs. */
  lastUs = 0;
  /** The wall clock for the next command, ms, and when it was read. */
  #nowMs = 0;
  #nowReadUs = Number.NEGATIVE_INFINITY;
  /**
   * Commands that have run since `lastUs`: they share the time until the next look at the clock. Most come in runs of
   * the same one, which are counted; of each run, where in the group it begins.
   */
  readonly #runs: Command[] = [];
  readonly #runStarts = new Int32Array(GROUP_MAX);
  #runCount = 0;
  #lastGrouped: Command | null = null;
  #grouped = 0;
  /** Bits of a command that is timed in a group: none while a command of a few µs would be slow. */
  #groupedBits = IS_CONSTANT;
  #slowThresholdUs = SLOWLOG_THRESHOLD_US_DEFAULT;
  #observer: Observer | null = null;
  #runsWaiter = false;
  /** From where on somebody wants to know how long a command took, µs. */
  #noticedUs = SLOWLOG_THRESHOLD_US_DEFAULT;
  /** Queues that wait for a transaction. */
  readonly #queues: TransactionQueue[] = [];

  constructor(keyspace: Keyspace, unit: Unit, clock: Clock, timers: Timers, services: Services, publisher: Publisher) {
    this.keyspace = keyspace;
    this.unit = unit;
    this.watches = new WatchTable(keyspace);
    unit.wire(keyspace, this.watches, publisher);
    this.blocking = new Blocking(keyspace, unit, clock, timers, this);
    unit.wireWaiters(this.blocking);
    this.#context = new Context(keyspace, unit.effects, services);
    this.#context.blocker = this.blocking;
    this.#clock = clock;
    this.table = new CommandTable([]);
  }

  /**
   * Sets the commands that there are. Rows close over the parts of their server, so they come last.
   * @param renamed pairs of a name and what it is called instead; an empty one removes the command.
   */
  define(rows: readonly CommandRow[], renamed: readonly (readonly [string, string])[] = []): void {
    let named = [...rows];
    for (const [from, to] of renamed) {
      const row = named.find(({ name }) => name === from.toLowerCase());
      named = named.filter((other) => other !== row);
      if (row !== undefined && to !== "") named.push({ ...row, name: to.toLowerCase() });
    }
    this.table = new CommandTable(named);
  }

  // ---- time -----------------------------------------------------------------------------------------------------
  //
  // Reading the clock twice a command would cost as much as the command: 7 % of the processor's time at a pipeline of
  // 64. So constant-time commands that follow each other in a chunk are timed as a group and share its time equally;
  // any other command is timed alone. None of a group takes a millisecond by itself, so the slow log loses nothing; when
  // it begins below that, there are no groups.

  /** `slowlog-log-slower-than`, µs; negative is off. */
  get slowThresholdUs(): number {
    return this.#slowThresholdUs;
  }

  set slowThresholdUs(us: number) {
    this.#slowThresholdUs = us;
    this.#findNoticed();
  }

  /** `latency-monitor-threshold`, ms; 0 is off. */
  set latencyThresholdMs(ms: number) {
    this.latency.thresholdUs = ms === 0 ? Number.POSITIVE_INFINITY : ms * 1000;
    this.#findNoticed();
  }

  /** Is told of each command that has run, except those that nobody is to see. Null costs nothing. */
  set observer(observe: Observer | null) {
    this.#observer = observe;
    this.#findNoticed();
  }

  #findNoticed(): void {
    const isFast = this.#slowThresholdUs >= 0 && this.#slowThresholdUs < GROUPED_THRESHOLD_US_MIN;
    this.#groupedBits = isFast || this.#observer !== null ? 0 : IS_CONSTANT;
    if (this.#observer !== null) {
      this.#noticedUs = 0;
      return;
    }
    const slowUs = this.#slowThresholdUs < 0 ? Number.POSITIVE_INFINITY : this.#slowThresholdUs;
    this.#noticedUs = Math.min(slowUs, this.latency.thresholdUs);
  }

  /**
   * Before the commands of a chunk. The wall clock is read for each chunk, however short ago it was read: who has sent it
   * may have looked at the same clock before, and a time that it has counted from there must not be further away here.
   */
  beginBatch(): void {
    this.lastUs = this.#clock.monotonicUs();
    this.#readWall(this.lastUs);
  }

  /** After them. */
  endBatch(): void {
    if (this.#grouped > 0) this.#closeGroup();
  }

  #readWall(nowUs: number): void {
    this.#nowMs = this.#clock.wallMs();
    this.#nowReadUs = nowUs;
  }

  /** Looks at the clock and gives each command of the group its share. */
  #closeGroup(): void {
    const nowUs = this.#clock.monotonicUs();
    const elapsedUs = nowUs - this.lastUs;
    const shareUs = elapsedUs / this.#grouped;
    const cell = this.statistics.cellOf(shareUs);
    let end = this.#grouped;
    this.statistics.commandsProcessed += end;
    for (let run = this.#runCount - 1; run >= 0; run--) {
      const start = this.#runStarts[run];
      this.#runs[run].answered(end - start, shareUs, cell);
      end = start;
    }
    this.#grouped = 0;
    this.#runCount = 0;
    this.#lastGrouped = null;
    this.#passTo(nowUs);
    if (elapsedUs >= this.latency.thresholdUs) this.latency.add("fast-command", elapsedUs, this.#clock.wallMs());
  }

  #passTo(nowUs: number): void {
    this.lastUs = nowUs;
    if (nowUs - this.#nowReadUs >= WALL_CLOCK_AGE_US_MAX && !this.unit.isOpen) this.#readWall(nowUs);
  }

  // ---- commands -------------------------------------------------------------------------------------------------

  /** Runs one command of a client. Exactly one reply is written. */
  execute(args: Arguments, client: ClientState, reply: ReplyBuffer): void {
    const context = this.#context;
    context.args = args;
    context.client = client;
    context.reply = reply;
    const view = this.keyspace.hash.viewOf(args.bytesOf(0));
    const command = this.table.find(view, args.argStart[0], args.argLength[0]);
    if (command === null) {
      client.lastCommand = "NULL";
      this.#reject(null, unknownCommand(context));
      return;
    }
    if (command.subcommands !== null && args.argc > 1) this.#executeSubcommand(command);
    else this.#admit(command);
  }

  #executeSubcommand(parent: Command): void {
    const context = this.#context;
    const name = context.text(1).toLowerCase();
    const command = parent.subcommands?.get(name);
    if (command !== undefined) this.#admit(command);
    else this.#reject(parent, unknownSubcommand(parent.row.name, context.text(1)));
  }

  #admit(command: Command): void {
    const context = this.#context;
    context.client.lastCommand = command.fullName;
    if (!command.acceptsCount(context.args.argc)) {
      this.#reject(command, wrongArity(command.fullName));
      return;
    }
    const isAsked = context.client.restrictions !== 0 || (command.bits & IS_PROTECTED) !== 0;
    if (isAsked && this.#isHeldBack(command)) return;
    this.#run(command, ORIGINS.client);
  }

  /** Asks the gates, and queues within MULTI. @returns whether the command has been dealt with. */
  #isHeldBack(command: Command): boolean {
    const context = this.#context;
    for (const gate of GATES) {
      const refusal = gate.refuse(context, command);
      if (refusal === null) continue;
      if (refusal === POSTPONED) context.client.outbox.postpone();
      else this.#reject(command, refusal);
      return true;
    }
    const { transaction } = context.client;
    if (transaction === null || (command.bits & NOT_QUEUED) !== 0) return false;
    transaction.queue.add(command, context.args);
    context.reply.queued();
    return true;
  }

  /** An empty queue for a transaction. */
  takeQueue(): TransactionQueue {
    return this.#queues.pop() ?? new TransactionQueue();
  }

  /** Takes one back whose transaction has ended. */
  giveQueue(queue: TransactionQueue): void {
    if (queue.clear() && this.#queues.length < QUEUES_KEPT) this.#queues.push(queue);
  }

  /** Runs what EXEC finds queued, as part of its unit. */
  executeQueued(queue: TransactionQueue): void {
    const context = this.#context;
    const { args, row } = context;
    context.reply.arrayHeader(queue.count);
    context.args = queue;
    for (let index = 0; index < queue.count; index++) {
      queue.show(index);
      this.#run(queue.commands[index] as Command, ORIGINS.exec);
    }
    context.args = args;
    context.row = row;
    context.failure = "";
  }

  #run(command: Command, origin: Origin): void {
    const context = this.#context;
    const { keyspace, unit } = this;
    const isConstant = (command.bits & this.#groupedBits) !== 0 && context.args.argc <= command.constantArgcMax;
    if (!isConstant && this.#grouped > 0) this.#closeGroup();
    const startedUs = this.lastUs;
    const dirty = keyspace.dirty;
    const { effects } = unit;
    const recorded = effects.recorded;
    const database = keyspace.databases[context.client.databaseIndex];
    context.row = command.row;
    context.database = database;
    context.nowMs = this.#nowMs;
    context.failure = "";
    unit.open(this.#nowMs, origin);
    command.handler(context);
    if (
      effects.active &&
      keyspace.dirty !== dirty &&
      effects.recorded === recorded &&
      (command.bits & HAS_EFFECTS) !== 0
    ) {
      effects.verbatim(database.index, context.args);
    }
    unit.commit();
    if ((command.bits & MAY_BLOCK) !== 0 && this.blocking.hasBlocked(command)) {
      this.#timeBlocked(command, startedUs);
    } else {
      if (context.failure !== "") this.#countFailure(command, context.failure);
      if (isConstant) {
        if (command !== this.#lastGrouped) this.#beginRun(command);
        if (++this.#grouped === GROUP_MAX) this.#closeGroup();
      } else {
        this.#timeAlone(command, startedUs);
      }
    }
    if (keyspace.attention !== 0 && this.blocking.hasReady) this.blocking.serve();
  }

  #beginRun(command: Command): void {
    this.#lastGrouped = command;
    this.#runs[this.#runCount] = command;
    this.#runStarts[this.#runCount++] = this.#grouped;
  }

  /** The call is counted when it is answered; the time has passed. */
  #timeBlocked(command: Command, startedUs: number): void {
    const nowUs = this.#clock.monotonicUs();
    command.elapsedUs += nowUs - startedUs;
    this.#passTo(nowUs);
    this.#tellObserver(command);
  }

  /** Serves clients whose keys a unit outside of any command has changed. */
  serveWaiters(): void {
    this.beginBatch();
    this.blocking.serve();
    this.endBatch();
  }

  runWaiter(command: Command, waiter: Waiter): void {
    const context = this.#context;
    context.args = waiter.args;
    context.client = waiter.client;
    context.reply = waiter.client.outbox.reply;
    this.#runsWaiter = true;
    this.#run(command, ORIGINS.waiter);
    this.#runsWaiter = false;
  }

  countAnswered(command: Command, error: string): void {
    command.answered(1, 0, this.statistics.cellOf(0));
    this.statistics.commandsProcessed++;
    if (error !== "") this.#countFailure(command, error);
  }

  #countFailure(command: Command, error: string): void {
    command.failed++;
    this.statistics.countError(error);
  }

  #timeAlone(command: Command, startedUs: number): void {
    // Commands that ran within this one (EXEC) have their share first.
    if (this.#grouped > 0) this.#closeGroup();
    const nowUs = this.#clock.monotonicUs();
    const elapsedUs = nowUs - startedUs;
    command.answered(1, elapsedUs, this.statistics.cellOf(elapsedUs));
    this.statistics.commandsProcessed++;
    this.#passTo(nowUs);
    if (elapsedUs >= this.#noticedUs) this.#notice(command, elapsedUs);
  }

  #tellObserver(command: Command): void {
    // A command that has waited was told of when it began to.
    if (this.#observer === null || this.#runsWaiter || (command.bits & SKIPS_MONITOR) !== 0) return;
    this.#observer(this.#context, command.row);
  }

  /** Somebody watches, or a command took long enough for the slow log or the latency monitor. */
  #notice(command: Command, elapsedUs: number): void {
    this.#tellObserver(command);
    const nowMs = this.#clock.wallMs();
    const { args, client } = this.#context;
    if (elapsedUs >= this.#slowThresholdUs && this.#slowThresholdUs >= 0) {
      this.statistics.slowCommands++;
      if ((command.bits & SKIPS_SLOWLOG) === 0) this.slowLog.add(command.row, args, client, elapsedUs, nowMs);
    }
    if (elapsedUs < this.latency.thresholdUs) return;
    this.latency.add((command.bits & IS_FAST) === 0 ? "command" : "fast-command", elapsedUs, nowMs);
  }

  #reject(command: Command | null, error: string): void {
    if (command !== null) command.rejected++;
    const { transaction } = this.#context.client;
    if (transaction !== null) transaction.aborted = true;
    // An EXEC that is refused ends its transaction, and says why.
    const isExec = command?.row.name === "exec";
    const text = isExec ? this.#abandon(error) : error;
    // Who watches has seen MULTI.
    if (isExec) this.#tellObserver(command);
    this.statistics.countError(text);
    this.#context.reply.error(text);
  }

  #abandon(reason: string): string {
    endTransaction(this.#context, this);
    return `EXECABORT Transaction discarded because of: ${reason.replace(/^ERR /, "")}`;
  }

  resetStatistics(): void {
    this.statistics.reset();
    for (const command of this.table.all()) command.resetStatistics();
  }
}

function unknownCommand(context: Context): string {
  let shown = "";
  for (let index = 1; index < context.argc && shown.length < UNKNOWN_COMMAND_BYTES_MAX; index++) {
    shown += `'${argumentText(context, index, UNKNOWN_COMMAND_BYTES_MAX - shown.length)}' `;
  }
  const name = argumentText(context, 0, UNKNOWN_COMMAND_BYTES_MAX);
  return `ERR unknown command '${name}', with args beginning with: ${shown}`;
}

function argumentText(context: Context, index: number, bytesMax: number): string {
  return latin1Text(context.bytes(index), context.start(index), Math.min(context.length(index), bytesMax));
}

function unknownSubcommand(parent: string, name: string): string {
  return `ERR unknown subcommand '${name.slice(0, UNKNOWN_COMMAND_BYTES_MAX)}'. Try ${parent.toUpperCase()} HELP.`;
}
