/** What a client asks to be treated like: with or without replies, eviction and traces on keys. */
import { asciiBytes } from "../../base/text.ts";
import { MODE_NO_TOUCH, MODE_REPLY_OFF, MODE_REPLY_SKIP, MODE_REPLY_SKIP_NEXT } from "../client-state.ts";
import type { Context } from "../context.ts";
import { SYNTAX_ERROR } from "../errors.ts";

const ON = asciiBytes("ON");
const OFF = asciiBytes("OFF");
const SKIP = asciiBytes("SKIP");

/**
 * CLIENT REPLY. Only ON answers; the connection takes back the replies of other commands (see the server's session).
 */
export function setReplies(context: Context): void {
  const { client } = context;
  if (context.is(2, ON)) {
    client.setMode(MODE_REPLY_OFF | MODE_REPLY_SKIP, false);
    context.reply.ok();
  } else if (context.is(2, OFF)) {
    client.setMode(MODE_REPLY_OFF, true);
  } else if (context.is(2, SKIP)) {
    if ((client.modes & MODE_REPLY_OFF) === 0) client.setMode(MODE_REPLY_SKIP_NEXT, true);
  } else {
    context.fail(SYNTAX_ERROR);
  }
}

export function setNoEvict(context: Context): void {
  const on = readSwitch(context);
  if (on === null) return;
  context.client.noEvict = on;
  context.reply.ok();
}

export function setNoTouch(context: Context): void {
  const on = readSwitch(context);
  if (on === null) return;
  context.client.setMode(MODE_NO_TOUCH, on);
  context.reply.ok();
}

/** ON or OFF. @returns null when an error has been replied. */
function readSwitch(context: Context): boolean | null {
  if (context.is(2, ON)) return true;
  if (context.is(2, OFF)) return false;
  context.fail(SYNTAX_ERROR);
  return null;
}
