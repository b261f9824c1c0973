/** Random calls of set commands, over a few keys and the members that matter. */
import type { Prng } from "../../src/base/prng.ts";
import type { Call } from "./generic-oracle.ts";
import { RandomCalls } from "./random-calls.ts";

const KEYS = ["a", "b", "c", "d", "k".repeat(300)];
const WORDS = ["", "f", "g", "hello", "member:1", "member:2", "member:3", "a\0b\r\n", "é".repeat(10)];
const NUMBERS = [
  ...["0", "1", "-1", "12", "127", "128", "32767", "32768", "-32768", "-32769", "2147483647", "2147483648"],
  ...["-2147483649", "9007199254740993", "9223372036854775807", "-9223372036854775808"],
];
const NOT_NUMBERS = ["9223372036854775808", "007", "-0", "+1", " 1", "1.5"];
const LENGTHS = [19, 20, 21, 63, 64, 65, 254, 255, 300, 4096, 9000, 33_000];
const COUNTS = ["0", "1", "2", "3", "20", "-1", "-3", "-20", "x", "", "9223372036854775807", "9223372036854775808"];
const LEAST = "-9223372036854775808";
const PATTERNS = ["*", "m*", "*:?", "[0-9]*", "", "nothing"];

export class SetCalls extends RandomCalls {
  protected readonly makers: readonly (() => Call)[];

  /** @param picks whether commands that change what they pick at random are among them. */
  constructor(random: Prng, picks: boolean) {
    super(random);
    const key = (): string => this.pick(KEYS);
    const member = (): string => this.#member();
    const number = (): string => this.pick(NUMBERS);
    const all: (() => Call)[] = [
      () => ["SADD", key(), member()],
      () => ["SADD", key(), ...this.some(6, member)],
      () => ["SADD", key(), ...this.some(5, number)],
      () => ["SADD", key(), ...this.some(5, number)],
      () => ["SREM", key(), member()],
      () => ["SREM", key(), ...this.some(8, member)],
      () => ["SREM", key(), ...this.some(20, number)],
      () => ["SISMEMBER", key(), member()],
      () => ["SMISMEMBER", key(), ...this.some(4, member)],
      () => ["SCARD", key()],
      () => ["SMEMBERS", key()],
      () => ["SMOVE", key(), key(), member()],
      () => ["SMOVE", key(), key(), number()],
      () => ["SRANDMEMBER", key()],
      () => ["SRANDMEMBER", key(), this.pick(COUNTS)],
      () => ["SRANDMEMBER", key(), LEAST],
      () => ["SRANDMEMBER", key(), "1", "x"],
      () => ["SINTER", ...this.some(4, key)],
      () => ["SINTERCARD", this.pick(["0", "1", "2", "x", "4"]), ...this.some(3, key)],
      () => ["SINTERCARD", "2", key(), key(), "LIMIT", this.pick(["0", "1", "2", "100", "-1", "x"])],
      () => ["SINTERCARD", "1", key(), this.pick(["LIMIT", "limit", "BAD"])],
      () => ["SINTERSTORE", key(), ...this.some(4, key)],
      () => ["SUNION", ...this.some(4, key)],
      () => ["SUNION", ...this.some(14, key)],
      () => ["SUNIONSTORE", key(), ...this.some(4, key)],
      () => ["SDIFF", ...this.some(4, key)],
      () => ["SDIFF", ...this.some(10, key)],
      () => ["SDIFFSTORE", key(), ...this.some(4, key)],
      () => ["SDIFFSTORE", key(), ...this.some(10, key)],
      () => ["SSCAN", key(), "0", "COUNT", "1000", ...this.match(PATTERNS)],
      () => ["SSCAN", key(), "0", ...this.match(PATTERNS), "COUNT", this.pick(["1000", "0", "-1", "x"])],
      () => ["SSCAN", key(), this.pick(["0", "x", "-0"]), this.pick(["BAD", "MATCH", "COUNT", "NOVALUES"])],
      () => ["OBJECT", "ENCODING", key()],
      () => ["COPY", key(), key(), "REPLACE"],
      () => ["RENAME", key(), key()],
      () => ["EXPIREAT", key(), "4000000000"],
      () => ["EXPIRETIME", key()],
      () => ["DEL", key()],
      () => ["SET", key(), "text"],
      () => ["TYPE", key()],
      () => ["DEBUG", "DIGEST-VALUE", ...KEYS],
    ];
    if (picks) {
      all.push(
        () => ["SPOP", key()],
        () => ["SPOP", key(), this.pick(["0", "1", "2", "5", "20", "-1", "x", "9223372036854775807"])],
        () => ["SPOP", key(), "1", "x"],
      );
    }
    this.makers = all;
  }

  #member(): string {
    const kind = this.random.below(20);
    if (kind < 8) return this.pick(WORDS);
    if (kind < 17) return this.pick(NUMBERS);
    return kind < 19 ? this.pick(NOT_NUMBERS) : "m".repeat(this.pick(LENGTHS));
  }
}
