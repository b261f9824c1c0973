import { asciiBytes, formatDouble17 } from "../../base/text.ts";
import type { ZsetValue } from "../../keyspace/zset-value.ts";
import type { Handle } from "../../memory/arena.ts";
import { TYPE_ZSET } from "../../structures/entry.ts";
import { type ElementScan, scanCollection } from "../collection-scan.ts";
import type { Context } from "../context.ts";
import { replyMember } from "./reply-member.ts";

const MEMBERS: ElementScan<ZsetValue> = {
  type: TYPE_ZSET,
  isOptionallyBare: false,
  valueOf: (context) => context.keyspace.structures.zsets,
  nameOf: (zsets) => zsets.member,
  reply(context, zsets, reference) {
    replyMember(context.reply, zsets);
    replyScoreText(context, zsets, reference);
    return 2;
  },
};

export function zscan(context: Context): void {
  scanCollection(context, MEMBERS);
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
