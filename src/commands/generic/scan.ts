import { asciiBytes } from "../../base/text.ts";
import { keySpan, Span, typeOf } from "../../structures/entry.ts";
import { HandleList } from "../../structures/handle-list.ts";
import type { Context } from "../context.ts";
import { SYNTAX_ERROR } from "../errors.ts";
import { COUNT, COUNT_DEFAULT, MATCH, matchesPattern, patternAt, readCount, readCursor } from "../scan-options.ts";
import { typeByName } from "./type-names.ts";

const TYPE = asciiBytes("TYPE");
const ANY_TYPE = -1;

export function scan(context: Context): void {
  const cursor = readCursor(context, 1);
  if (cursor < 0) return;
  const options = readScanOptions(context);
  if (options !== null) replyPage(context, cursor, options.count, options.pattern, options.type);
}

interface KeyScanOptions {
  /** Keys wanted, about. */
  count: number;
  /** Index of the argument with the pattern; 0 when everything matches. */
  pattern: number;
  type: number;
}

/** @returns null when an error has been replied. */
function readScanOptions(context: Context): KeyScanOptions | null {
  const options: KeyScanOptions = { count: COUNT_DEFAULT, pattern: 0, type: ANY_TYPE };
  for (let index = 2; index < context.argc; index += 2) {
    const hasValue = index + 1 < context.argc;
    if (hasValue && context.is(index, COUNT)) {
      options.count = readCount(context, index + 1);
      if (options.count < 0) return null;
    } else if (hasValue && context.is(index, MATCH)) {
      options.pattern = patternAt(context, index + 1);
    } else if (hasValue && context.is(index, TYPE)) {
      options.type = typeByName(context, index + 1);
    } else {
      context.fail(SYNTAX_ERROR);
      return null;
    }
  }
  return options;
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
    if (pattern > 0 && !matchesPattern(context, pattern, span)) continue;
    if (keyspace.dropIfExpired(database, entry)) continue;
    if (type !== ANY_TYPE && typeOf(arena, entry) !== type) continue;
    reply.bulk(span.bytes, span.start, span.length);
    matched++;
  }
  context.effects.separate();
  reply.fillArrayHeader(matched);
}
