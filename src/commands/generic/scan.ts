import { globMatches } from "../../base/glob.ts";
import { asciiBytes } from "../../base/text.ts";
import { keySpan, Span, typeOf } from "../../structures/entry.ts";
import { HandleList } from "../../structures/handle-list.ts";
import type { Context } from "../context.ts";
import { NOT_AN_INTEGER, SYNTAX_ERROR } from "../errors.ts";
import { matchesAll } from "./keys.ts";
import { typeByName } from "./type-names.ts";

const MATCH = asciiBytes("MATCH");
const COUNT = asciiBytes("COUNT");
const TYPE = asciiBytes("TYPE");

const COUNT_DEFAULT = 10;
const ANY_TYPE = -1;

export function scan(context: Context): void {
  const cursor = readCursor(context, 1);
  if (cursor < 0) {
    context.fail("ERR invalid cursor");
    return;
  }
  let count = COUNT_DEFAULT;
  let pattern = 0;
  let type = ANY_TYPE;
  for (let index = 2; index < context.argc; index += 2) {
    const hasValue = index + 1 < context.argc;
    if (hasValue && context.is(index, COUNT)) {
      const given = context.integer64(index + 1);
      if (given === null) {
        context.fail(NOT_AN_INTEGER);
        return;
      }
      count = given;
      if (count < 1) {
        context.fail(SYNTAX_ERROR);
        return;
      }
    } else if (hasValue && context.is(index, MATCH)) {
      pattern = matchesAll(context, index + 1) ? 0 : index + 1;
    } else if (hasValue && context.is(index, TYPE)) {
      type = typeByName(context, index + 1);
    } else {
      context.fail(SYNTAX_ERROR);
      return;
    }
  }
  replyPage(context, cursor, count, pattern, type);
}

const CURSOR_MAX = 2n ** 64n - 1n;

/**
 * An unsigned decimal as C's strtoul reads it: nothing is 0, and a sign counts backwards from 2^64. -1 when it is none.
 * A cursor that no scan has given is as good as any other.
 */
function readCursor(context: Context, index: number): number {
  const text = context.text(index);
  if (!/^([+-]?\d{1,40})?$/.test(text)) return -1;
  const magnitude = BigInt(text.replace(/^[+-]/, ""));
  if (magnitude > CURSOR_MAX) return -1;
  return Number(text.startsWith("-") ? BigInt.asUintN(64, -magnitude) : magnitude);
}

function replyPage(context: Context, cursor: number, count: number, pattern: number, type: number): void {
  const { keyspace, reply, database } = context;
  const { arena } = keyspace;
  const page = new HandleList();
  const next = keyspace.scan(database, cursor, count, page);
  reply.arrayHeader(2);
  reply.bulkText(String(next));
  reply.deferHeader();
  const span = new Span();
  let matched = 0;
  for (let index = 0; index < page.length; index++) {
    const entry = page.items[index];
    keySpan(arena, entry, span);
    if (pattern > 0 && !matches(context, pattern, span)) continue;
    if (keyspace.dropIfExpired(database, entry)) continue;
    if (type !== ANY_TYPE && typeOf(arena, entry) !== type) continue;
    reply.bulk(span.bytes, span.start, span.length);
    matched++;
  }
  context.effects.separate();
  reply.fillArrayHeader(matched);
}

function matches(context: Context, pattern: number, span: Span): boolean {
  return globMatches(
    context.bytes(pattern),
    context.start(pattern),
    context.length(pattern),
    span.bytes,
    span.start,
    span.length,
    false,
  );
}
