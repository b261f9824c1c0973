/**
 * What reading as a group, and claiming, leave in the log.
 *
 * Such commands depend on time and on what others have read, so what is recorded is not the command but what has become
 * of each entry, as Redis records it: whose it is, since when, and after how many deliveries, in an XCLAIM that makes
 * this so wherever it is run. What the entries do not tell of, the group's position and count and a consumer who got
 * nothing, has commands of its own.
 */
import { asciiBytes, writeInt64 } from "../../base/text.ts";
import type { StreamValue } from "../../keyspace/stream-value.ts";
import type { StreamId } from "../../structures/stream-id.ts";
import type { Context } from "../context.ts";

const XCLAIM = asciiBytes("XCLAIM");
const ZERO = asciiBytes("0");
const TIME = asciiBytes("TIME");
const RETRYCOUNT = asciiBytes("RETRYCOUNT");
const FORCE = asciiBytes("FORCE");
const JUSTID = asciiBytes("JUSTID");
const LASTID = asciiBytes("LASTID");
const XGROUP = asciiBytes("XGROUP");
const SETID = asciiBytes("SETID");
const ENTRIESREAD = asciiBytes("ENTRIESREAD");
const CREATECONSUMER = asciiBytes("CREATECONSUMER");

const CLAIM_ARGUMENTS = 14;
const POSITION_ARGUMENTS = 7;
const CONSUMER_ARGUMENTS = 5;

/** Where a command names its key, its group and its consumer. */
export interface GroupArguments {
  readonly key: number;
  readonly group: number;
  readonly consumer: number;
}

/** Records whose the entry is that `group.pending` shows. */
export function recordClaim(context: Context, stream: StreamValue, at: GroupArguments): void {
  const { effects } = context;
  if (!effects.active) return;
  const { group } = stream;
  const { pending } = group;
  const { name } = context.stream;
  group.consumerName(pending.consumer, name);
  effects.begin(context.database.index, CLAIM_ARGUMENTS);
  effects.constant(XCLAIM);
  recordArgument(context, at.key);
  recordArgument(context, at.group);
  effects.argument(name.bytes, name.start, name.length);
  effects.constant(ZERO);
  recordId(context, pending.id);
  effects.constant(TIME);
  effects.integer(pending.deliveredAtMs);
  effects.constant(RETRYCOUNT);
  recordInteger64(context, pending.deliveries.hi, pending.deliveries.lo);
  effects.constant(FORCE);
  effects.constant(JUSTID);
  effects.constant(LASTID);
  recordId(context, group.lastId);
}

/** Records up to where the group has read. */
export function recordPosition(context: Context, stream: StreamValue, at: GroupArguments): void {
  const { effects } = context;
  if (!effects.active) return;
  const { entriesRead, lastId } = stream.group;
  effects.begin(context.database.index, POSITION_ARGUMENTS);
  effects.constant(XGROUP);
  effects.constant(SETID);
  recordArgument(context, at.key);
  recordArgument(context, at.group);
  recordId(context, lastId);
  effects.constant(ENTRIESREAD);
  recordInteger64(context, entriesRead.hi, entriesRead.lo);
}

/** Records that a consumer has been made by its first command. */
export function recordConsumer(context: Context, at: GroupArguments): void {
  const { effects } = context;
  if (!effects.active) return;
  effects.begin(context.database.index, CONSUMER_ARGUMENTS);
  effects.constant(XGROUP);
  effects.constant(CREATECONSUMER);
  recordArgument(context, at.key);
  recordArgument(context, at.group);
  recordArgument(context, at.consumer);
}

/** An id as the next argument of the effect. */
export function recordId({ effects, stream }: Context, id: StreamId): void {
  effects.argument(stream.text, 0, id.write(stream.text, 0));
}

function recordInteger64({ effects, stream }: Context, high: number, low: number): void {
  effects.argument(stream.text, 0, writeInt64(high, low, stream.text, 0));
}

function recordArgument(context: Context, index: number): void {
  context.effects.argument(context.bytes(index), context.start(index), context.length(index));
}
