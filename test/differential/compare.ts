/** Whether two replies say the same, as far as they can. */
import { REPLY_READY, type Reply, ReplyReader } from "../../src/protocol/reply-reader.ts";
import { show } from "../wire/notation.ts";
import type { Comparison } from "./policy.ts";

/** What may pass between the same command on two servers of a busy machine, whether counted in seconds or milliseconds. */
const NEAR_MAX = 60_000;

export function readReply(frame: Uint8Array): Reply {
  const reader = new ReplyReader();
  reader.begin(frame, 0, frame.length);
  if (reader.next() !== REPLY_READY) throw new Error(`not one reply: ${reader.error}`);
  return reader.reply;
}

export function sameBytes(ours: Uint8Array, oracle: Uint8Array): boolean {
  return Buffer.compare(ours, oracle) === 0;
}

export function sameReply(ours: Reply, oracle: Reply, comparison: Comparison): boolean {
  if (show(ours) === show(oracle)) return true;
  // Errors are never alike only in part.
  if (ours.kind === "error" || oracle.kind === "error" || ours.kind !== oracle.kind) return false;
  switch (comparison) {
    case "bytes":
      return false;
    case "unordered":
      return JSON.stringify(partsOf(ours).sort()) === JSON.stringify(partsOf(oracle).sort());
    case "near":
      return isNear(ours, oracle);
    case "shape":
      return true;
  }
}

function partsOf(reply: Reply): string[] {
  if (reply.kind === "array" || reply.kind === "set") return reply.items.map(show);
  if (reply.kind === "map") return reply.entries.map(([key, value]) => `${show(key)}: ${show(value)}`);
  return [show(reply)];
}

function isNear(ours: Reply, oracle: Reply): boolean {
  if (ours.kind === "integer" && oracle.kind === "integer") {
    const [a, b] = [Number(ours.value), Number(oracle.value)];
    // Negative values are answers of their own: no such key, no expiry.
    return a >= 0 && b >= 0 && Math.abs(a - b) <= NEAR_MAX;
  }
  if (ours.kind === "array" && oracle.kind === "array" && ours.items.length === oracle.items.length) {
    return ours.items.every(
      (item, index) => show(item) === show(oracle.items[index]) || isNear(item, oracle.items[index]),
    );
  }
  return false;
}
