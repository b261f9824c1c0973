import { EVENT_DEL, type KeyEvent } from "../../keyspace/key-events.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import type { Context } from "../context.ts";

/** Stores the result that was begun for a key, or deletes the key if it is empty; closes the handle and replies. */
export function storeResult(context: Context, handle: WriteHandle, event: KeyEvent): void {
  const { result } = context.keyspace.structures.zsetAlgebra;
  const { count } = result;
  if (count > 0) {
    result.endResult();
    handle.close(event, 1);
  } else {
    result.dropResult();
    const isThere = handle.entry !== 0;
    if (isThere) handle.unlink();
    handle.close(isThere ? EVENT_DEL : null, isThere ? 1 : 0);
  }
  context.reply.integer(count);
}
