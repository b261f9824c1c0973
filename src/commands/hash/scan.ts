import { TYPE_HASH } from "../../structures/entry.ts";
import { HandleList } from "../../structures/handle-list.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { matchesPattern, readCursor, readScanOptions, replyEmptyScan } from "../scan-options.ts";
import { replyField, replyValue } from "./reply-field.ts";

export function hscan(context: Context): void {
  const cursor = readCursor(context, 2);
  if (cursor < 0) return;
  const entry = context.lookupTyped(1, TYPE_HASH);
  if (entry === WRONG_TYPE_FOUND) return;
  if (entry === 0) {
    replyEmptyScan(context);
    return;
  }
  const options = readScanOptions(context, 3, true);
  if (options === null) return;
  const { reply } = context;
  const { hashes } = context.keyspace.structures;
  const page = new HandleList();
  const next = hashes.open(entry).scan(cursor, options.count, page);
  reply.arrayHeader(2);
  reply.bulkText(String(next));
  reply.deferHeader();
  let shown = 0;
  for (let index = 0; index < page.length; index++) {
    hashes.show(page.items[index]);
    if (options.pattern > 0 && !matchesPattern(context, options.pattern, hashes.field)) continue;
    replyField(context, hashes);
    if (options.withValues) replyValue(context, hashes);
    shown++;
  }
  reply.fillArrayHeader(options.withValues ? 2 * shown : shown);
}
