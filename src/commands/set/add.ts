import { Int64, parseInt64 } from "../../base/text.ts";
import { EVENT_DEL, EVENT_SADD, EVENT_SREM } from "../../keyspace/key-events.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import { TYPE_SET, typeOf } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { WRONG_TYPE } from "../errors.ts";
import { closeShrunk, openPresent } from "../write-steps.ts";

/** Where members begin. */
const FIRST_MEMBER = 2;
/** The arguments of SMOVE. */
const SOURCE = 1;
const DESTINATION = 2;
const MOVED = 3;

export function sadd(context: Context): void {
  const handle = context.openTyped(1, TYPE_SET);
  if (handle === null) return;
  const { argc } = context;
  const { sets } = context.keyspace.structures;
  sets.beginAdd(handle, argc - FIRST_MEMBER, handle.entry === 0 && isInteger(context, FIRST_MEMBER));
  let added = 0;
  for (let index = FIRST_MEMBER; index < argc; index++) {
    if (sets.add(context.bytes(index), context.start(index), context.length(index))) added++;
  }
  sets.endEdit();
  handle.close(added > 0 ? EVENT_SADD : null, added);
  context.reply.integer(added);
}

export function srem(context: Context): void {
  const handle = openPresent(context, TYPE_SET);
  if (handle === null) return;
  const { sets } = context.keyspace.structures;
  let removed = 0;
  sets.beginRemove(handle);
  for (let index = FIRST_MEMBER; index < context.argc; index++) {
    if (sets.remove(context.bytes(index), context.start(index), context.length(index))) removed++;
  }
  closeShrunk(handle, EVENT_SREM, removed, sets.endEdit() === 0);
  context.reply.integer(removed);
}

export function smove(context: Context): void {
  const from = context.openWrite(SOURCE);
  const to = context.openWrite(DESTINATION);
  const changes = moveMember(context, from, to);
  // What has happened has been told, in its order.
  to.close(null, 0);
  from.close(null, changes);
}

/** Moves and replies. @returns the number of keys that have changed. */
function moveMember(context: Context, from: WriteHandle, to: WriteHandle): number {
  const { reply, keyspace } = context;
  const { arena, structures } = keyspace;
  const { sets } = structures;
  const isSet = (handle: WriteHandle): boolean => handle.entry === 0 || typeOf(arena, handle.entry) === TYPE_SET;
  if (from.entry === 0) {
    reply.integer(0);
    return 0;
  }
  if (!isSet(from) || !isSet(to)) {
    context.fail(WRONG_TYPE);
    return 0;
  }
  const bytes = context.bytes(MOVED);
  const start = context.start(MOVED);
  const length = context.length(MOVED);
  const isThere = sets.open(from.entry).has(bytes, start, length);
  reply.integer(isThere ? 1 : 0);
  if (!isThere || from.entry === to.entry) return 0;
  sets.beginRemove(from);
  sets.remove(bytes, start, length);
  const isGone = sets.endEdit() === 0;
  from.signal(EVENT_SREM);
  if (isGone) from.signal(EVENT_DEL);
  sets.beginAdd(to, 1, isInteger(context, MOVED));
  const isNew = sets.add(bytes, start, length);
  sets.endEdit();
  if (isNew) to.signal(EVENT_SADD);
  return isNew ? 2 : 1;
}

function isInteger(context: Context, index: number): boolean {
  return parseInt64(context.bytes(index), context.start(index), context.length(index), new Int64());
}
