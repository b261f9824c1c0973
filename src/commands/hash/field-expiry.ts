/**
 * Giving fields of a hash a time to live: the steps that HEXPIRE and its kin, HGETEX and HSETEX share.
 *
 * What is repeated elsewhere is a point in time, and only of the fields that were given one (HPEXPIREAT). A time that has
 * passed removes a field at once, which is repeated as that (HDEL).
 */
import { asciiBytes } from "../../base/text.ts";
import type { HashValue } from "../../keyspace/hash-value.ts";
import { EVENT_DEL, EVENT_HDEL, type KeyEvent } from "../../keyspace/key-events.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import type { Context } from "../context.ts";
import { FIELDS, setFieldExpiry } from "./field-arguments.ts";

const HDEL = asciiBytes("HDEL");
const HPEXPIREAT = asciiBytes("HPEXPIREAT");

/** What has become of a field: as HEXPIRE replies. */
export const NO_FIELD = -2;
export const NOT_MET = 0;
export const EXPIRES = 1;
export const REMOVED = 2;

/** What a command does with the fields among its arguments. One object a command. */
export class FieldOutcomes {
  expiring = 0;
  removed = 0;
  readonly #context: Context;
  readonly #first: number;
  readonly #step: number;
  /** By place among the fields; nobody asks while the log has no reader. */
  readonly #outcomes: Int8Array;

  /** @param first argument that is a field; every `step`th after it is one too. */
  constructor(context: Context, first: number, step = 1) {
    this.#context = context;
    this.#first = first;
    this.#step = step;
    this.#outcomes = new Int8Array(context.effects.active ? Math.ceil((context.argc - first) / step) : 0);
  }

  /** Gives the field in argument `index`, which has just been found, a time to live, or removes it. @returns which. */
  expire(hash: HashValue, index: number, whenMs: number): number {
    if (whenMs > this.#context.nowMs) {
      setFieldExpiry(this.#context, hash, index, whenMs);
      this.expiring++;
      return this.#note(index, EXPIRES);
    }
    hash.removeFound();
    this.removed++;
    return this.#note(index, REMOVED);
  }

  #note(index: number, outcome: number): number {
    const place = (index - this.#first) / this.#step;
    if (place < this.#outcomes.length) this.#outcomes[place] = outcome;
    return outcome;
  }

  /** Closes a change of which nothing but this has come. @param event for fields that have been given a time. */
  close(handle: WriteHandle, isGone: boolean, event: KeyEvent): void {
    const { expiring, removed } = this;
    this.#context.keyspace.stats.expiredFields += removed;
    if (expiring + removed === 0) {
      handle.close(null, 0);
    } else if (isGone) {
      handle.signal(EVENT_HDEL);
      handle.close(EVENT_DEL, removed);
    } else {
      handle.close(removed > 0 ? EVENT_HDEL : event, expiring + removed);
    }
  }

  /** `HDEL key field …` of those that were removed. */
  propagateRemoved(): void {
    const { effects, database } = this.#context;
    if (this.removed === 0 || !effects.active) return;
    effects.begin(database.index, 2 + this.removed);
    effects.constant(HDEL);
    this.#argument(1);
    this.#fields(REMOVED);
  }

  /** `HPEXPIREAT key ms [condition] FIELDS count field …` of those that expire. @param condition argument, 0 for none. */
  propagateExpiring(whenMs: number, condition: number): void {
    const { effects, database } = this.#context;
    if (this.expiring === 0 || !effects.active) return;
    effects.begin(database.index, 5 + (condition === 0 ? 0 : 1) + this.expiring);
    effects.constant(HPEXPIREAT);
    this.#argument(1);
    effects.integer(whenMs);
    if (condition !== 0) this.#argument(condition);
    effects.constant(FIELDS);
    effects.integer(this.expiring);
    this.#fields(EXPIRES);
  }

  #fields(outcome: number): void {
    const outcomes = this.#outcomes;
    for (let place = 0; place < outcomes.length; place++) {
      if (outcomes[place] === outcome) this.#argument(this.#first + place * this.#step);
    }
  }

  #argument(index: number): void {
    const { effects } = this.#context;
    effects.argument(this.#context.bytes(index), this.#context.start(index), this.#context.length(index));
  }
}
