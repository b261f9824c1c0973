/** SYNC, and REPLCONF: what a replica says about itself. */
import { asciiBytes } from "../base/text.ts";
import type { Context } from "../commands/context.ts";
import { NOT_AN_INTEGER, SYNTAX_ERROR } from "../commands/errors.ts";
import type { CommandRow } from "../commands/spec.ts";
import type { RawSync } from "./raw-sync.ts";

/** Longest address that a replica may give itself. Redis: NET_HOST_STR_LEN, with a zero byte behind it. */
const HOST_BYTES_MAX = 255;

/** @param sync gives the part of the server, which exists by the time a command runs. */
export function syncRows(sync: () => RawSync): CommandRow[] {
  return [
    {
      name: "sync",
      arity: 1,
      flags: ["admin", "noscript", "no_async_loading", "no_multi"],
      categories: [],
      keySpecs: [],
      group: "server",
      since: "1.0.0",
      complexity: "O(N) where N is the number of keys, in slices.",
      summary: "Sends the dataset as an RDB and then every change to it.",
      effects: "none",
      handler: (context) => start(context, sync()),
    },
    {
      name: "replconf",
      arity: -1,
      flags: ["admin", "noscript", "loading", "stale", "allow_busy"],
      categories: [],
      keySpecs: [],
      group: "server",
      since: "3.0.0",
      complexity: "O(1)",
      summary: "Tells a primary about a replica.",
      docFlags: ["syscmd"],
      effects: "none",
      handler: (context) => configure(context, sync()),
    },
  ];
}

/** Who follows already is told nothing. */
function start(context: Context, sync: RawSync): void {
  const { client } = context;
  if (client.isReplica) return;
  if (client.outbox.outputBytes > 0) context.fail("ERR SYNC and PSYNC are invalid with pending output");
  else sync.start(client);
}

/** What follows after an option: whether to go on, or that the reply has been given, or that there is none. */
type ReadOption = (context: Context, index: number, sync: RawSync) => boolean;

const OPTIONS: readonly (readonly [name: Uint8Array, read: ReadOption])[] = [
  [asciiBytes("LISTENING-PORT"), readPort],
  [asciiBytes("IP-ADDRESS"), readHost],
  // A raw SYNC has one form, whatever the client is capable of.
  [asciiBytes("CAPA"), () => true],
  [asciiBytes("ACK"), acknowledge],
  // Asked of a replica; this is none.
  [asciiBytes("GETACK"), () => false],
  [asciiBytes("RDB-ONLY"), readRdbOnly],
];

/** Pairs of option and value. Those before a wrong one have been taken, as in Redis. */
function configure(context: Context, sync: RawSync): void {
  if (context.argc % 2 === 0) {
    context.fail(SYNTAX_ERROR);
    return;
  }
  for (let index = 1; index < context.argc; index += 2) {
    const option = OPTIONS.find(([name]) => context.is(index, name));
    if (option === undefined) {
      context.fail(`ERR Unrecognized REPLCONF option: ${context.text(index)}`);
      return;
    }
    if (!option[1](context, index + 1, sync)) return;
  }
  context.reply.ok();
}

function readPort(context: Context, index: number, sync: RawSync): boolean {
  const port = context.integer64(index);
  if (port === null) {
    context.fail(NOT_AN_INTEGER);
    return false;
  }
  sync.factsOf(context.client).port = port | 0;
  return true;
}

function readHost(context: Context, index: number, sync: RawSync): boolean {
  const length = context.length(index);
  if (length > HOST_BYTES_MAX) {
    context.fail(`ERR REPLCONF ip-address provided by replica instance is too long: ${length} bytes`);
    return false;
  }
  sync.factsOf(context.client).host = context.text(index);
  return true;
}

/** The one message of a replica that is never answered. */
function acknowledge(context: Context, index: number, sync: RawSync): boolean {
  const offset = context.integer64(index);
  if (offset !== null) sync.acknowledge(context.client, offset);
  return false;
}

function readRdbOnly(context: Context, index: number, sync: RawSync): boolean {
  const wanted = context.integer64(index);
  if (wanted === null || wanted < 0 || wanted > 1) {
    context.fail(wanted === null ? NOT_AN_INTEGER : "ERR value is out of range, value must between 0 and 1");
    return false;
  }
  sync.factsOf(context.client).wantsRdbOnly = wanted === 1;
  return true;
}
