/** MEMORY: where the bytes are. */

import { asciiBytes } from "../../base/text.ts";
import type { Context } from "../../commands/context.ts";
import { NOT_AN_INTEGER, SYNTAX_ERROR, wrongArity } from "../../commands/errors.ts";
import { replyHelp } from "../../commands/help.ts";
import { type CommandRow, KEY } from "../../commands/spec.ts";
import { valueTypeOf } from "../../keyspace/value-types.ts";
import { entryOwnBytes } from "../../structures/entry.ts";
import { human } from "../info/format.ts";
import { memoryOverview, ratio } from "../info/memory-overview.ts";
import type { Server } from "../server.ts";
import { doctorText } from "./memory-doctor.ts";

const SAMPLES = asciiBytes("SAMPLES");
/** What a key takes in its table: a handle and a byte of its hash. */
const TABLE_SLOT_BYTES = 5;

const HELP = [
  "DOCTOR",
  "    Say what is wrong with the use of memory, if anything.",
  "MALLOC-STATS",
  "    Show the figures of the allocator.",
  "PURGE",
  "    Give memory that nothing uses back to the system.",
  "STATS",
  "    Show what the memory is used for.",
  "USAGE <key> [SAMPLES <count>]",
  "    Return the bytes that a key and its value take. Sizes are known exactly,",
  "    so the number of samples makes no difference.",
];

const ALL_SHARDS = ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"] as const;

export function memoryRow(server: Server): CommandRow {
  const shared = {
    arity: 2,
    flags: [],
    categories: [],
    keySpecs: [],
    group: "server",
    since: "4.0.0",
    complexity: "O(1)",
    effects: "none",
  } as const;
  return {
    ...shared,
    name: "memory",
    arity: -2,
    complexity: "Depends on subcommand.",
    summary: "A container for commands about memory.",
    handler: (context) => context.fail(wrongArity("memory")),
    subcommands: [
      {
        ...shared,
        name: "doctor",
        tips: ALL_SHARDS,
        summary: "Says what is wrong with the use of memory.",
        handler: (context) => context.reply.verbatim("txt", doctorText(memoryOverview(server), server.sessions.size)),
      },
      {
        ...shared,
        name: "help",
        flags: ["loading", "stale"],
        summary: "Shows what the subcommands do.",
        handler: (context) => replyHelp(context, HELP),
      },
      {
        ...shared,
        name: "malloc-stats",
        tips: ALL_SHARDS,
        summary: "Shows the figures of the allocator.",
        handler: (context) => context.reply.verbatim("txt", allocatorText(server)),
      },
      {
        ...shared,
        name: "purge",
        tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
        complexity: "O(M) where M is the memory that waits to be given back.",
        summary: "Gives memory that nothing uses back to the system.",
        handler: (context) => purge(context, server),
      },
      {
        ...shared,
        name: "stats",
        tips: ALL_SHARDS,
        summary: "Shows what the memory is used for.",
        handler: (context) => stats(context, server),
      },
      {
        ...shared,
        name: "usage",
        arity: -3,
        flags: ["readonly"],
        keySpecs: [{ flags: ["RO"], begin: { index: 2 }, find: { lastKey: 0, step: 1, limit: 0 } }],
        summary: "Returns the bytes that a key and its value take.",
        arguments: [KEY, { name: "count", type: "integer", token: "SAMPLES", optional: true }],
        handler: (context) => usage(context),
      },
    ],
  };
}

function usage(context: Context): void {
  for (let index = 3; index < context.argc; index += 2) {
    if (!context.is(index, SAMPLES) || index + 1 >= context.argc) {
      context.fail(SYNTAX_ERROR);
      return;
    }
    const samples = context.integer64(index + 1);
    if (samples === null || samples < 0) {
      context.fail(samples === null ? NOT_AN_INTEGER : SYNTAX_ERROR);
      return;
    }
  }
  const entry = context.peek(2);
  if (entry === 0) {
    context.reply.nullBulk();
    return;
  }
  const { arena } = context.keyspace;
  const valueBytes = valueTypeOf(arena, entry).outsideBytes(context.keyspace.structures, entry);
  context.reply.integer(entryOwnBytes(arena, entry) + valueBytes + TABLE_SLOT_BYTES);
}

/** Integers, and percentages and ratios, which are doubles. */
function stats({ reply }: Context, server: Server): void {
  const memory = memoryOverview(server);
  const { used, peak, resident, allocated, active, reserved, databases } = memory;
  const integer = (name: string, value: number): void => {
    reply.bulkText(name);
    reply.integer(value);
  };
  const double = (name: string, value: number): void => {
    reply.bulkText(name);
    reply.double(value);
  };
  reply.mapHeader(STATS_FIELDS + databases.length);
  integer("peak.allocated", peak);
  integer("total.allocated", used);
  integer("startup.allocated", memory.startup);
  integer("replication.backlog", 0);
  integer("clients.slaves", memory.replicaBytes);
  integer("clients.normal", memory.clientBytes);
  integer("cluster.links", 0);
  integer("aof.buffer", 0);
  integer("lua.caches", 0);
  integer("functions.caches", 0);
  for (const database of databases) {
    reply.bulkText(`db.${database.index}`);
    reply.mapHeader(3);
    integer("overhead.hashtable.main", database.tableBytes);
    integer("overhead.hashtable.expires", database.expiryBytes);
    integer("overhead.hashtable.slot-to-keys", 0);
  }
  integer("overhead.total", memory.overhead);
  integer("keys.count", memory.keys);
  integer("keys.bytes-per-key", memory.bytesPerKey);
  integer("dataset.bytes", memory.dataset);
  double("dataset.percentage", memory.datasetPercent);
  double("peak.percentage", memory.peakPercent);
  integer("allocator.allocated", allocated);
  integer("allocator.active", active);
  integer("allocator.resident", reserved);
  double("allocator-fragmentation.ratio", ratio(active, allocated));
  integer("allocator-fragmentation.bytes", active - allocated);
  double("allocator-rss.ratio", ratio(reserved, active));
  integer("allocator-rss.bytes", reserved - active);
  double("rss-overhead.ratio", ratio(resident, reserved));
  integer("rss-overhead.bytes", resident - reserved);
  double("fragmentation", ratio(resident, used));
  integer("fragmentation.bytes", resident - used);
}

/** Fields of MEMORY STATS, those of databases not counted. */
const STATS_FIELDS = 27;

function allocatorText({ keyspace, outputBlocks, spareBuffers }: Server): string {
  const { arena } = keyspace;
  const lines = [
    "redpoll-arena: slabs of size classes in segments, large blocks apart",
    `segments: ${arena.segmentCount}`,
    `large blocks: ${arena.largeCount}`,
    `allocated: ${arena.usedBytes} (${human(arena.usedBytes)})`,
    `touched: ${arena.touchedBytes} (${human(arena.touchedBytes)})`,
    `reserved: ${arena.reservedBytes} (${human(arena.reservedBytes)})`,
    `page tables: ${arena.overheadBytes} (${human(arena.overheadBytes)})`,
    `pooled output blocks: ${outputBlocks.pooledBytes} (${human(outputBlocks.pooledBytes)})`,
    `spare buffers: ${spareBuffers.pooledBytes} (${human(spareBuffers.pooledBytes)})`,
  ];
  return `${lines.join("\n")}\n`;
}

/** Finishes freeing first, so that what a flush has left behind goes too: asked for by name, so exempt from slices. */
function purge(context: Context, server: Server): void {
  const { keyspace, outputBlocks, platform } = server;
  while (keyspace.lazyFree.step());
  for (const { expiry, fieldExpiry } of keyspace.databases) {
    while (expiry.releaseSome(64) || fieldExpiry.releaseSome(64));
  }
  keyspace.arena.trim();
  server.spareBuffers.drain();
  server.bufferReleases.drain();
  outputBlocks.trim();
  platform.memory.collect();
  context.reply.ok();
}
