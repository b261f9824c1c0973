/** OBJECT: how a key is kept. Looking is no use of the key, and a miss is no news. */
import { idleMs, lfuFrequency } from "../../keyspace/access.ts";
import { valueTypeOf } from "../../keyspace/value-types.ts";
import type { Handle } from "../../memory/arena.ts";
import { accessOf, ENCODING_INT, encodingOf, intValue, TYPE_STRING, typeOf } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { replyHelp } from "../help.ts";

/** Redis keeps one object for each integer below this, with a count that means: never freed. */
const SHARED_INTEGERS = 10_000;
const REFERENCES_SHARED = 2147483647;

const ADJUSTS =
  "Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.";
const NO_IDLE_TIME = `ERR An LFU maxmemory policy is selected, idle time not tracked. ${ADJUSTS}`;
const NO_FREQUENCY = `ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${ADJUSTS}`;

const HELP = [
  "ENCODING <key>",
  "    Return the kind of internal representation used in order to store the value",
  "    associated with a <key>.",
  "FREQ <key>",
  "    Return the access frequency index of the <key>. The returned integer is",
  "    proportional to the logarithm of the recent access frequency of the key.",
  "IDLETIME <key>",
  "    Return the idle time of the <key>, that is the approximated number of",
  "    seconds elapsed since the last access to the key.",
  "REFCOUNT <key>",
  "    Return the number of references of the value associated with the specified",
  "    <key>.",
];

export function encoding(context: Context): void {
  const entry = look(context);
  if (entry === 0) return;
  const { arena } = context.keyspace;
  context.reply.bulkText(valueTypeOf(arena, entry).encodingName(arena, entry));
}

export function refcount(context: Context): void {
  const entry = look(context);
  if (entry !== 0) context.reply.integer(referencesTo(context, entry));
}

/** Nothing is shared here; told is what Redis would tell. */
export function referencesTo({ keyspace }: Context, entry: Handle): number {
  const { arena } = keyspace;
  if (!keyspace.sharesIntegers || typeOf(arena, entry) !== TYPE_STRING) return 1;
  if (encodingOf(arena, entry) !== ENCODING_INT) return 1;
  const value = intValue(arena, entry);
  return value >= 0 && value < SHARED_INTEGERS ? REFERENCES_SHARED : 1;
}

export function idletime(context: Context): void {
  const { keyspace } = context;
  const entry = look(context);
  if (entry === 0) return;
  if (keyspace.lfu) context.fail(NO_IDLE_TIME);
  else context.reply.integer(Math.floor(idleMs(accessOf(keyspace.arena, entry), keyspace.accessClock) / 1000));
}

export function freq(context: Context): void {
  const { keyspace } = context;
  const entry = look(context);
  if (entry === 0) return;
  if (!keyspace.lfu) {
    context.fail(NO_FREQUENCY);
    return;
  }
  const access = accessOf(keyspace.arena, entry);
  context.reply.integer(lfuFrequency(access, keyspace.nowMs, keyspace.lfuSettings));
}

export function help(context: Context): void {
  replyHelp(context, HELP);
}

/** The entry of the key in question; 0 when there is none, which has been replied. */
function look(context: Context): Handle {
  const { keyspace, database } = context;
  const entry = keyspace.lookupUntouched(database, context.bytes(2), context.start(2), context.length(2), false);
  if (entry === 0) context.reply.nullBulk();
  return entry;
}
