/** SINTER, SUNION, SDIFF, their STORE forms, and SINTERCARD. How they work: `keyspace/set-value-algebra.ts`. */
import { asciiBytes } from "../../base/text.ts";
import { EVENT_SDIFFSTORE, EVENT_SINTERSTORE, EVENT_SUNIONSTORE, type KeyEvent } from "../../keyspace/key-events.ts";
import type { SetEncoding, SetValue } from "../../keyspace/set-value.ts";
import type { MemberSink, SetAlgebra } from "../../keyspace/set-value-algebra.ts";
import { EXPIRY_NONE } from "../../keyspace/write-handle.ts";
import { ENCODING_INTSET, TYPE_SET } from "../../structures/entry.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { NEGATIVE_LIMIT, NO_KEYS, SYNTAX_ERROR } from "../errors.ts";
import { readAtLeast } from "../integers.ts";
import { deleteAndClose } from "../write-steps.ts";
import { replyMember } from "./read.ts";

const LIMIT = asciiBytes("LIMIT");
const TOO_MANY_KEYS = "ERR Number of keys can't be greater than number of args";

/** Replies with each member. */
class ReplySink implements MemberSink {
  count = 0;
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  member(set: SetValue): boolean {
    replyMember(this.#context, set);
    this.count++;
    return true;
  }
}

class CountingSink implements MemberSink {
  count = 0;
  readonly #limit: number;

  /** @param limit 0 for none. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  member(): boolean {
    this.count++;
    return this.count !== this.#limit;
  }
}

/** Puts a result into a set that is made. */
class StoringSink implements MemberSink {
  readonly #algebra: SetAlgebra;

  constructor(algebra: SetAlgebra) {
    this.#algebra = algebra;
  }

  member({ member }: SetValue): boolean {
    this.#algebra.result.addMember(member);
    return true;
  }
}

// ---- intersection -------------------------------------------------------------------------------------------------

export function sinter(context: Context): void {
  const { setAlgebra } = context.keyspace.structures;
  if (!readSources(context, 1, context.argc)) return;
  context.reply.deferHeader();
  const sink = new ReplySink(context);
  if (!setAlgebra.isAnyAbsent) {
    setAlgebra.orderBySize();
    setAlgebra.intersect(sink);
  }
  context.reply.fillSetHeader(sink.count);
}

export function sintercard(context: Context): void {
  const keys = readAtLeast(context, 1, 1, NO_KEYS);
  if (Number.isNaN(keys)) return;
  if (keys > context.argc - 2) {
    context.fail(TOO_MANY_KEYS);
    return;
  }
  const limit = readLimit(context, 2 + keys);
  const { setAlgebra } = context.keyspace.structures;
  if (limit < 0 || !readSources(context, 2, 2 + keys)) return;
  const sink = new CountingSink(limit);
  if (!setAlgebra.isAnyAbsent) {
    setAlgebra.orderBySize();
    setAlgebra.intersect(sink);
  }
  context.reply.integer(sink.count);
}

/** @returns 0 for none, -1 when an error has been replied. */
function readLimit(context: Context, from: number): number {
  let limit = 0;
  for (let index = from; index < context.argc; index += 2) {
    const isLimit = context.is(index, LIMIT) && index + 1 < context.argc;
    const value = isLimit ? context.integer64(index + 1) : null;
    if (value === null || value < 0) {
      context.fail(isLimit ? NEGATIVE_LIMIT : SYNTAX_ERROR);
      return -1;
    }
    limit = value;
  }
  return limit;
}

export function sinterstore(context: Context): void {
  const { setAlgebra } = context.keyspace.structures;
  if (!readSources(context, 2, context.argc)) return;
  if (setAlgebra.isAnyAbsent) {
    storeNothing(context);
    return;
  }
  setAlgebra.orderBySize();
  store(context, EVENT_SINTERSTORE, setAlgebra.intersectionEncoding, (algebra) => algebra.storeIntersection());
}

// ---- union --------------------------------------------------------------------------------------------------------

export function sunion(context: Context): void {
  const { setAlgebra } = context.keyspace.structures;
  if (!readSources(context, 1, context.argc)) return;
  if (!setAlgebra.isUnionAsked) {
    replyScratch(context, (algebra) => algebra.storeUnion());
    return;
  }
  context.reply.deferHeader();
  const sink = new ReplySink(context);
  setAlgebra.unite(sink);
  context.reply.fillSetHeader(sink.count);
}

export function sunionstore(context: Context): void {
  if (!readSources(context, 2, context.argc)) return;
  store(context, EVENT_SUNIONSTORE, ENCODING_INTSET, (algebra) => algebra.storeUnion());
}

// ---- difference ---------------------------------------------------------------------------------------------------

export function sdiff(context: Context): void {
  const { setAlgebra } = context.keyspace.structures;
  if (!readSources(context, 1, context.argc)) return;
  const isEmpty = setAlgebra.isDifferenceEmpty;
  if (!isEmpty && !setAlgebra.isDifferenceAsked) {
    replyScratch(context, (algebra) => algebra.storeDifference());
    return;
  }
  context.reply.deferHeader();
  const sink = new ReplySink(context);
  if (!isEmpty) setAlgebra.subtract(sink);
  context.reply.fillSetHeader(sink.count);
}

export function sdiffstore(context: Context): void {
  const { setAlgebra } = context.keyspace.structures;
  if (!readSources(context, 2, context.argc)) return;
  if (setAlgebra.isDifferenceEmpty) {
    storeNothing(context);
    return;
  }
  const asks = setAlgebra.isDifferenceAsked;
  store(context, EVENT_SDIFFSTORE, ENCODING_INTSET, (algebra) => {
    if (asks) algebra.subtract(new StoringSink(algebra));
    else algebra.storeDifference();
  });
}

// ---- what they share ----------------------------------------------------------------------------------------------

/** Looks the sets up whose keys are arguments. @returns false when an error has been replied. */
function readSources(context: Context, from: number, end: number): boolean {
  const { sources } = context.keyspace.structures.setAlgebra;
  sources.clear();
  for (let index = from; index < end; index++) {
    const entry = context.lookupTyped(index, TYPE_SET);
    if (entry === WRONG_TYPE_FOUND) return false;
    sources.push(entry);
  }
  return true;
}

/** Replies with the members of a set that is made for that alone. */
function replyScratch(context: Context, make: (algebra: SetAlgebra) => void): void {
  const { structures, lazyFree } = context.keyspace;
  const { setAlgebra } = structures;
  const { result } = setAlgebra;
  result.beginScratch();
  make(setAlgebra);
  context.reply.setHeader(result.count);
  result.rewind();
  while (result.next()) replyMember(context, result);
  lazyFree.freeEntry(result.endScratch());
}

/** Puts a result into the key that is the first argument, and replies with its size. */
function store(context: Context, event: KeyEvent, begun: SetEncoding, make: (algebra: SetAlgebra) => void): void {
  const { setAlgebra } = context.keyspace.structures;
  const handle = context.openWrite(1);
  setAlgebra.result.beginBuild(handle, begun);
  make(setAlgebra);
  const count = setAlgebra.result.endBuild(EXPIRY_NONE);
  if (count > 0) {
    handle.close(event, 1);
    context.reply.integer(count);
    return;
  }
  handle.close(null, 0);
  storeNothing(context);
}

/** Deletes the key that is the first argument: the result is empty. */
function storeNothing(context: Context): void {
  deleteAndClose(context.openWrite(1));
  context.reply.integer(0);
}
