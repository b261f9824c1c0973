import { EVENT_DEL } from "../../keyspace/key-events.ts";
import type { Context } from "../context.ts";

export function del(context: Context): void {
  let deleted = 0;
  for (let index = 1; index < context.argc; index++) {
    const handle = context.openWrite(index);
    const present = handle.entry !== 0;
    if (present) {
      handle.unlink();
      deleted++;
    }
    handle.close(present ? EVENT_DEL : null, present ? 1 : 0);
  }
  context.reply.integer(deleted);
}

export function exists(context: Context): void {
  let found = 0;
  for (let index = 1; index < context.argc; index++) {
    if (context.lookupRead(index) !== 0) found++;
  }
  context.reply.integer(found);
}
