/**
 * Waiting for keys: what a handler says when it has found nothing to give and its client would rather wait.
 *
 *     if (!context.mayBlock) reply null
 *     else context.block({ firstKey: 1, keyCount, timeoutMs, types: waitsForType(TYPE_LIST), … })    and no reply
 *
 * The engine parks the client with a copy of the arguments. Once one of the keys has come to hold a value of a wanted
 * type, the command is run again from its beginning, as a unit of its own; it then replies, or blocks again, which
 * leaves the client in its place in the queue with the timeout that it had. A handler need not know which of the two
 * runs it is in.
 */
import type { ReplyBuffer } from "../protocol/reply-writer.ts";
import type { Context } from "./context.ts";
import type { Replacements } from "./transaction-state.ts";

/** What a client waits for, and how it is answered if nothing comes. */
export interface BlockRequest {
  /** Where the keys stand among the arguments: `keyCount` of them in a row. The same key twice is once. */
  readonly firstKey: number;
  readonly keyCount: number;
  /** As `readTimeout` gives it; 0 is for ever. */
  readonly timeoutMs: number;
  /** A set of types, made of `waitsForType`: a key that holds anything else wakes nobody. */
  readonly types: number;
  /** Replies when the time is up, or CLIENT UNBLOCK says that it is. Default: a null array. */
  readonly timeOut?: (reply: ReplyBuffer) => void;
  /** Run the command also when a key has gone or holds another type: XREADGROUP, whose group goes with its key. */
  readonly unblockOnDeletion?: boolean;
  /** Arguments that stand for the moment, such as `$` of XREAD: what the command is to find instead when run again. */
  readonly replacements?: Replacements;
}

/** The engine's part: parks clients. */
export interface Blocker {
  mayBlock(context: Context): boolean;
  block(context: Context, request: BlockRequest): void;
}

/** Waits until one of some keys holds a value of a type; where the client may not wait, it gets a null array at once. */
export function waitForAny(
  context: Context,
  type: number,
  firstKey: number,
  keyCount: number,
  timeoutMs: number,
): void {
  if (context.mayBlock) context.block({ firstKey, keyCount, timeoutMs, types: waitsForType(type) });
  else context.reply.nullArray();
}

/** The set of types with one member. @param type one of the TYPE constants of entries. */
export function waitsForType(type: number): number {
  return 1 << type;
}
