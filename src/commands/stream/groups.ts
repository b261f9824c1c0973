/**
 * A command's group and consumer. In stream commands that name both, and in what they record, the consumer follows the
 * group.
 */
import type { StreamGroup } from "../../keyspace/stream-group.ts";
import type { StreamValue } from "../../keyspace/stream-value.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import type { Handle } from "../../memory/arena.ts";
import { TYPE_STREAM } from "../../structures/entry.ts";
import type { Context } from "../context.ts";

/**
 * As `context.openTyped` for a stream of the first argument, where Redis looks the key up as one that is read: hits and
 * misses count.
 */
export function openRead(context: Context): WriteHandle | null {
  const handle = context.openTyped(1, TYPE_STREAM);
  if (handle !== null && handle.entry === 0) context.lookupRead(1);
  else context.keyspace.stats.hits++;
  return handle;
}

/** Points the stream's `group` at the one that an argument names. @returns false when there is none. */
export function findGroup(context: Context, stream: StreamValue, index: number): boolean {
  return stream.findGroup(context.bytes(index), context.start(index), context.length(index));
}

/** @returns 0 when there is no consumer of the name in an argument. */
export function findConsumer(context: Context, group: StreamGroup, index: number): Handle {
  return group.findConsumer(context.bytes(index), context.start(index), context.length(index));
}

/** Makes the consumer that an argument names, and that is not there. */
export function createConsumer(context: Context, group: StreamGroup, index: number): Handle {
  return group.createConsumer(context.bytes(index), context.start(index), context.length(index), context.nowMs);
}

/** Hands over what `group.pending` shows. @param isDelivery whether that counts as one. */
export function claimPending(group: StreamGroup, consumer: Handle, whenMs: number, isDelivery: boolean): void {
  const { hi, lo } = group.pending.deliveries;
  const low = isDelivery ? (lo + 1) | 0 : lo;
  group.claim(consumer, whenMs, isDelivery && low === 0 ? (hi + 1) | 0 : hi, low);
}
