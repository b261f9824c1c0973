/** DEBUG on the server as a whole: SLEEP, LOG, ERROR and the switches. */
import type { Context } from "../../commands/context.ts";
import { NOT_AN_INTEGER } from "../../commands/errors.ts";
import type { Clock } from "../../platform/index.ts";
import type { Server } from "../server.ts";

/** Between two looks at the clock while everything is asleep. */
const SLEEP_SLICE_MS = 10;
const MINUS = 0x2d;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const BLANK = 0x20;

/** Holds up everybody, as it is meant to. */
export function debugSleep(context: Context, server: Server): void {
  const seconds = Number.parseFloat(context.text(2));
  if (seconds > 0) sleepUs(server.platform.clock, seconds * 1e6);
  context.reply.ok();
}

function sleepUs(clock: Clock, durationUs: number): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  let nowUs = clock.monotonicUs();
  const untilUs = nowUs + durationUs;
  while (nowUs < untilUs) {
    Atomics.wait(cell, 0, 0, Math.min(SLEEP_SLICE_MS, (untilUs - nowUs) / 1000));
    const beforeUs = nowUs;
    nowUs = clock.monotonicUs();
    // A clock that somebody moves by hand stands still while everything sleeps.
    if (nowUs === beforeUs) return;
  }
}

export function debugLog(context: Context, server: Server): void {
  server.log.warning(`DEBUG LOG: ${context.text(2)}`);
  context.reply.ok();
}

export function debugChangeReplicationId(context: Context, server: Server): void {
  server.log.warning("Changing replication IDs after receiving DEBUG change-repl-id");
  server.beginHistory();
  context.reply.ok();
}

/** Answers with an error of the caller's making; it is counted nowhere. */
export function debugError(context: Context): void {
  const bytes = context.bytes(2);
  const start = context.start(2);
  const length = context.length(2);
  const reply = new Uint8Array(length + 3);
  reply[0] = MINUS;
  for (let index = 0; index < length; index++) {
    const byte = bytes[start + index];
    reply[index + 1] = byte === CARRIAGE_RETURN || byte === LINE_FEED ? BLANK : byte;
  }
  reply[length + 1] = CARRIAGE_RETURN;
  reply[length + 2] = LINE_FEED;
  context.reply.raw(reply);
}

/** A switch in argument 2, as C's atoi reads it: what is no number is 0. */
export function readSwitch(context: Context, index: number): boolean {
  return (Number.parseInt(context.text(index), 10) || 0) !== 0;
}

/** @returns false when the argument is none of what it may be and nothing has been replied. */
export function debugReplyBuffer(context: Context, server: Server): boolean {
  const { debug } = server;
  const what = context.text(2).toLowerCase();
  const value = context.text(3).toLowerCase();
  if (what === "resizing") {
    debug.resizesReplyBuffers = readSwitch(context, 3);
  } else if (what !== "peak-reset-time") {
    return false;
  } else if (value === "never") {
    debug.replyPeakResetMs = -1;
  } else if (value === "reset") {
    debug.resetReplyPeak();
  } else {
    const timeMs = context.integer64(3);
    if (timeMs === null) {
      context.fail(NOT_AN_INTEGER);
      return true;
    }
    debug.replyPeakResetMs = timeMs;
  }
  context.reply.ok();
  return true;
}
