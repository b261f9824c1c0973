/**
 * A server in the simulated runtime with commands that block on strings, so that blocking is tested without any type
 * that has such commands of its own:
 *
 *     TAKE key [key ...] timeout          deletes the first key that holds a string: [key, value]
 *     TAKEIF key value timeout            deletes the key once it holds that value
 *     TAKEMOVE source target timeout      renames, as BLMOVE moves: the value, or a null
 *     AWAITLIST key timeout               waits for a type that no test makes
 *     GONE key timeout                    waits until the key is not there, as XREADGROUP does: the number of its runs
 */
import { Simulation } from "../../runtime/sim/simulation.ts";
import { waitsForType } from "../../src/commands/blocking.ts";
import type { Context } from "../../src/commands/context.ts";
import { allKeys, type CommandRow } from "../../src/commands/spec.ts";
import { readTimeout } from "../../src/commands/timeout.ts";
import { EVENT_DEL, EVENT_RENAME_TO } from "../../src/keyspace/key-events.ts";
import { moveKey } from "../../src/keyspace/key-moves.ts";
import { REPLY_READY, ReplyReader } from "../../src/protocol/reply-reader.ts";
import { allRows } from "../../src/server/rows.ts";
import { Server } from "../../src/server/server.ts";
import { TYPE_LIST, TYPE_STRING } from "../../src/structures/entry.ts";
import { WireClient } from "../wire/client.ts";
import { latin1Text, show, textOf, words } from "../wire/notation.ts";
import { simulatedStreams } from "../wire/stream.ts";

const PORT = 6379;
const DEL = new TextEncoder().encode("DEL");

const SHARED = {
  flags: ["write", "blocking"],
  categories: [],
  keySpecs: allKeys("RW"),
  group: "generic",
  since: "0.0.0",
  complexity: "",
  summary: "",
  effects: "verbatim",
} as const;

const ROWS: readonly CommandRow[] = [
  { ...SHARED, name: "take", arity: -3, effects: "rewritten", handler: take },
  { ...SHARED, name: "takeif", arity: 4, handler: takeIf },
  { ...SHARED, name: "takemove", arity: 4, handler: takeMove },
  { ...SHARED, name: "awaitlist", arity: 3, handler: (context) => block(context, 1, TYPE_LIST) },
  { ...SHARED, name: "gone", arity: 3, handler: gone },
];

/** Leaves the client waiting for the keys before the last argument, which is the timeout. */
function block(context: Context, keyCount: number, type: number): void {
  const timeoutMs = readTimeout(context, context.argc - 1);
  if (Number.isNaN(timeoutMs)) return;
  if (context.mayBlock) context.block({ firstKey: 1, keyCount, timeoutMs, types: waitsForType(type) });
  else context.reply.nullArray();
}

function take(context: Context): void {
  const { effects, keyspace, reply } = context;
  for (let index = 1; index < context.argc - 1; index++) {
    const handle = context.openWrite(index);
    if (handle.entry === 0) {
      handle.close(null, 0);
      continue;
    }
    const { bytes, start, length } = {
      bytes: context.bytes(index),
      start: context.start(index),
      length: context.length(index),
    };
    reply.arrayHeader(2);
    reply.bulk(bytes, start, length);
    keyspace.reader.open(handle.entry);
    keyspace.reader.findWhole(0, keyspace.reader.length);
    const { run } = keyspace.reader;
    reply.bulk(run.bytes, run.start, run.length);
    handle.unlink();
    handle.close(EVENT_DEL, 1);
    if (effects.active) {
      effects.begin(context.database.index, 2);
      effects.constant(DEL);
      effects.argument(bytes, start, length);
    }
    return;
  }
  block(context, context.argc - 2, TYPE_STRING);
}

function takeIf(context: Context): void {
  const handle = context.openWrite(1);
  const { reader } = context.keyspace;
  let found = false;
  if (handle.entry !== 0) {
    reader.open(handle.entry);
    reader.findWhole(0, reader.length);
    found =
      latin1Text(reader.run.bytes.subarray(reader.run.start, reader.run.start + reader.run.length)) === context.text(2);
  }
  if (found) handle.unlink();
  handle.close(found ? EVENT_DEL : null, found ? 1 : 0);
  if (found) context.reply.simple("TAKEN");
  else block(context, 1, TYPE_STRING);
}

function takeMove(context: Context): void {
  const from = context.openWrite(1);
  if (from.entry === 0) {
    from.close(null, 0);
    block(context, 1, TYPE_STRING);
    return;
  }
  const to = context.openWrite(2);
  moveKey(context.keyspace, from, to);
  to.close(EVENT_RENAME_TO, 1);
  from.close(null, 0);
  context.reply.simple("MOVED");
}

/** By client: a command that is run again keeps nothing of its own. */
const runs = new WeakMap<object, number>();

function gone(context: Context): void {
  const { client } = context;
  const count = (runs.get(client) ?? 0) + 1;
  runs.set(client, count);
  if (context.peek(1) === 0) {
    context.fail(`GONE after ${count}`);
    return;
  }
  context.block({
    firstKey: 1,
    keyCount: 1,
    timeoutMs: readTimeout(context, 2),
    types: waitsForType(TYPE_LIST),
    timeOut: (reply) => reply.nullBulk(),
    unblockOnDeletion: true,
  });
}

export class World {
  readonly simulation: Simulation;
  readonly server: Server;
  /** What has been propagated, a command a line. */
  readonly effects: string[] = [];
  readonly #open: ReturnType<typeof simulatedStreams>;

  private constructor(simulation: Simulation) {
    this.simulation = simulation;
    const host = simulation.createHost("server");
    this.server = new Server(host.platform, {
      port: PORT,
      hosts: [host.address],
      directives: { "protected-mode": "no", "enable-debug-command": "yes" },
    });
    this.server.engine.define([...allRows(this.server), ...ROWS]);
    this.#open = simulatedStreams(simulation.createHost("clients").platform, host.address, PORT);
  }

  static async create(seed = 1): Promise<World> {
    const world = new World(new Simulation({ seed }));
    await world.simulation.settle(world.server.listen());
    return world;
  }

  async connect(): Promise<Caller> {
    return new Caller(this, await this.simulation.settle(WireClient.connect(this.#open)));
  }

  /** Keeps what is propagated from now on. */
  readLog(): void {
    this.server.engine.unit.log.addReader({
      append: (bytes, start, end) => {
        const reader = new ReplyReader();
        reader.begin(bytes.slice(start, end), 0, end - start);
        while (reader.next() === REPLY_READY) {
          const { reply } = reader;
          if (reply.kind === "array") this.effects.push(reply.items.map(textOf).join(" "));
        }
        reader.finish();
      },
    });
  }

  takeEffects(): string[] {
    return this.effects.splice(0).filter((line) => !line.startsWith("SELECT"));
  }

  get blocking(): Server["engine"]["blocking"] {
    return this.server.engine.blocking;
  }
}

/** A client of the simulated server. */
export class Caller {
  readonly wire: WireClient;
  readonly #world: World;

  constructor(world: World, wire: WireClient) {
    this.#world = world;
    this.wire = wire;
  }

  async ask(line: string): Promise<string> {
    return show(await this.#world.simulation.settle(this.wire.call(...words(line))));
  }

  async text(line: string): Promise<string> {
    return textOf(await this.#world.simulation.settle(this.wire.call(...words(line))));
  }

  /** Sends commands and lets them arrive, without waiting for replies. */
  async send(...lines: string[]): Promise<void> {
    for (const line of lines) this.wire.send(...words(line));
    await this.#world.simulation.advance(100);
  }

  async next(): Promise<string> {
    return show(await this.#world.simulation.settle(this.wire.reply()));
  }

  /** Replies that have come so far and were not asked for. */
  async received(): Promise<string[]> {
    const shown: string[] = [];
    while (this.wire.pendingReplies > 0) shown.push(show(await this.wire.reply()));
    return shown;
  }

  async id(): Promise<string> {
    return (await this.ask("CLIENT ID")).slice(1);
  }
}
