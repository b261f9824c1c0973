import { asciiBytes, formatDouble17 } from "../../base/text.ts";
import type { ZsetValue } from "../../keyspace/zset-value.ts";
import type { Handle } from "../../memory/arena.ts";
import { TYPE_ZSET } from "../../structures/entry.ts";
import { HandleList } from "../../structures/handle-list.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { matchesPattern, readCursor, readScanOptions, replyEmptyScan } from "../scan-options.ts";
import { replyMember } from "./reply-member.ts";

export function zscan(context: Context): void {
  const cursor = readCursor(context, 2);
  if (cursor < 0) return;
  const entry = context.lookupTyped(1, TYPE_ZSET);
  if (entry === WRONG_TYPE_FOUND) return;
  if (entry === 0) {
    replyEmptyScan(context);
    return;
  }
  const options = readScanOptions(context, 3, false);
  if (options === null) return;
  const { reply } = context;
  const { zsets } = context.keyspace.structures;
  const page = new HandleList();
  const next = zsets.open(entry).scan(cursor, options.count, page);
  reply.arrayHeader(2);
  reply.bulkText(String(next));
  reply.deferHeader();
  let shown = 0;
  for (let index = 0; index < page.length; index++) {
    zsets.show(page.items[index]);
    if (options.pattern > 0 && !matchesPattern(context, options.pattern, zsets.member)) continue;
    replyMember(reply, zsets);
    replyScoreText(context, zsets, page.items[index]);
    shown++;
  }
  reply.fillArrayHeader(2 * shown);
}

/** No double, whatever the protocol: of a listpack what stands in it, else 17 digits. */
function replyScoreText({ reply }: Context, zset: ZsetValue, reference: Handle): void {
  if (zset.isPacked) {
    const { bytes, start, length } = zset.packedScore(reference);
    reply.bulk(bytes, start, length);
  } else {
    const text = asciiBytes(formatDouble17(zset.score));
    reply.bulk(text, 0, text.length);
  }
}
