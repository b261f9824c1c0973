import type { HashValue } from "../../keyspace/hash-value.ts";
import { TYPE_HASH } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { drawElements, type ElementDraw } from "../random-elements.ts";
import { beginPair } from "../reply-pairs.ts";
import { replyField, replyValue } from "./reply-field.ts";

const FIELDS: ElementDraw<HashValue> = {
  type: TYPE_HASH,
  option: "WITHVALUES",
  valueOf: (context) => context.keyspace.structures.hashes,
  reply(context, hash, withValues) {
    if (withValues) beginPair(context.reply);
    replyField(context, hash);
    if (withValues) replyValue(context, hash);
  },
};

export function hrandfield(context: Context): void {
  drawElements(context, FIELDS);
}
