/** Random calls of list commands, over a few keys and the elements that matter. */
import type { Prng } from "../../src/base/prng.ts";
import type { Call } from "./generic-oracle.ts";
import { RandomCalls } from "./random-calls.ts";

const KEYS = ["a", "b", "c", "k".repeat(300)];
const WORDS = ["", "f", "g", "hello", "element:1", "element:2", "a\0b\r\n", "é".repeat(10)];
const NUMBERS = [
  ...["0", "1", "-1", "12", "127", "128", "4095", "-4096", "4096", "32767", "-32769", "8388607", "8388608", "-8388609"],
  ...["2147483647", "2147483648", "-2147483649", "9007199254740993", "9223372036854775807", "-9223372036854775808"],
  ...["9223372036854775808", "007", "-0", "+1", "1.5"],
];
const LENGTHS = [19, 63, 64, 127, 128, 254, 300, 4095, 4096, 9000, 33_000];
const INDEXES = [
  ...["0", "1", "2", "5", "12", "40", "-1", "-2", "-6", "-13", "-100", "100", "x", "", "1.5", "9223372036854775807"],
  ...["-9223372036854775807", "9223372036854775808"],
];
const COUNTS = ["0", "1", "2", "3", "10", "100", "-1", "-2", "x", "9223372036854775807", "9223372036854775808"];
const ENDS = ["LEFT", "RIGHT", "left", "Right", "MIDDLE"];
const TIMEOUTS = ["0", "1", "0.5", "-1", "x"];

export class ListCalls extends RandomCalls {
  protected readonly makers: readonly (() => Call)[];

  constructor(random: Prng) {
    super(random);
    const key = (): string => this.pick(KEYS);
    const item = (): string => this.#element();
    const index = (): string => this.#index();
    const end = (): string => this.pick(random.below(8) === 0 ? ENDS : ENDS.slice(0, 2));
    const some = (most: number): string[] => this.some(most, item);
    const keys = (): string[] => Array.from({ length: 1 + random.below(3) }, key);
    const counted = (): Call => {
      const named = keys();
      return [random.below(8) === 0 ? this.pick(COUNTS) : named.length, ...named];
    };
    const count = (): Call => (random.below(2) === 0 ? [] : ["COUNT", this.pick(COUNTS)]);
    this.makers = [
      () => ["LPUSH", key(), ...some(1)],
      () => ["RPUSH", key(), ...some(1)],
      () => ["LPUSH", key(), ...some(12)],
      () => ["RPUSH", key(), ...some(12)],
      () => ["RPUSH", key(), ...some(3), "f", "f", "12"],
      () => ["LPUSHX", key(), ...some(3)],
      () => ["RPUSHX", key(), ...some(3)],
      () => ["LPOP", key()],
      () => ["RPOP", key()],
      () => ["LPOP", key(), this.pick(COUNTS)],
      () => ["RPOP", key(), this.pick(COUNTS)],
      () => ["LINSERT", key(), this.pick(["BEFORE", "AFTER", "after", "BESIDE"]), item(), item()],
      () => ["LINSERT", key(), this.pick(["BEFORE", "AFTER"]), "f", item()],
      () => ["LINDEX", key(), index()],
      () => ["LSET", key(), index(), item()],
      () => ["LSET", key(), index(), item()],
      () => ["LLEN", key()],
      () => ["LRANGE", key(), index(), index()],
      () => ["LRANGE", key(), 0, -1],
      () => ["LTRIM", key(), index(), index()],
      () => ["LTRIM", key(), random.below(4), -1 - random.below(4)],
      () => ["LREM", key(), this.pick(COUNTS), item()],
      () => ["LREM", key(), this.pick(["0", "2", "-1", "-2"]), this.pick(["f", "12"])],
      () => ["LPOS", key(), item()],
      () => ["LPOS", key(), this.pick(["f", "12"]), ...this.#search()],
      () => ["LPOS", key(), item(), this.pick(["RANK", "COUNT", "MAXLEN", "BAD"])],
      () => ["LMOVE", key(), key(), end(), end()],
      () => ["RPOPLPUSH", key(), key()],
      () => ["LMPOP", ...counted(), end(), ...count()],
      () => ["LMPOP", ...counted(), end(), ...count(), ...count()],
      () => ["OBJECT", "IDLETIME", key()],
      () => ["COPY", key(), key(), "REPLACE"],
      () => ["RENAME", key(), key()],
      () => ["EXPIREAT", key(), "4000000000"],
      () => ["EXPIRETIME", key()],
      () => ["DEL", key()],
      () => ["SET", key(), "text"],
      () => ["TYPE", key()],
      () => ["DEBUG", "DIGEST-VALUE", ...KEYS],
      // Commands that would wait are called in a transaction, or on lists that are there.
      () => ["RPUSH", "full", ...some(4), item(), item()],
      () => ["BLPOP", ...keys(), "full", this.pick(TIMEOUTS.slice(3, 5))],
      () => ["BLMOVE", key(), key(), end(), end(), this.pick(TIMEOUTS.slice(3))],
    ];
  }

  /** Calls in which commands that would wait do not. */
  transaction(): Call[] {
    const key = (): string => this.pick(KEYS);
    const timeout = (): string => this.pick(TIMEOUTS);
    const end = (): string => this.pick(ENDS.slice(0, 2));
    return [
      ["MULTI"],
      ["BLPOP", key(), key(), timeout()],
      ["BRPOP", key(), timeout()],
      ["BLMOVE", key(), key(), end(), end(), timeout()],
      ["BRPOPLPUSH", key(), key(), timeout()],
      ["BLMPOP", timeout(), 2, key(), key(), end(), "COUNT", this.pick(COUNTS)],
      ["EXEC"],
    ];
  }

  #index(): string {
    return this.random.below(3) === 0 ? this.pick(INDEXES) : String(this.random.below(40) - 20);
  }

  #element(): string {
    const kind = this.random.below(20);
    if (kind < 9) return this.pick(NUMBERS);
    return kind < 18 ? this.pick(WORDS) : "v".repeat(this.pick(LENGTHS));
  }

  #search(): string[] {
    const random = this.random;
    const search: string[] = [];
    if (random.below(2) === 0) search.push("RANK", this.pick(["1", "2", "-1", "-2", "3", "0", "x"]));
    if (random.below(2) === 0) search.push("COUNT", this.pick(["0", "1", "2", "5", "-1", "x"]));
    if (random.below(3) === 0) search.push("MAXLEN", this.pick(["0", "1", "3", "10", "-1", "x"]));
    return search;
  }
}
