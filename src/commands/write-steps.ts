/** What handlers that change values begin and end with. */
import { EVENT_DEL, type KeyEvent } from "../keyspace/key-events.ts";
import type { WriteHandle } from "../keyspace/write-handle.ts";
import type { Context } from "./context.ts";

/**
 * As `openTyped` of the first argument, for a command that makes no value: where there is none, it replies with 0.
 * @returns null when a reply has been given.
 */
export function openPresent(context: Context, type: number): WriteHandle | null {
  const handle = context.openTyped(1, type);
  if (handle === null || handle.entry !== 0) return handle;
  handle.close(null, 0);
  context.reply.integer(0);
  return null;
}

/**
 * Closes a handle after elements have been taken from its value, which goes with the last one: then both is told.
 * @param event of the removal.
 */
export function closeShrunk(handle: WriteHandle, event: KeyEvent, removed: number, isGone: boolean): void {
  if (isGone) handle.signal(event);
  if (removed === 0) handle.close(null, 0);
  else handle.close(isGone ? EVENT_DEL : event, removed);
}

/** Deletes what a key holds and closes its handle. @returns whether it held anything. */
export function deleteAndClose(handle: WriteHandle): boolean {
  const isThere = handle.entry !== 0;
  if (isThere) handle.unlink();
  handle.close(isThere ? EVENT_DEL : null, isThere ? 1 : 0);
  return isThere;
}
