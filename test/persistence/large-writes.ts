/** Commands that change large collections in every way there is, drawn at random, beside each other in two databases. */
import type { Draw } from "../differential/draw.ts";

const KEYS = 2;
const TYPES = ["hash", "set", "zset", "list"];

export interface LargeSizes {
  /** Elements of each collection in the beginning. */
  readonly elements: number;
  /** Of an element, besides its name. */
  readonly bytes: number;
}

export class LargeWrites {
  readonly #draw: Draw;
  readonly #sizes: LargeSizes;

  constructor(draw: Draw, sizes: LargeSizes) {
    this.#draw = draw;
    this.#sizes = sizes;
  }

  /** Commands that make the collections. */
  *fill(): Generator<string[]> {
    const { elements } = this.#sizes;
    for (const database of ["0", "1"]) {
      yield ["SELECT", database];
      for (const type of TYPES) {
        for (let index = 0; index < KEYS; index++) {
          // What takes less than 32 KB is copied when it changes.
          const length = type === "list" ? 2 * elements : elements;
          const names = Array.from({ length }, (_, at) => `${type}:${at}:${this.#padding()}`);
          const key = `${type}:${index}`;
          if (type === "hash") yield ["HSET", key, ...names.flatMap((name, at) => [`f${at}`, name])];
          else if (type === "set") yield ["SADD", key, ...names];
          else if (type === "zset") yield ["ZADD", key, ...names.flatMap((_, at) => [String(this.#score()), `m${at}`])];
          else yield ["RPUSH", key, ...names];
        }
      }
      yield ["SET", "string", "s".repeat(70_000)];
    }
  }

  next(): string[] {
    const draw = this.#draw;
    if (draw.chance(0.03)) return ["SELECT", String(draw.below(2))];
    if (draw.chance(0.03)) return this.#whole();
    const type = draw.pick(TYPES);
    const key = this.#key(type);
    if (type === "hash") return this.#hash(key);
    if (type === "set") return this.#set(key);
    return type === "zset" ? this.#zset(key) : this.#list(key);
  }

  #key(type: string): string {
    return `${type}:${this.#draw.below(KEYS)}`;
  }

  #padding(): string {
    const { bytes } = this.#sizes;
    return this.#draw.chance(0.02) ? "long".repeat(300) : "p".repeat(this.#draw.below(2 * bytes));
  }

  #score(): number {
    return this.#draw.chance(0.3) ? this.#draw.below(10) : this.#draw.below(1_000_000) / 8;
  }

  /** A number of one of the elements that were there, or might be new. */
  #number(): number {
    return this.#draw.below(this.#sizes.elements + 20);
  }

  /** Changes of whole keys. */
  #whole(): string[] {
    const draw = this.#draw;
    const key = this.#key(draw.pick(TYPES));
    const other = this.#key(draw.pick(TYPES));
    return draw.pick([
      ["DEL", key],
      ["UNLINK", key],
      ["RENAME", key, other],
      ["RENAME", key, `${key}:away`],
      ["RENAME", `${key}:away`, key],
      ["COPY", key, `${key}:copy`, "REPLACE"],
      ["COPY", key, other, "DB", "1", "REPLACE"],
      ["MOVE", key, String(draw.below(2))],
      ["EXPIRE", key, "1000"],
      ["PERSIST", key],
      ["SET", key, "overwritten"],
      ["SUNIONSTORE", this.#key("set"), "set:0", "set:1"],
      ["ZUNIONSTORE", this.#key("zset"), "2", "zset:0", "zset:1"],
      ["SORT", this.#key("list"), "ALPHA", "STORE", this.#key("list")],
      ["SWAPDB", "0", "1"],
      ["FLUSHDB"],
    ]);
  }

  #hash(key: string): string[] {
    const field = `f${this.#number()}`;
    return this.#draw.pick([
      ["HSET", key, field, this.#padding(), `f${this.#number()}`, this.#padding()],
      ["HSET", key, field, "v".repeat(70_000)],
      ["HSETNX", key, `new${this.#number()}`, this.#padding()],
      ["HINCRBY", key, `n${this.#number()}`, "7"],
      ["HDEL", key, field, `f${this.#number()}`, `f${this.#number()}`],
      ["HGET", key, field],
      ["HPEXPIRE", key, String(this.#draw.between(1000, 100_000)), "FIELDS", "2", field, `f${this.#number()}`],
      ["HPERSIST", key, "FIELDS", "1", field],
      ["HINCRBY", key, `n${this.#number()}`, "1"],
    ]);
  }

  #set(key: string): string[] {
    const other = this.#key("set");
    return this.#draw.pick([
      ["SADD", key, `set:${this.#number()}:`, `new:${this.#number()}`],
      ["SREM", key, `set:${this.#number()}:`, `new:${this.#number()}`],
      ["SPOP", key, String(1 + this.#draw.below(8))],
      ["SPOP", key],
      ["SMOVE", key, other, `new:${this.#number()}`],
    ]);
  }

  #zset(key: string): string[] {
    const member = `m${this.#number()}`;
    const rank = this.#draw.below(50);
    return this.#draw.pick([
      ["ZADD", key, String(this.#score()), member, String(this.#score()), `m${this.#number()}`],
      ["ZADD", key, "GT", String(this.#score()), member],
      ["ZINCRBY", key, "0.5", member],
      ["ZREM", key, member, `m${this.#number()}`],
      ["ZPOPMIN", key, "2"],
      ["ZPOPMAX", key],
      ["ZREMRANGEBYRANK", key, String(rank), String(rank + 5)],
      ["ZADD", key, "XX", "1", member],
    ]);
  }

  #list(key: string): string[] {
    const draw = this.#draw;
    const index = draw.below(this.#sizes.elements);
    const element = `list:${index}:`;
    const text = draw.chance(0.1) ? "long".repeat(3000) : this.#padding();
    return draw.pick([
      ["LPUSH", key, text, "b"],
      ["RPUSH", key, text, String(index)],
      ["LPOP", key, String(1 + draw.below(40))],
      ["RPOP", key],
      ["LSET", key, String(index), text],
      ["LSET", key, String(-1 - draw.below(100)), text],
      ["LINSERT", key, draw.pick(["BEFORE", "AFTER"]), element, text],
      ["LREM", key, String(draw.below(3) - 1), element],
      ["LTRIM", key, String(draw.below(30)), String(-1 - draw.below(30))],
      ["LMOVE", key, this.#key("list"), draw.pick(["LEFT", "RIGHT"]), draw.pick(["LEFT", "RIGHT"])],
      ["LTRIM", key, "0", draw.chance(0.2) ? "3" : "-2"],
    ]);
  }
}
