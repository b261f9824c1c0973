import { asciiBytes } from "../../base/text.ts";
import { EVENT_EXPIRE, EVENT_SET } from "../../keyspace/key-events.ts";
import { EXPIRY_KEEP, EXPIRY_NONE } from "../../keyspace/write-handle.ts";
import { TYPE_STRING, typeOf } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { SYNTAX_ERROR, WRONG_TYPE, wrongArity } from "../errors.ts";
import { readExpiryTime } from "../expiry-time.ts";
import { replyString } from "./reply-string.ts";

const NX = asciiBytes("NX");
const XX = asciiBytes("XX");
const GET = asciiBytes("GET");
const KEEPTTL = asciiBytes("KEEPTTL");
const EX = asciiBytes("EX");
const PX = asciiBytes("PX");
const EXAT = asciiBytes("EXAT");
const PXAT = asciiBytes("PXAT");

const CONDITION_NX = 1;
const CONDITION_XX = 2;
const WITH_GET = 4;
const KEEP = 8;
const EXPIRES = 16;

/** The bit of an option, with which other bits it clashes, and how it reads a time. */
const OPTIONS = [
  { word: NX, bit: CONDITION_NX, clash: CONDITION_XX, unitMs: 0, relative: false },
  { word: XX, bit: CONDITION_XX, clash: CONDITION_NX, unitMs: 0, relative: false },
  { word: GET, bit: WITH_GET, clash: 0, unitMs: 0, relative: false },
  { word: KEEPTTL, bit: KEEP, clash: EXPIRES, unitMs: 0, relative: false },
  { word: EX, bit: EXPIRES, clash: KEEP | EXPIRES, unitMs: 1000, relative: true },
  { word: PX, bit: EXPIRES, clash: KEEP | EXPIRES, unitMs: 1, relative: true },
  { word: EXAT, bit: EXPIRES, clash: KEEP | EXPIRES, unitMs: 1000, relative: false },
  { word: PXAT, bit: EXPIRES, clash: KEEP | EXPIRES, unitMs: 1, relative: false },
] as const;

export function get(context: Context): void {
  const entry = context.lookupRead(1);
  if (entry === 0) context.reply.nullBulk();
  else replyString(context, entry);
}

export function set(context: Context): void {
  if (context.argc === 3) {
    const handle = context.openWrite(1);
    handle.setString(context.bytes(2), context.start(2), context.length(2), EXPIRY_NONE, context.isAdoptable(2));
    handle.close(EVENT_SET, 1);
    context.reply.ok();
    return;
  }
  setWithOptions(context);
}

function setWithOptions(context: Context): void {
  let flags = 0;
  let timeIndex = 0;
  let unitMs = 0;
  let relative = false;
  for (let index = 3; index < context.argc; index++) {
    const option = OPTIONS.find((candidate) => context.is(index, candidate.word));
    if (option === undefined || (flags & option.clash) !== 0) {
      context.fail(SYNTAX_ERROR);
      return;
    }
    flags |= option.bit;
    if (option.unitMs === 0) continue;
    timeIndex = ++index;
    unitMs = option.unitMs;
    relative = option.relative;
    if (timeIndex >= context.argc) {
      context.fail(SYNTAX_ERROR);
      return;
    }
  }
  let expiry = (flags & KEEP) !== 0 ? EXPIRY_KEEP : EXPIRY_NONE;
  if (timeIndex > 0) {
    expiry = readExpiryTime(context, timeIndex, unitMs, relative, true);
    if (Number.isNaN(expiry)) return;
  }
  storeIf(context, flags, expiry);
}

/** The conditions, the old value, the store. */
function storeIf(context: Context, flags: number, expiry: number): void {
  const { reply, keyspace } = context;
  const handle = context.openWrite(1);
  const present = handle.entry !== 0;
  if ((flags & WITH_GET) !== 0) {
    if (present && typeOf(keyspace.arena, handle.entry) !== TYPE_STRING) {
      handle.close(null, 0);
      context.fail(WRONG_TYPE);
      return;
    }
    if (present) replyString(context, handle.entry);
    else reply.nullBulk();
  }
  if (((flags & CONDITION_NX) !== 0 && present) || ((flags & CONDITION_XX) !== 0 && !present)) {
    handle.close(null, 0);
    if ((flags & WITH_GET) === 0) reply.nullBulk();
    return;
  }
  handle.setString(context.bytes(2), context.start(2), context.length(2), expiry, context.isAdoptable(2));
  handle.signal(EVENT_SET);
  handle.close((flags & EXPIRES) !== 0 ? EVENT_EXPIRE : null, 1);
  if ((flags & WITH_GET) === 0) reply.ok();
}

export function mget(context: Context): void {
  const { reply, argc } = context;
  const { arena } = context.keyspace;
  reply.arrayHeader(argc - 1);
  for (let index = 1; index < argc; index++) {
    const entry = context.lookupRead(index);
    if (entry === 0 || typeOf(arena, entry) !== TYPE_STRING) reply.nullBulk();
    else replyString(context, entry);
  }
}

export function mset(context: Context): void {
  if ((context.argc & 1) === 0) {
    context.fail(wrongArity("mset"));
    return;
  }
  for (let index = 1; index < context.argc; index += 2) {
    const handle = context.openWrite(index);
    const value = index + 1;
    handle.setString(
      context.bytes(value),
      context.start(value),
      context.length(value),
      EXPIRY_NONE,
      context.isAdoptable(value),
    );
    handle.close(EVENT_SET, 1);
  }
  context.reply.ok();
}
