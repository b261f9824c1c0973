import type { HashValue } from "../../keyspace/hash-value.ts";
import { TYPE_HASH } from "../../structures/entry.ts";
import { type ElementScan, scanCollection } from "../collection-scan.ts";
import type { Context } from "../context.ts";
import { replyField, replyValue } from "./reply-field.ts";

const FIELDS: ElementScan<HashValue> = {
  type: TYPE_HASH,
  isOptionallyBare: true,
  valueOf: (context) => context.keyspace.structures.hashes,
  nameOf: (hashes) => hashes.field,
  reply(context, hashes, _reference, withValues) {
    replyField(context, hashes);
    if (!withValues) return 1;
    replyValue(context, hashes);
    return 2;
  },
};

export function hscan(context: Context): void {
  scanCollection(context, FIELDS);
}
