import type { KeyEvent } from "../../keyspace/key-events.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import type { Context } from "../context.ts";
import { deleteAndClose } from "../write-steps.ts";

/**
 * Stores the result that was begun for a key, or deletes the key if it is empty; closes the handle and replies.
 * @param changes that storing counts as.
 */
export function storeResult(context: Context, handle: WriteHandle, event: KeyEvent, changes = 1): void {
  const { result } = context.keyspace.structures.zsetAlgebra;
  const { count } = result;
  if (count > 0) {
    result.endResult();
    handle.close(event, changes);
  } else {
    result.dropResult();
    deleteAndClose(handle);
  }
  context.reply.integer(count);
}
