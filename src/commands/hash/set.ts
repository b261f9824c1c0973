import type { HashGrowth, HashValue } from "../../keyspace/hash-value.ts";
import { EVENT_HSET } from "../../keyspace/key-events.ts";
import { TYPE_HASH } from "../../structures/entry.ts";
import { encodedSize } from "../../structures/listpack.ts";
import type { Context } from "../context.ts";
import { wrongArity } from "../errors.ts";

/** Where fields and values begin. */
const FIRST_FIELD = 2;

export function hset(context: Context): void {
  const created = setFields(context);
  if (created >= 0) context.reply.integer(created);
}

export function hmset(context: Context): void {
  if (setFields(context) >= 0) context.reply.ok();
}

export function hsetnx(context: Context): void {
  const handle = context.openTyped(1, TYPE_HASH);
  if (handle === null) return;
  const { hashes } = context.keyspace.structures;
  if (handle.entry !== 0 && hashes.open(handle.entry).has(context.bytes(2), context.start(2), context.length(2))) {
    handle.close(null, 0);
    context.reply.integer(0);
    return;
  }
  hashes.beginEdit(handle, growthOf(context, FIRST_FIELD, handle.entry === 0));
  setPair(context, hashes, FIRST_FIELD, false);
  hashes.endEdit();
  handle.close(EVENT_HSET, 1);
  context.reply.integer(1);
}

/** @returns the number of fields that are new, -1 when an error has been replied. */
function setFields(context: Context): number {
  const { argc } = context;
  if (argc % 2 === 1) {
    context.fail(wrongArity(context.row.name));
    return -1;
  }
  const handle = context.openTyped(1, TYPE_HASH);
  if (handle === null) return -1;
  const { hashes } = context.keyspace.structures;
  hashes.beginEdit(handle, growthOf(context, FIRST_FIELD, handle.entry === 0));
  let created = 0;
  for (let index = FIRST_FIELD; index < argc; index += 2) if (setPair(context, hashes, index, false)) created++;
  hashes.endEdit();
  handle.close(EVENT_HSET, (argc - FIRST_FIELD) / 2);
  return created;
}

/**
 * Gives the field that an argument names the value in the next one.
 * @param keepsExpiry whether the field expires when it did before.
 * @returns whether the field is new.
 */
export function setPair(context: Context, hash: HashValue, index: number, keepsExpiry: boolean): boolean {
  const field = context.bytes(index);
  const fieldStart = context.start(index);
  const fieldLength = context.length(index);
  const isThere = hash.has(field, fieldStart, fieldLength);
  const value = index + 1;
  hash.put(
    field,
    fieldStart,
    fieldLength,
    context.bytes(value),
    context.start(value),
    context.length(value),
    keepsExpiry,
  );
  return !isThere;
}

/** Measures all fields and values among the arguments, which begin at `first`. */
export function growthOf(context: Context, first: number, isNew: boolean): HashGrowth {
  const { growth } = context.keyspace.structures.hashes;
  growth.reset((context.argc - first) / 2);
  for (let index = first; index < context.argc; index++) {
    const length = context.length(index);
    growth.add(length);
    if (isNew) growth.packedBytes += encodedSize(context.bytes(index), context.start(index), length);
  }
  return growth;
}
