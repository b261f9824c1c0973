/** HSCAN, SSCAN, ZSCAN: one page of a collection's elements. */
import type { Handle } from "../memory/arena.ts";
import type { Span } from "../structures/entry.ts";
import { HandleList } from "../structures/handle-list.ts";
import { type Context, WRONG_TYPE_FOUND } from "./context.ts";
import { matchesPattern, readCursor, readScanOptions, replyEmptyScan } from "./scan-options.ts";

/** A value that can be scanned, as its type has it. */
export interface ScannedValue {
  open(entry: Handle): unknown;
  /** @returns the next cursor, 0 at the end; `into` takes references to the page's elements. */
  scan(cursor: number, count: number, into: HandleList): number;
  show(reference: Handle): void;
}

/** How a type's elements are scanned. */
export interface ElementScan<Value extends ScannedValue> {
  readonly type: number;
  /** Whether NOVALUES may leave out what belongs to each element. */
  readonly isOptionallyBare: boolean;
  valueOf(context: Context): Value;
  /** What MATCH is held against, of the element that the value shows. */
  nameOf(value: Value): Span;
  /** Replies with the element that the value shows. @returns how many replies that was. */
  reply(context: Context, value: Value, reference: Handle, withValues: boolean): number;
}

export function scanCollection<Value extends ScannedValue>(context: Context, scan: ElementScan<Value>): void {
  const cursor = readCursor(context, 2);
  if (cursor < 0) return;
  const entry = context.lookupTyped(1, scan.type);
  if (entry === WRONG_TYPE_FOUND) return;
  if (entry === 0) {
    replyEmptyScan(context);
    return;
  }
  const options = readScanOptions(context, 3, scan.isOptionallyBare);
  if (options === null) return;
  const { reply } = context;
  const value = scan.valueOf(context);
  const page = new HandleList();
  value.open(entry);
  const next = value.scan(cursor, options.count, page);
  reply.arrayHeader(2);
  reply.bulkText(String(next));
  reply.deferHeader();
  let replies = 0;
  for (let index = 0; index < page.length; index++) {
    const reference = page.items[index];
    value.show(reference);
    if (options.pattern > 0 && !matchesPattern(context, options.pattern, scan.nameOf(value))) continue;
    replies += scan.reply(context, value, reference, options.withValues);
  }
  reply.fillArrayHeader(replies);
}
