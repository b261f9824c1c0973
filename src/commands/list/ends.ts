/** The two ends of a list, as arguments name them and as effects and events tell of them. */
import { asciiBytes } from "../../base/text.ts";
import { EVENT_LPOP, EVENT_LPUSH, EVENT_RPOP, EVENT_RPUSH, type KeyEvent } from "../../keyspace/key-events.ts";
import type { Context } from "../context.ts";
import { SYNTAX_ERROR } from "../errors.ts";

/** What there is to say of one end. */
export interface ListEnd {
  readonly isTail: boolean;
  readonly pop: Uint8Array;
  readonly popEvent: KeyEvent;
  readonly pushEvent: KeyEvent;
}

export const HEAD: ListEnd = { isTail: false, pop: asciiBytes("LPOP"), popEvent: EVENT_LPOP, pushEvent: EVENT_LPUSH };
export const TAIL: ListEnd = { isTail: true, pop: asciiBytes("RPOP"), popEvent: EVENT_RPOP, pushEvent: EVENT_RPUSH };

const LEFT = asciiBytes("LEFT");
const RIGHT = asciiBytes("RIGHT");

/** Reads LEFT or RIGHT. @returns null when an error has been replied. */
export function readEnd(context: Context, index: number): ListEnd | null {
  if (context.is(index, LEFT)) return HEAD;
  if (context.is(index, RIGHT)) return TAIL;
  context.fail(SYNTAX_ERROR);
  return null;
}
