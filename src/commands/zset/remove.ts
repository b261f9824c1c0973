/** ZREM and the ZREMRANGEBY commands. */
import {
  EVENT_DEL,
  EVENT_ZREM,
  EVENT_ZREMRANGEBYLEX,
  EVENT_ZREMRANGEBYRANK,
  EVENT_ZREMRANGEBYSCORE,
  type KeyEvent,
} from "../../keyspace/key-events.ts";
import type { ZsetValue } from "../../keyspace/zset-value.ts";
import type { RankRange } from "../../keyspace/zset-value-ranges.ts";
import { TYPE_ZSET } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { readInteger } from "../integers.ts";
import { closeShrunk, openPresent } from "../write-steps.ts";
import { readLexBounds, readScoreBounds } from "./bounds.ts";

export function zrem(context: Context): void {
  const handle = openPresent(context, TYPE_ZSET);
  if (handle === null) return;
  const { zsets } = context.keyspace.structures;
  let removed = 0;
  zsets.beginEdit(handle, 0, 0, 0);
  for (let index = 2; index < context.argc; index++) {
    if (zsets.remove(context.bytes(index), context.start(index), context.length(index))) removed++;
  }
  closeShrunk(handle, EVENT_ZREM, removed, zsets.endEdit() === 0);
  context.reply.integer(removed);
}

export function zremrangebyrank(context: Context): void {
  const start = readInteger(context, 2);
  if (Number.isNaN(start)) return;
  const stop = readInteger(context, 3);
  if (Number.isNaN(stop)) return;
  removeRange(context, EVENT_ZREMRANGEBYRANK, (zset) => {
    zset.range.setIndexes(start, stop, zset.count, false);
    return zset.range;
  });
}

export function zremrangebyscore(context: Context): void {
  const bounds = readScoreBounds(context, 2, 3);
  if (bounds !== null) removeRange(context, EVENT_ZREMRANGEBYSCORE, (zset) => zset.scoreRange(bounds));
}

export function zremrangebylex(context: Context): void {
  const bounds = readLexBounds(context, 2, 3);
  if (bounds !== null) removeRange(context, EVENT_ZREMRANGEBYLEX, (zset) => zset.lexRange(bounds, false));
}

function removeRange(context: Context, event: KeyEvent, findRange: (zset: ZsetValue) => RankRange): void {
  const handle = context.openTyped(1, TYPE_ZSET);
  if (handle === null) return;
  const { zsets } = context.keyspace.structures;
  const range = handle.entry === 0 ? null : findRange(zsets.open(handle.entry));
  if (range === null || range.count === 0) {
    handle.close(null, 0);
    context.reply.integer(0);
    return;
  }
  const { first, end, count } = range;
  if (count === zsets.count) {
    // All of it is freed in slices.
    handle.unlink();
    handle.signal(event);
    handle.close(EVENT_DEL, count);
  } else {
    zsets.beginEdit(handle, 0, 0, 0);
    zsets.removeRange(first, end);
    zsets.endEdit();
    handle.close(event, count);
  }
  context.reply.integer(count);
}
