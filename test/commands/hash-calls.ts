/** Random calls of hash commands, over a few keys and the fields and values that matter. */
import type { Prng } from "../../src/base/prng.ts";
import type { Call } from "./generic-oracle.ts";
import { RandomCalls } from "./random-calls.ts";

const KEYS = ["a", "b", "c", "k".repeat(300)];
const WORDS = ["", "f", "g", "hello", "field:1", "field:2", "field:3", "a\0b\r\n", "é".repeat(10)];
const NUMBERS = [
  ...["0", "1", "-1", "12", "127", "128", "4095", "-4096", "4096", "32767", "-32769", "8388607", "8388608", "-8388609"],
  ...["2147483647", "2147483648", "-2147483649", "9007199254740993", "9223372036854775807", "-9223372036854775808"],
  ...["9223372036854775808", "007", "-0", "+1", " 1", "1.5", "0x10", "1e3"],
];
const FLOATS = ["0.1", "10.5", "-3.25", "1e3", "5.0e-2", "3000.1", "inf", "-inf", "nan", "x", "1e4930", "", "1."];
const LENGTHS = [19, 20, 21, 63, 64, 65, 127, 128, 254, 255, 300, 4095, 4096, 9000, 33_000];
const COUNTS = [
  ...["0", "1", "2", "3", "5", "20", "-1", "-3", "-20", "x", "", "1.5", "4611686018427387904", "9223372036854775807"],
  ...["9223372036854775808", "-9223372036854775808"],
];
const BOUNDS = ["4611686018427387903", "4611686018427387904", "-4611686018427387904", "-9223372036854775807"];
const PATTERNS = ["*", "f*", "*:?", "[0-9]*", "", "nothing"];

export class HashCalls extends RandomCalls {
  protected readonly makers: readonly (() => Call)[];

  constructor(random: Prng) {
    super(random);
    const key = (): string => this.pick(KEYS);
    const field = (): string => this.#field();
    const value = (): string => this.#value();
    this.makers = [
      () => ["HSET", key(), field(), value()],
      () => ["HSET", key(), ...this.some(6, () => [field(), value()])],
      () => ["HSET", key(), field(), this.pick(NUMBERS)],
      () => ["HSET", key(), ...this.some(3, () => [field(), value()]), field()],
      () => ["HMSET", key(), ...this.some(3, () => [field(), value()])],
      () => ["HSETNX", key(), field(), value()],
      () => ["HGET", key(), field()],
      () => ["HMGET", key(), ...this.some(4, () => [field()])],
      () => ["HDEL", key(), field()],
      () => ["HDEL", key(), ...this.some(8, () => [field()])],
      () => ["HEXISTS", key(), field()],
      () => ["HLEN", key()],
      () => ["HSTRLEN", key(), field()],
      () => ["HGETALL", key()],
      () => ["HKEYS", key()],
      () => ["HVALS", key()],
      () => ["HINCRBY", key(), field(), this.pick(NUMBERS)],
      () => ["HINCRBY", key(), "n", String(random.below(200) - 100)],
      () => ["HINCRBYFLOAT", key(), field(), this.pick(FLOATS)],
      () => ["HINCRBYFLOAT", key(), "x", this.pick(FLOATS)],
      () => ["HRANDFIELD", key()],
      () => ["HRANDFIELD", key(), this.pick(COUNTS)],
      () => ["HRANDFIELD", key(), this.pick(COUNTS), this.pick(["WITHVALUES", "withvalues", "BAD"])],
      () => ["HRANDFIELD", key(), this.pick(BOUNDS.slice(1)), "WITHVALUES"],
      () => ["HRANDFIELD", key(), this.pick(BOUNDS.slice(0, 2))],
      () => ["HRANDFIELD", key(), "1", "WITHVALUES", "WITHVALUES"],
      () => ["HSCAN", key(), "0", "COUNT", "1000", ...this.match(PATTERNS)],
      () => ["HSCAN", key(), "0", ...this.match(PATTERNS), "COUNT", this.pick(["1000", "0", "-1", "x"])],
      () => ["HSCAN", key(), this.pick(["0", "x", "-0"]), this.pick(["BAD", "MATCH", "COUNT"])],
      () => ["OBJECT", "ENCODING", key()],
      () => ["COPY", key(), key(), "REPLACE"],
      () => ["RENAME", key(), key()],
      () => ["EXPIREAT", key(), "4000000000"],
      () => ["EXPIRETIME", key()],
      () => ["PERSIST", key()],
      () => ["DEL", key()],
      () => ["SET", key(), "text"],
      () => ["TYPE", key()],
      () => ["DEBUG", "DIGEST-VALUE", ...KEYS],
    ];
  }

  #field(): string {
    const kind = this.random.below(20);
    if (kind < 12) return this.pick(WORDS);
    return kind < 19 ? this.pick(NUMBERS) : this.#long("f");
  }

  #value(): string {
    const kind = this.random.below(20);
    if (kind < 9) return this.pick(NUMBERS);
    if (kind < 13) return this.pick(FLOATS);
    return kind < 19 ? this.pick(WORDS) : this.#long("v");
  }

  #long(letter: string): string {
    return letter.repeat(this.pick(LENGTHS));
  }
}
