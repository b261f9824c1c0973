/** The commands that wait for an element: BLPOP, BRPOP, BLMPOP, BLMOVE, BRPOPLPUSH. */
import { asciiBytes } from "../../base/text.ts";
import { TYPE_LIST } from "../../structures/entry.ts";
import { waitForAny, waitsForType } from "../blocking.ts";
import type { Context } from "../context.ts";
import { readMultiPop } from "../multi-pop.ts";
import { readTimeout } from "../timeout.ts";
import { HEAD, type ListEnd, readEnd, TAIL } from "./ends.ts";
import { moveElement } from "./move.ts";
import { firstList, popFrom, popOne, propagatePop } from "./pop.ts";

const LMOVE = asciiBytes("LMOVE");
const RPOPLPUSH = asciiBytes("RPOPLPUSH");

export function blpop(context: Context): void {
  popOrWait(context, HEAD);
}

export function brpop(context: Context): void {
  popOrWait(context, TAIL);
}

function popOrWait(context: Context, end: ListEnd): void {
  const { argc, reply } = context;
  const keyCount = argc - 2;
  const timeoutMs = readTimeout(context, argc - 1);
  if (Number.isNaN(timeoutMs)) return;
  const key = firstList(context, 1, keyCount);
  if (key === 0) {
    waitForAny(context, TYPE_LIST, 1, keyCount, timeoutMs);
    return;
  }
  const handle = context.openTyped(key, TYPE_LIST);
  if (handle === null) return;
  reply.arrayHeader(2);
  reply.bulk(context.bytes(key), context.start(key), context.length(key));
  popOne(context, handle, end);
  propagatePop(context, key, end, 0);
}

export function blmpop(context: Context): void {
  const request = readMultiPop(context, 2, readEnd);
  if (request === null) return;
  const timeoutMs = readTimeout(context, 1);
  if (Number.isNaN(timeoutMs)) return;
  const { firstKey, keyCount } = request;
  const key = firstList(context, firstKey, keyCount);
  if (key === 0) waitForAny(context, TYPE_LIST, firstKey, keyCount, timeoutMs);
  else popFrom(context, key, request);
}

export function blmove(context: Context): void {
  const from = readEnd(context, 3);
  const to = from === null ? null : readEnd(context, 4);
  if (from === null || to === null) return;
  const timeoutMs = readTimeout(context, 5);
  if (!Number.isNaN(timeoutMs) && moveOrWait(context, from, to, timeoutMs)) propagateMove(context, LMOVE, 5);
}

export function brpoplpush(context: Context): void {
  const timeoutMs = readTimeout(context, 3);
  if (!Number.isNaN(timeoutMs) && moveOrWait(context, TAIL, HEAD, timeoutMs)) propagateMove(context, RPOPLPUSH, 3);
}

/** @returns whether an element was moved. */
function moveOrWait(context: Context, from: ListEnd, to: ListEnd, timeoutMs: number): boolean {
  const source = context.openTyped(1, TYPE_LIST);
  if (source === null) return false;
  if (source.entry !== 0) return moveElement(context, source, from, to);
  source.close(null, 0);
  if (context.mayBlock) context.block({ firstKey: 1, keyCount: 1, timeoutMs, types: waitsForType(TYPE_LIST) });
  else context.reply.nullBulk();
  return false;
}

/** The command that does not wait, with the same arguments but for the timeout at the end. */
function propagateMove(context: Context, name: Uint8Array, argc: number): void {
  const { effects } = context;
  if (!effects.active) return;
  effects.begin(context.database.index, argc);
  effects.constant(name);
  for (let index = 1; index < argc; index++) {
    effects.argument(context.bytes(index), context.start(index), context.length(index));
  }
}
