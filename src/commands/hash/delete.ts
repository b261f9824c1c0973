import { EVENT_DEL, EVENT_HDEL } from "../../keyspace/key-events.ts";
import { TYPE_HASH } from "../../structures/entry.ts";
import type { Context } from "../context.ts";

export function hdel(context: Context): void {
  const handle = context.openTyped(1, TYPE_HASH);
  if (handle === null) return;
  if (handle.entry === 0) {
    handle.close(null, 0);
    context.reply.integer(0);
    return;
  }
  const { hashes } = context.keyspace.structures;
  let deleted = 0;
  hashes.beginEdit(handle, null);
  for (let index = 2; index < context.argc; index++) {
    if (hashes.remove(context.bytes(index), context.start(index), context.length(index))) deleted++;
  }
  const isGone = hashes.endEdit() === 0;
  if (isGone) handle.signal(EVENT_HDEL);
  if (deleted === 0) handle.close(null, 0);
  else handle.close(isGone ? EVENT_DEL : EVENT_HDEL, deleted);
  context.reply.integer(deleted);
}
