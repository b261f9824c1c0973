/** MULTI, EXEC, DISCARD, WATCH, UNWATCH. */
import { type ClientState, RESTRICTED_IN_MULTI } from "../commands/client-state.ts";
import type { Context } from "../commands/context.ts";
import { allKeys, type CommandRow, KEYS } from "../commands/spec.ts";
import type { Engine } from "./engine.ts";

export function transactionRows(engine: Engine): CommandRow[] {
  const shared = { categories: ["transaction"], keySpecs: [], group: "transactions", effects: "none" } as const;
  return [
    {
      ...shared,
      name: "multi",
      arity: 1,
      flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
      since: "1.2.0",
      complexity: "O(1)",
      summary: "Begins a transaction: commands are queued from here on.",
      handler: (context) => multi(context, engine),
    },
    {
      ...shared,
      name: "exec",
      arity: 1,
      flags: ["noscript", "loading", "stale", "skip_slowlog"],
      since: "1.2.0",
      complexity: "That of the queued commands.",
      summary: "Executes all queued commands as one.",
      handler: (context) => exec(context, engine),
    },
    {
      ...shared,
      name: "discard",
      arity: 1,
      flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
      since: "2.0.0",
      complexity: "O(N) where N is the number of queued commands.",
      summary: "Ends the transaction and forgets what was queued.",
      handler: (context) => discard(context, engine),
    },
    {
      ...shared,
      name: "watch",
      arity: -2,
      flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
      keySpecs: allKeys("RO"),
      since: "2.2.0",
      complexity: "O(1) for every key.",
      summary: "Makes the next EXEC depend on the given keys not having changed.",
      arguments: [KEYS],
      handler: (context) => watch(context, engine),
    },
    {
      ...shared,
      name: "unwatch",
      arity: 1,
      flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
      since: "2.2.0",
      complexity: "O(1)",
      summary: "Forgets all watched keys.",
      handler: (context) => unwatch(context, engine),
    },
  ];
}

function multi(context: Context, engine: Engine): void {
  const { client } = context;
  if (client.transaction !== null) {
    context.fail("ERR MULTI calls can not be nested");
    return;
  }
  client.transaction = { queue: engine.takeQueue(), aborted: false };
  client.restrict(RESTRICTED_IN_MULTI, true);
  context.reply.ok();
}

function exec(context: Context, engine: Engine): void {
  const { client, reply } = context;
  const { transaction } = client;
  if (transaction === null) {
    context.fail("ERR EXEC without MULTI");
    return;
  }
  const broken = client.watchBroken || engine.watches.hasExpired(client);
  stopWatching(client, engine);
  client.transaction = null;
  if (transaction.aborted) {
    context.fail("EXECABORT Transaction discarded because of previous errors.");
  } else if (broken) {
    reply.nullArray();
  } else {
    engine.executeQueued(transaction.queue);
  }
  engine.giveQueue(transaction.queue);
}

function discard(context: Context, engine: Engine): void {
  if (context.client.transaction === null) {
    context.fail("ERR DISCARD without MULTI");
    return;
  }
  endTransaction(context, engine);
  context.reply.ok();
}

function watch(context: Context, engine: Engine): void {
  const { client } = context;
  if (client.transaction !== null) {
    context.fail("ERR WATCH inside MULTI is not allowed");
    return;
  }
  // A transaction that cannot succeed any more needs no further watches.
  for (let index = 1; index < context.argc && !client.watchBroken; index++) {
    context.peek(index);
    const { databaseIndex } = client;
    engine.watches.add(client, databaseIndex, context.bytes(index), context.start(index), context.length(index));
  }
  context.reply.ok();
}

function unwatch(context: Context, engine: Engine): void {
  engine.watches.clear(context.client);
  context.client.watchBroken = false;
  context.reply.ok();
}

/** Back to no transaction and no watches: EXEC, DISCARD, RESET, a lost connection. */
export function endTransaction(context: Pick<Context, "client">, engine: Engine): void {
  const { client } = context;
  if (client.transaction !== null) engine.giveQueue(client.transaction.queue);
  client.transaction = null;
  stopWatching(client, engine);
}

function stopWatching(client: ClientState, engine: Engine): void {
  client.restrict(RESTRICTED_IN_MULTI, false);
  engine.watches.clear(client);
  client.watchBroken = false;
}
