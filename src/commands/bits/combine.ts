/**
 * BITOP: strings combined bit by bit into a new one as long as the longest, with zeros behind the others.
 *
 * The result is made piece by piece, each small enough to stay in the processor's cache while one source after the other
 * is worked into it; where all sources are zeros without memory, so is the result. A long one becomes the value as it
 * is, without being copied.
 */
import { copyBytes } from "../../base/bytes.ts";
import { asciiBytes } from "../../base/text.ts";
import { EVENT_SET } from "../../keyspace/key-events.ts";
import { EXPIRY_NONE } from "../../keyspace/write-handle.ts";
import type { Handle } from "../../memory/arena.ts";
import { combineBits, OPERATION_AND, OPERATION_NOT, OPERATION_OR, OPERATION_XOR } from "../../structures/bitmap.ts";
import { TYPE_STRING } from "../../structures/entry.ts";
import { stringLength } from "../../structures/string-reader.ts";
import type { Context } from "../context.ts";
import { WRONG_TYPE_FOUND } from "../context.ts";
import { SYNTAX_ERROR } from "../errors.ts";
import { deleteAndClose } from "../write-steps.ts";

const OPERATIONS: readonly (readonly [Uint8Array, number])[] = [
  [asciiBytes("AND"), OPERATION_AND],
  [asciiBytes("OR"), OPERATION_OR],
  [asciiBytes("XOR"), OPERATION_XOR],
  [asciiBytes("NOT"), OPERATION_NOT],
];
const DESTINATION = 2;
const FIRST_SOURCE = 3;
const PIECE_BYTES = 64 * 1024;
/** What alignment may need beside the bytes of a piece. */
const SCRATCH_SPARE_BYTES = 4;
const NO_BYTES = new Uint8Array(0);

export function bitop(context: Context): void {
  const operation = OPERATIONS.find(([word]) => context.is(1, word))?.[1];
  if (operation === undefined) {
    context.fail(SYNTAX_ERROR);
    return;
  }
  const { argc, reply } = context;
  if (operation === OPERATION_NOT && argc !== FIRST_SOURCE + 1) {
    context.fail("ERR BITOP NOT must be called with a single source key.");
    return;
  }
  const sources = new Int32Array(argc - FIRST_SOURCE);
  for (let index = 0; index < sources.length; index++) {
    const entry = context.lookupTyped(FIRST_SOURCE + index, TYPE_STRING);
    if (entry === WRONG_TYPE_FOUND) return;
    sources[index] = entry;
  }
  const result = new Combination(context, operation, sources).run();
  const handle = context.openWrite(DESTINATION);
  const { length } = result;
  if (length > 0) {
    handle.setRaw(result, 0, length, EXPIRY_NONE, true);
    handle.close(EVENT_SET, 1);
  } else {
    deleteAndClose(handle);
  }
  reply.integer(length);
}

class Combination {
  readonly #context: Context;
  readonly #operation: number;
  readonly #sources: Int32Array;
  #result: Uint8Array = NO_BYTES;
  #scratch: Uint8Array = NO_BYTES;

  /** @param sources entries of strings; 0 stands for an empty one. */
  constructor(context: Context, operation: number, sources: Int32Array) {
    this.#context = context;
    this.#operation = operation;
    this.#sources = sources;
  }

  run(): Uint8Array {
    const { arena } = this.#context.keyspace;
    let longest = 0;
    let shortest = Number.POSITIVE_INFINITY;
    for (const entry of this.#sources) {
      const length = entry === 0 ? 0 : stringLength(arena, entry);
      longest = Math.max(longest, length);
      shortest = Math.min(shortest, length);
    }
    this.#result = new Uint8Array(longest);
    this.#scratch = new Uint8Array(Math.min(longest, PIECE_BYTES) + SCRATCH_SPARE_BYTES);
    // Behind the shortest, AND has nothing but zeros.
    const end = this.#operation === OPERATION_AND ? shortest : longest;
    for (let at = 0; at < end; at += PIECE_BYTES) this.#makePiece(at, Math.min(end, at + PIECE_BYTES));
    return this.#result;
  }

  #makePiece(from: number, to: number): void {
    const sources = this.#sources;
    const operation = this.#operation;
    if (operation === OPERATION_NOT) {
      this.#workIn(operation, sources[0], from, to);
      return;
    }
    this.#copySource(sources[0], from, to);
    for (let index = 1; index < sources.length; index++) this.#workIn(operation, sources[index], from, to);
  }

  /** Begins a piece with a source; the result is zero so far. */
  #copySource(entry: Handle, from: number, to: number): void {
    if (entry === 0) return;
    const { reader } = this.#context.keyspace;
    const { run } = reader.open(entry);
    const end = Math.min(to, reader.length);
    for (let at = from; at < end; at += run.length) {
      reader.find(at, end);
      if (!run.isConstant) copyBytes(run.bytes, run.start, this.#result, at, run.length);
    }
  }

  #workIn(operation: number, entry: Handle, from: number, to: number): void {
    if (entry === 0) return;
    const { reader } = this.#context.keyspace;
    const { run } = reader.open(entry);
    const end = Math.min(to, reader.length);
    for (let at = from; at < end; at += run.length) {
      reader.find(at, end);
      const leavesAll = run.isConstant && (operation === OPERATION_OR || operation === OPERATION_XOR);
      if (leavesAll) continue;
      combineBits(operation, this.#result, at, run.bytes, run.start, run.length, this.#scratch);
    }
  }
}
