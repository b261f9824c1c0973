/**
 * What string commands leave in the log where their own words would not repeat them: times that count from now, floats
 * that another machine would round otherwise, options that ask for replies. The forms are those of Redis.
 */
import { asciiBytes } from "../../base/text.ts";
import type { Context } from "../context.ts";

const SET = asciiBytes("SET");
const PXAT = asciiBytes("PXAT");
const GET = asciiBytes("GET");
const DEL = asciiBytes("DEL");
const PERSIST = asciiBytes("PERSIST");
const PEXPIREAT = asciiBytes("PEXPIREAT");
const KEEPTTL = asciiBytes("KEEPTTL");
/** Where options of SET begin. */
const FIRST_OPTION = 3;

function argument(context: Context, index: number): void {
  context.effects.argument(context.bytes(index), context.start(index), context.length(index));
}

/** `SET key value`, the value being an argument. */
export function propagateSet(context: Context, valueIndex: number): void {
  const { effects } = context;
  if (!effects.active) return;
  effects.begin(context.database.index, 3);
  effects.constant(SET);
  argument(context, 1);
  argument(context, valueIndex);
}

/** `SET key value PXAT milliseconds`. */
export function propagateSetUntil(context: Context, valueIndex: number, whenMs: number): void {
  const { effects } = context;
  if (!effects.active) return;
  effects.begin(context.database.index, 5);
  effects.constant(SET);
  argument(context, 1);
  argument(context, valueIndex);
  effects.constant(PXAT);
  effects.integer(whenMs);
}

/** The SET that runs, without its GET: there may be several. */
export function propagateWithoutGet(context: Context): void {
  const { effects, argc } = context;
  if (!effects.active) return;
  let gets = 0;
  for (let index = FIRST_OPTION; index < argc; index++) if (context.is(index, GET)) gets++;
  effects.begin(context.database.index, argc - gets);
  for (let index = 0; index < argc; index++) {
    if (index < FIRST_OPTION || !context.is(index, GET)) argument(context, index);
  }
}

/** `SET key value KEEPTTL`, the value being a result. */
export function propagateResult(context: Context, value: Uint8Array): void {
  const { effects } = context;
  if (!effects.active) return;
  effects.begin(context.database.index, 4);
  effects.constant(SET);
  argument(context, 1);
  effects.constant(value);
  effects.constant(KEEPTTL);
}

export function propagateDel(context: Context): void {
  propagateOnKey(context, DEL);
}

export function propagatePersist(context: Context): void {
  propagateOnKey(context, PERSIST);
}

function propagateOnKey(context: Context, command: Uint8Array): void {
  const { effects } = context;
  if (!effects.active) return;
  effects.begin(context.database.index, 2);
  effects.constant(command);
  argument(context, 1);
}

export function propagateExpiry(context: Context, whenMs: number): void {
  const { effects } = context;
  if (!effects.active) return;
  effects.begin(context.database.index, 3);
  effects.constant(PEXPIREAT);
  argument(context, 1);
  effects.integer(whenMs);
}
