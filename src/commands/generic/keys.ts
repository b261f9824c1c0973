/** Commands that look at keys, or delete them, without caring what they hold. */
import { globMatches } from "../../base/glob.ts";
import { valueTypeOf } from "../../keyspace/value-types.ts";
import { keySpan, Span } from "../../structures/entry.ts";
import { HandleList } from "../../structures/handle-list.ts";
import type { Context } from "../context.ts";
import { matchesAll } from "../scan-options.ts";
import { deleteAndClose } from "../write-steps.ts";

/** `*`, `?`, `[` and `\`: a pattern without them matches itself alone. */
const WILDCARDS: readonly number[] = [0x2a, 0x3f, 0x5b, 0x5c];
/** Entries that KEYS takes from the table at a time. */
const KEYS_BATCH = 1024;

/** DEL and UNLINK: the bytes of a key are gone from used_memory at once, and what is large is freed in slices. */
export function del(context: Context): void {
  let deleted = 0;
  for (let index = 1; index < context.argc; index++) {
    context.fetchKeys(index, 1);
    if (deleteAndClose(context.openWrite(index))) deleted++;
  }
  context.reply.integer(deleted);
}

export function exists(context: Context): void {
  let found = 0;
  for (let index = 1; index < context.argc; index++) {
    context.fetchKeys(index, 1);
    if (context.lookupUntouched(index) !== 0) found++;
  }
  context.reply.integer(found);
}

/** Counts as a use of the keys, also for a client that otherwise leaves no trace (CLIENT NO-TOUCH). */
export function touch(context: Context): void {
  const { keyspace } = context;
  const { touches } = keyspace;
  keyspace.touches = true;
  let found = 0;
  for (let index = 1; index < context.argc; index++) {
    context.fetchKeys(index, 1);
    if (context.lookupRead(index) !== 0) found++;
  }
  keyspace.touches = touches;
  context.reply.integer(found);
}

export function type(context: Context): void {
  const entry = context.lookupUntouched(1);
  context.reply.simple(entry === 0 ? "none" : valueTypeOf(context.keyspace.arena, entry).name);
}

export function randomkey(context: Context): void {
  const { keyspace, reply } = context;
  const entry = keyspace.randomEntry(context.database);
  context.effects.separate();
  if (entry === 0) {
    reply.nullBulk();
    return;
  }
  const span = new Span();
  keySpan(keyspace.arena, entry, span);
  reply.bulk(span.bytes, span.start, span.length);
}

/** Looks at every key in one go, as everybody who calls it expects, unless the pattern can match but one. */
export function keys(context: Context): void {
  if (!isLiteral(context, 1)) {
    replyMatching(context);
    return;
  }
  const found = context.peek(1) !== 0;
  context.reply.arrayHeader(found ? 1 : 0);
  if (found) context.reply.bulk(context.bytes(1), context.start(1), context.length(1));
}

function isLiteral(context: Context, index: number): boolean {
  const bytes = context.bytes(index);
  const start = context.start(index);
  const end = start + context.length(index);
  for (let at = start; at < end; at++) if (WILDCARDS.includes(bytes[at])) return false;
  return true;
}

function replyMatching(context: Context): void {
  const { keyspace, database, reply } = context;
  const { arena } = keyspace;
  const pattern = context.bytes(1);
  const start = context.start(1);
  const length = context.length(1);
  const everything = matchesAll(context, 1);
  const batch = new HandleList();
  const span = new Span();
  let cursor = 0;
  let matched = 0;
  reply.deferHeader();
  do {
    batch.clear();
    cursor = keyspace.scan(database, cursor, KEYS_BATCH, batch);
    for (let index = 0; index < batch.length; index++) {
      const entry = batch.items[index];
      keySpan(arena, entry, span);
      const { bytes } = span;
      if (!everything && !globMatches(pattern, start, length, bytes, span.start, span.length, false)) continue;
      if (keyspace.isExpired(entry)) continue;
      reply.bulk(bytes, span.start, span.length);
      matched++;
    }
  } while (cursor !== 0);
  reply.fillArrayHeader(matched);
}
