/** Random calls of sorted set commands, over a few keys and the members and scores that matter. */
import type { Prng } from "../../src/base/prng.ts";
import type { Call } from "./generic-oracle.ts";
import { RandomCalls } from "./random-calls.ts";

const KEYS = ["a", "b", "c", "k".repeat(300)];
const SETS = ["s", "i"];
const MEMBERS = [
  ...["", "f", "g", "hello", "m:1", "m:2", "m:3", "a\0b\r\n", "é".repeat(10)],
  ...["0", "-1", "12", "4096", "9223372036854775807", "007"],
];
/** That print alike in 17 digits and in the fewest. */
const SCORES = [
  ...["0", "1", "-1", "2", "3", "1.5", "-2.25", "0.125", "127", "128", "4096", "-4097", "8388608", "2147483648"],
  ...["inf", "-inf", "+inf", "1e3", "0x10", "4503599627370497.5", "-9007199254740992", "0.5", "-0"],
];
const NOT_SCORES = ["nan", "x", "", " 1", "1 ", "1e400", "1.5x"];
const BOUNDS = ["-inf", "+inf", "(1", "(1.5", "1", "2", "(", "", "x", "1e400", " 2", "(-inf", "nan", "0", "-1"];
const LEX = ["-", "+", "[f", "(f", "[hello", "(m:2", "[m:3", "[", "(", "f", "", "[z", "-x"];
const RANKS = ["0", "1", "2", "-1", "-2", "5", "100", "-100", "9223372036854775807", "-9223372036854775808"];
const COUNTS = ["0", "1", "2", "3", "20", "-1", "-3", "-20", "x", "", "1.5", "9223372036854775807"];
const LENGTHS = [19, 20, 21, 63, 64, 65, 254, 255, 300, 9000];
const PATTERNS = ["*", "f*", "*:?", "[0-9]*", "", "nothing"];

export class ZsetCalls extends RandomCalls {
  protected readonly makers: readonly (() => Call)[];

  constructor(random: Prng) {
    super(random);
    const key = (): string => this.pick(KEYS);
    const member = (): string => this.#member();
    const score = (): string => this.#score();
    const rank = (): string => this.pick(random.below(10) === 0 ? ["x", "", "1.5"] : RANKS);
    const bound = (): string => this.pick(BOUNDS);
    const lex = (): string => this.pick(LEX);
    const source = (): string => this.pick([...KEYS, ...KEYS, ...SETS, "none", "text"]);
    const limit = (): string[] => (random.below(3) === 0 ? ["LIMIT", this.#rank(), this.#rank()] : []);
    const scores = (): string[] => this.options("WITHSCORES");
    const inputs = (): string[] => {
      const keys = this.some(3, () => [source()]);
      return [random.below(20) === 0 ? this.pick(["0", "x", "5"]) : String(keys.length), ...keys];
    };
    const aggregate = (): string[] => [
      ...(random.below(3) === 0 ? ["WEIGHTS", ...this.some(3, () => [score()])] : []),
      ...(random.below(3) === 0 ? ["AGGREGATE", this.pick(["SUM", "MIN", "max", "BAD"])] : []),
    ];
    this.makers = [
      ...Array.from({ length: 3 }, () => (): Call => ["ZADD", key(), score(), member()]),
      ...Array.from({ length: 3 }, () => (): Call => ["ZADD", key(), ...this.some(5, () => [score(), member()])]),
      () => ["ZADD", key(), ...this.options("NX", "XX", "GT", "lt", "CH", "INCR"), score(), member()],
      () => ["ZADD", key(), ...this.options("NX", "XX", "GT", "CH"), ...this.some(4, () => [score(), member()])],
      () => ["ZADD", key(), ...this.some(4, () => ["1", member()]), ...this.options("XX", "1")],
      () => ["ZINCRBY", key(), score(), member()],
      () => ["ZREM", key(), ...this.some(6, () => [member()])],
      () => ["ZSCORE", key(), member()],
      () => ["ZMSCORE", key(), ...this.some(4, () => [member()])],
      () => ["ZCARD", key()],
      () => ["ZCOUNT", key(), bound(), bound()],
      () => ["ZRANK", key(), member()],
      () => ["ZREVRANK", key(), member()],
      () => ["ZRANGE", key(), rank(), rank(), ...this.options("REV", "WITHSCORES"), ...this.options("BAD", "LIMIT")],
      () => ["ZRANGE", key(), bound(), bound(), "BYSCORE", ...this.options("REV", "withscores"), ...limit()],
      () => ["ZREVRANGE", key(), rank(), rank(), ...scores()],
      () => ["ZRANGEBYSCORE", key(), bound(), bound(), ...scores(), ...limit()],
      () => ["ZREVRANGEBYSCORE", key(), bound(), bound(), ...scores(), ...limit()],
      () => ["ZRANGESTORE", key(), key(), rank(), rank(), ...this.options("REV")],
      () => ["ZRANGESTORE", key(), key(), bound(), bound(), "BYSCORE", ...this.options("REV"), ...limit()],
      () => ["ZREMRANGEBYRANK", key(), rank(), rank()],
      () => ["ZREMRANGEBYSCORE", key(), bound(), bound()],
      () => ["ZPOPMIN", key()],
      () => ["ZPOPMAX", key(), ...this.options(this.pick(COUNTS))],
      () => ["ZMPOP", String(1 + random.below(2)), key(), key(), this.pick(["MIN", "MAX", "x"])],
      () => ["ZMPOP", "2", key(), key(), "MAX", "COUNT", this.pick(COUNTS)],
      () => ["BZPOPMIN", key(), key(), this.pick(["0", "0", "0", "x", "-1"])],
      () => ["BZPOPMAX", "lex", key(), "0"],
      () => ["BZMPOP", "0", "2", key(), key(), "MIN", "COUNT", this.pick(COUNTS)],
      () => ["ZUNION", ...inputs(), ...aggregate(), ...scores()],
      () => ["ZINTER", ...inputs(), ...aggregate(), ...scores()],
      () => ["ZDIFF", ...inputs(), ...scores(), ...this.options("WEIGHTS")],
      () => ["ZUNIONSTORE", key(), ...inputs(), ...aggregate()],
      () => ["ZINTERSTORE", key(), ...inputs(), ...aggregate()],
      () => ["ZDIFFSTORE", key(), ...inputs()],
      () => ["ZINTERCARD", ...inputs(), ...(random.below(3) === 0 ? ["LIMIT", this.pick(COUNTS)] : [])],
      () => ["ZADD", "lex", ...this.some(5, () => ["7", member()])],
      () => ["ZREM", "lex", member()],
      () => ["ZLEXCOUNT", "lex", lex(), lex()],
      () => ["ZRANGEBYLEX", "lex", lex(), lex(), ...limit()],
      () => ["ZREVRANGEBYLEX", "lex", lex(), lex(), ...limit()],
      () => ["ZRANGE", "lex", lex(), lex(), "BYLEX", ...this.options("REV", "WITHSCORES"), ...limit()],
      () => ["ZRANGESTORE", key(), "lex", lex(), lex(), "BYLEX", ...this.options("REV"), ...limit()],
      () => ["ZREMRANGEBYLEX", "lex", this.pick(["[f", "(m:1", "[a", "x"]), this.pick(["[f", "(m:3", "[m:2"])],
      () => ["ZRANDMEMBER", key()],
      () => ["ZRANDMEMBER", key(), this.pick(COUNTS.slice(0, -1))],
      () => ["ZRANDMEMBER", key(), this.pick(COUNTS), this.pick(["WITHSCORES", "BAD"])],
      () => ["ZSCAN", key(), "0", "COUNT", "1000", ...this.match(PATTERNS)],
      () => ["ZSCAN", key(), this.pick(["0", "x"]), this.pick(["BAD", "MATCH", "COUNT", "NOVALUES"])],
      () => ["SADD", "s", ...this.some(3, () => [member()])],
      () => ["SADD", "i", String(random.below(20)), "12"],
      () => ["SREM", this.pick(SETS), member()],
      () => ["SET", "text", "x"],
      () => ["OBJECT", "ENCODING", key()],
      () => ["OBJECT", "ENCODING", key()],
      () => ["COPY", key(), key(), "REPLACE"],
      () => ["EXPIREAT", key(), "4000000000"],
      () => ["EXPIRETIME", key()],
      () => ["DEL", key()],
      () => ["TYPE", key()],
      () => ["DEBUG", "DIGEST-VALUE", ...KEYS],
    ];
  }

  #rank(): string {
    return this.pick(["0", "1", "2", "3", "-1", "-2", "10", "x"]);
  }

  #member(): string {
    const kind = this.random.below(20);
    return kind < 19 ? this.pick(MEMBERS) : "m".repeat(this.pick(LENGTHS));
  }

  #score(): string {
    const kind = this.random.below(20);
    if (kind < 8) return String(this.random.below(10));
    return this.pick(kind < 19 ? SCORES : NOT_SCORES);
  }
}
