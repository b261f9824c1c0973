/** Random calls of string commands, over a few keys and the values that matter. */
import type { Prng } from "../../src/base/prng.ts";
import type { Call } from "./generic-oracle.ts";
import { RandomCalls } from "./random-calls.ts";

const FUTURE_S = 4_000_000_000;
const FUTURE_MS = FUTURE_S * 1000;

const INTEGERS = [
  ...["0", "1", "-1", "9", "10", "99", "1234", "9999", "10000", "2147483648", "-2147483649", "4294967296"],
  ...["9007199254740991", "9007199254740992", "-9007199254740992", "9223372036854775807", "9223372036854775806"],
  ...["-9223372036854775808", "-9223372036854775807", "9223372036854775808", "-9223372036854775809"],
  ...["007", "-0", "+1", " 1", "1 ", "", "1.5", "abc", "99999999999999999999", "0x10"],
];
const FLOATS = [
  "0.1",
  "10.5",
  "-3.25",
  "1e3",
  "5.0e-2",
  "3000.1",
  "inf",
  "nan",
  "x",
  "1e4930",
  "0x1p4",
  "",
  "1.",
  "123456789.123",
];
const WORDS = ["hello", "foobar", "a", "ohmytext", "mynewtext", "\0\r\n", "é".repeat(10)];
const LONG = [44, 45, 254, 255, 256, 300, 5_000, 32_768, 40_000, 70_000].map((length) => "y".repeat(length));
const OPTIONS = [
  "NX",
  "XX",
  "GET",
  "KEEPTTL",
  "EX",
  "PX",
  "EXAT",
  "PXAT",
  "PERSIST",
  "nx",
  "get",
  "keepttl",
  "ex",
  "BAD",
  "",
];
const TIMES = [
  ...["100000", "1000000", "0", "-1", "x", "", "9223372036854775807", "9223372036854775808", "9223372036854775"],
  ...[String(FUTURE_S), String(FUTURE_MS)],
];
const OFFSETS = [
  ...["0", "1", "2", "5", "10", "43", "254", "300", "5000", "-1", "-2", "-5", "-100", "x", "", "9223372036854775807"],
  ...["-9223372036854775808", "-9223372036854775807", "-9223372036854775806", "536870912", "70000", "1.5"],
];

export class StringCalls extends RandomCalls {
  protected readonly makers: readonly (() => Call)[];

  constructor(random: Prng) {
    super(random);
    const key = (): string => ["a", "b", "c", "d", "k".repeat(300), "K".repeat(9000)][random.below(6)];
    const value = (): string => this.#value();
    const integer = (): string => this.pick(INTEGERS);
    const offset = (): string => this.pick(OFFSETS);
    this.makers = [
      () => ["SET", key(), value()],
      () => ["SET", key(), value(), ...this.#options()],
      () => ["SET", key(), value(), this.pick(["EX", "PXAT", "EXAT"]), String(FUTURE_S)],
      () => ["GET", key()],
      () => ["GETSET", key(), value()],
      () => ["GETDEL", key()],
      () => ["GETEX", key(), ...this.#options()],
      () => ["GETEX", key(), this.pick(["PERSIST", "persist"])],
      () => ["GETEX", key(), this.pick(["EXAT", "PXAT"]), this.pick(["1", String(FUTURE_S)])],
      () => ["SETEX", key(), this.pick(TIMES), value()],
      () => ["PSETEX", key(), this.pick(TIMES), value()],
      () => ["SETNX", key(), value()],
      () => ["MSET", key(), value(), key(), value()],
      () => ["MSET", key(), value(), key()],
      () => ["MSETNX", key(), value(), key(), value()],
      () => ["MSETNX", `${key()}!`, value(), key()],
      () => ["MGET", key(), key(), "list"],
      () => ["APPEND", key(), value()],
      () => ["APPEND", key(), this.pick(["", "x", "0"])],
      () => ["STRLEN", key()],
      () => ["SETRANGE", key(), offset(), value()],
      () => ["SETRANGE", key(), String(random.below(400)), this.pick(WORDS)],
      () => ["GETRANGE", key(), offset(), offset()],
      () => ["GETRANGE", key(), String(random.below(60) - 30), String(random.below(60) - 30)],
      () => ["SUBSTR", key(), offset(), offset()],
      () => ["INCR", key()],
      () => ["DECR", key()],
      () => ["INCRBY", key(), integer()],
      () => ["DECRBY", key(), integer()],
      () => ["INCRBYFLOAT", key(), this.pick(FLOATS)],
      () => ["LCS", key(), key(), ...this.#lcsOptions()],
      () => ["OBJECT", "ENCODING", key()],
      () => ["PEXPIRETIME", key()],
      () => ["DEL", key()],
      () => ["DEBUG", "DIGEST-VALUE", key(), key()],
    ];
  }

  #value(): string {
    const kind = this.random.below(10);
    if (kind < 4) return this.pick(INTEGERS);
    if (kind < 6) return this.pick(FLOATS);
    return kind < 9 ? this.pick(WORDS) : this.pick(LONG);
  }

  #options(): string[] {
    const options: string[] = [];
    for (let count = this.random.below(4); count > 0; count--) {
      const option = this.pick(OPTIONS);
      options.push(option);
      if (/^(EX|PX|EXAT|PXAT)$/i.test(option) && this.random.below(8) > 0) options.push(this.pick(TIMES));
    }
    return options;
  }

  #lcsOptions(): string[] {
    const options: string[] = [];
    for (let count = this.random.below(4); count > 0; count--) {
      const option = this.pick(["LEN", "IDX", "idx", "WITHMATCHLEN", "MINMATCHLEN", "BAD"]);
      options.push(option);
      if (option === "MINMATCHLEN") options.push(this.pick(["0", "1", "2", "4", "-1", "x"]));
    }
    return options;
  }
}
