/** ZUNION, ZINTER and ZDIFF, their forms that store, and ZINTERCARD. */
import { asciiBytes, parseDouble } from "../../base/text.ts";
import { EVENT_ZDIFFSTORE, EVENT_ZINTERSTORE, EVENT_ZUNIONSTORE, type KeyEvent } from "../../keyspace/key-events.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import {
  AGGREGATE_MAX,
  AGGREGATE_MIN,
  AGGREGATE_SUM,
  type Aggregate,
  type AlgebraInput,
} from "../../keyspace/zset-value-algebra.ts";
import { TYPE_SET, TYPE_ZSET, typeOf } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { NEGATIVE_LIMIT, NOT_AN_INTEGER, SYNTAX_ERROR, WRONG_TYPE } from "../errors.ts";
import { replyPairsHeader } from "../reply-pairs.ts";
import { replyPair } from "./reply-member.ts";
import { storeResult } from "./store.ts";

const WEIGHTS = asciiBytes("WEIGHTS");
const AGGREGATE = asciiBytes("AGGREGATE");
const WITHSCORES = asciiBytes("WITHSCORES");
const LIMIT = asciiBytes("LIMIT");
const AGGREGATES: readonly (readonly [Uint8Array, Aggregate])[] = [
  [asciiBytes("SUM"), AGGREGATE_SUM],
  [asciiBytes("MIN"), AGGREGATE_MIN],
  [asciiBytes("MAX"), AGGREGATE_MAX],
];
const WEIGHT_NOT_A_FLOAT = "ERR weight value is not a float";

type Operation = "union" | "intersection" | "difference";
type Form = "replied" | "stored" | "counted";

class Combination {
  readonly inputs: AlgebraInput[] = [];
  aggregate: Aggregate = AGGREGATE_SUM;
  withScores = false;
  /** Of ZINTERCARD; 0 is none. */
  limit = 0;
}

export function zunion(context: Context): void {
  replyCombination(context, "union");
}

export function zinter(context: Context): void {
  replyCombination(context, "intersection");
}

export function zdiff(context: Context): void {
  replyCombination(context, "difference");
}

export function zunionstore(context: Context): void {
  storeCombination(context, "union", EVENT_ZUNIONSTORE);
}

export function zinterstore(context: Context): void {
  storeCombination(context, "intersection", EVENT_ZINTERSTORE);
}

export function zdiffstore(context: Context): void {
  storeCombination(context, "difference", EVENT_ZDIFFSTORE);
}

export function zintercard(context: Context): void {
  const combination = readCombination(context, 1, "intersection", "counted");
  if (combination === null) return;
  const { zsetAlgebra } = context.keyspace.structures;
  context.reply.integer(zsetAlgebra.intersectionCount(combination.inputs, combination.limit));
}

function replyCombination(context: Context, operation: Operation): void {
  const combination = readCombination(context, 1, operation, "replied");
  if (combination === null) return;
  combine(context, combination, operation, null);
  const { reply, keyspace } = context;
  const { result } = keyspace.structures.zsetAlgebra;
  replyPairsHeader(reply, result.count, combination.withScores);
  for (result.rewind(); result.next(); ) replyPair(reply, result, combination.withScores);
  keyspace.lazyFree.freeEntry(result.detachResult());
}

function storeCombination(context: Context, operation: Operation, event: KeyEvent): void {
  const combination = readCombination(context, 2, operation, "stored");
  if (combination === null) return;
  const handle = context.openWrite(1);
  combine(context, combination, operation, handle);
  context.keyspace.structures.zsetAlgebra.pack();
  storeResult(context, handle, event);
}

function combine(
  context: Context,
  { inputs, aggregate }: Combination,
  operation: Operation,
  handle: WriteHandle | null,
): void {
  const { zsetAlgebra } = context.keyspace.structures;
  if (operation === "union") zsetAlgebra.union(inputs, aggregate, handle);
  else if (operation === "intersection") zsetAlgebra.intersection(inputs, aggregate, handle);
  else zsetAlgebra.difference(inputs, handle);
}

/** Reads `numkeys key … [options]`. @returns null when an error has been replied. */
function readCombination(context: Context, countIndex: number, operation: Operation, form: Form): Combination | null {
  const count = context.integer64(countIndex);
  const problem = countProblem(context, count, countIndex);
  if (problem !== null || count === null) {
    context.fail(problem ?? NOT_AN_INTEGER);
    return null;
  }
  const combination = new Combination();
  if (!lookUpInputs(context, countIndex + 1, count, combination)) return null;
  const optionsProblem = readOptions(context, countIndex + 1 + count, operation, form, combination);
  if (optionsProblem === null) return combination;
  context.fail(optionsProblem);
  return null;
}

function countProblem(context: Context, count: number | null, countIndex: number): string | null {
  if (count === null) return NOT_AN_INTEGER;
  if (count < 1) return `ERR at least 1 input key is needed for '${context.row.name}' command`;
  return count > context.argc - countIndex - 1 ? SYNTAX_ERROR : null;
}

/** @returns false when an error has been replied. */
function lookUpInputs(context: Context, first: number, count: number, { inputs }: Combination): boolean {
  const { arena } = context.keyspace;
  for (let index = first; index < first + count; index++) {
    const entry = context.lookupRead(index);
    const type = entry === 0 ? TYPE_ZSET : typeOf(arena, entry);
    if (type !== TYPE_ZSET && type !== TYPE_SET) {
      context.fail(WRONG_TYPE);
      return false;
    }
    inputs.push({ entry, weight: 1 });
  }
  return true;
}

/** @returns an error, or null. */
function readOptions(
  context: Context,
  first: number,
  operation: Operation,
  form: Form,
  combination: Combination,
): string | null {
  const isWeighted = operation !== "difference" && form !== "counted";
  const { argc } = context;
  const { inputs } = combination;
  for (let index = first; index < argc; index++) {
    const following = argc - index - 1;
    let problem: string | null = null;
    if (isWeighted && following >= inputs.length && context.is(index, WEIGHTS)) {
      problem = readWeights(context, index + 1, inputs);
      index += inputs.length;
    } else if (isWeighted && following >= 1 && context.is(index, AGGREGATE)) {
      problem = readAggregate(context, ++index, combination);
    } else if (form === "replied" && context.is(index, WITHSCORES)) {
      combination.withScores = true;
    } else if (form === "counted" && following >= 1 && context.is(index, LIMIT)) {
      problem = readLimit(context, ++index, combination);
    } else {
      problem = SYNTAX_ERROR;
    }
    if (problem !== null) return problem;
  }
  return null;
}

function readWeights(context: Context, first: number, inputs: readonly AlgebraInput[]): string | null {
  for (const [place, input] of inputs.entries()) {
    const index = first + place;
    const weight = parseDouble(context.bytes(index), context.start(index), context.length(index));
    if (weight === null) return WEIGHT_NOT_A_FLOAT;
    input.weight = weight;
  }
  return null;
}

function readAggregate(context: Context, index: number, combination: Combination): string | null {
  const found = AGGREGATES.find(([word]) => context.is(index, word));
  if (found === undefined) return SYNTAX_ERROR;
  combination.aggregate = found[1];
  return null;
}

function readLimit(context: Context, index: number, combination: Combination): string | null {
  const limit = context.integer64(index);
  if (limit === null || limit < 0) return NEGATIVE_LIMIT;
  combination.limit = limit;
  return null;
}
