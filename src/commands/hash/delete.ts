import { EVENT_HDEL } from "../../keyspace/key-events.ts";
import { TYPE_HASH } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { closeShrunk, openPresent } from "../write-steps.ts";

export function hdel(context: Context): void {
  const handle = openPresent(context, TYPE_HASH);
  if (handle === null) return;
  const { hashes } = context.keyspace.structures;
  let deleted = 0;
  hashes.beginEdit(handle, null);
  for (let index = 2; index < context.argc; index++) {
    if (hashes.remove(context.bytes(index), context.start(index), context.length(index))) deleted++;
  }
  closeShrunk(handle, EVENT_HDEL, deleted, hashes.endEdit() === 0);
  context.reply.integer(deleted);
}
