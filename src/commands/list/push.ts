import { TYPE_LIST } from "../../structures/entry.ts";
import { encodedSize } from "../../structures/listpack.ts";
import type { Context } from "../context.ts";
import { HEAD, type ListEnd, TAIL } from "./ends.ts";

/** Where elements begin. */
const FIRST = 2;

export function lpush(context: Context): void {
  push(context, HEAD, false);
}

export function rpush(context: Context): void {
  push(context, TAIL, false);
}

export function lpushx(context: Context): void {
  push(context, HEAD, true);
}

export function rpushx(context: Context): void {
  push(context, TAIL, true);
}

function push(context: Context, end: ListEnd, onlyIfThere: boolean): void {
  const handle = context.openTyped(1, TYPE_LIST);
  if (handle === null) return;
  if (onlyIfThere && handle.entry === 0) {
    handle.close(null, 0);
    context.reply.integer(0);
    return;
  }
  const { argc } = context;
  const { lists } = context.keyspace.structures;
  measure(context, FIRST, argc, handle.entry === 0);
  lists.beginGrowth(handle);
  for (let index = FIRST; index < argc; index++) {
    lists.push(end.isTail, context.bytes(index), context.start(index), context.length(index));
  }
  const count = lists.endEdit(false);
  handle.close(end.pushEvent, argc - FIRST);
  context.reply.integer(count);
}

/** Fills `growth` in with the elements among the arguments. @param isNew there is no list yet. */
export function measure(context: Context, first: number, end: number, isNew: boolean): void {
  const { growth } = context.keyspace.structures.lists;
  growth.reset(end - first);
  for (let index = first; index < end; index++) {
    const length = context.length(index);
    growth.textBytes += length;
    if (isNew) growth.packedBytes += encodedSize(context.bytes(index), context.start(index), length);
  }
}
