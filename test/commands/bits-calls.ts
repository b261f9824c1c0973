/** Random calls of the commands on bits, over strings of every storage and the offsets that matter. */
import type { Prng } from "../../src/base/prng.ts";
import type { Call } from "./generic-oracle.ts";
import { RandomCalls } from "./random-calls.ts";

const KEYS = ["a", "b", "c", "k".repeat(300)];
const VALUES = [
  "",
  "\xff",
  "\x00",
  "\xff\xff\xff",
  "\x00\x00\x00\x01",
  "foobar",
  "12345",
  "-1",
  "9999",
  "\x80",
  "\x01",
];
const LENGTHS = [7, 8, 9, 44, 45, 63, 64, 65, 127, 255, 256, 300, 4096, 33_000];
const BIT_OFFSETS = [
  ...["0", "1", "7", "8", "9", "31", "32", "33", "63", "64", "65", "100", "1000", "2047", "2048", "40000", "270000"],
  ...["-1", "x", "", "1.5", "01", "4294967296", "4294967295000", "9223372036854775807", "9223372036854775808"],
  ...["-9223372036854775808", "#1"],
];
const INDEXES = [
  ...["0", "1", "2", "3", "7", "8", "9", "30", "64", "100", "1000", "-1", "-2", "-3", "-8", "-9", "-64", "-1000"],
  ...["9223372036854775807", "9223372036854775806", "-9223372036854775808", "-9223372036854775807", "x", "", "1.5"],
];
const TYPES = [
  ...["u1", "u2", "u5", "u7", "u8", "u9", "u16", "u31", "u32", "u33", "u62", "u63", "u64"],
  ...["i1", "i2", "i5", "i7", "i8", "i9", "i16", "i31", "i32", "i33", "i53", "i54", "i63", "i64", "i65"],
  ...["", "u", "i", "x8", "U8", "u0", "u08", "u-1", "i1x", "u999999999999"],
];
const FIELD_OFFSETS = [
  ...["0", "1", "3", "7", "8", "13", "63", "64", "65", "100", "300", "2040", "#0", "#1", "#2", "#5", "#31", "#100"],
  ...["#", "#x", "#-1", "-1", "x", "", "#9223372036854775807", "#-9223372036854775808", "#4611686018427387904"],
  ...["#2305843009213693953", "4294967296", "9223372036854775807"],
];
const NUMBERS = [
  ...["0", "1", "-1", "2", "3", "15", "16", "-16", "-17", "127", "128", "-128", "-129", "255", "256", "1000", "-1000"],
  ...["2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296", "9007199254740991"],
  ...["9007199254740993", "-9007199254740993", "4611686018427387903", "4611686018427387904", "9223372036854775807"],
  ...["9223372036854775806", "-9223372036854775808", "-9223372036854775807", "9223372036854775808", "x", "", "1.5"],
];
const SEEN_MAX = 4;

export class BitsCalls extends RandomCalls {
  protected readonly makers: readonly (() => Call)[];

  constructor(random: Prng) {
    super(random);
    const key = (): string => this.pick(KEYS);
    const index = (): string => this.pick(INDEXES);
    const unit = (): string => this.pick(["BIT", "BYTE", "bit", "byte", "Bit", "BITS", ""]);
    this.makers = [
      () => ["SETBIT", key(), this.pick(BIT_OFFSETS), this.pick(["0", "1", "0", "1", "2", "-1", "x", "01"])],
      () => ["SETBIT", key(), random.below(600), random.below(2)],
      () => ["SETBIT", key(), random.below(300_000), random.below(2)],
      () => ["GETBIT", key(), this.pick(BIT_OFFSETS)],
      () => ["GETBIT", key(), random.below(600)],
      () => ["BITCOUNT", key()],
      () => ["BITCOUNT", key(), index()],
      () => ["BITCOUNT", key(), index(), index()],
      () => ["BITCOUNT", key(), index(), index(), unit()],
      () => ["BITCOUNT", key(), random.below(900), random.below(900), "BIT"],
      () => ["BITCOUNT", key(), -random.below(900), -random.below(900), "BIT"],
      () => ["BITCOUNT", key(), index(), index(), unit(), unit()],
      () => ["BITPOS", key(), this.#bit()],
      () => ["BITPOS", key(), this.#bit(), index()],
      () => ["BITPOS", key(), this.#bit(), index(), index()],
      () => ["BITPOS", key(), this.#bit(), index(), index(), unit()],
      () => ["BITPOS", key(), random.below(2), random.below(900), random.below(900), "BIT"],
      () => ["BITPOS", key(), random.below(2), -random.below(900), -random.below(900), "BIT"],
      () => ["BITPOS", key(), this.#bit(), index(), index(), unit(), unit()],
      () => ["BITOP", this.pick(["AND", "OR", "XOR", "and", "Or", "NOT", "NAND", ""]), key(), ...this.some(4, key)],
      () => ["BITOP", this.pick(["AND", "OR", "XOR"]), key(), ...this.some(20, key)],
      () => ["BITOP", this.pick(["NOT", "not"]), key(), key()],
      () => ["BITFIELD", key(), ...this.#operations()],
      () => ["BITFIELD", key(), ...this.#operations()],
      () => ["BITFIELD", key(), ...this.#operations()],
      () => ["BITFIELD", key(), ...this.#goodOperations()],
      () => ["BITFIELD", key(), ...this.#goodOperations()],
      () => ["BITFIELD", key(), ...this.#goodOperations()],
      () => ["BITFIELD_RO", key(), ...this.#operations()],
      () => ["BITFIELD_RO", key(), "GET", this.pick(TYPES), this.pick(FIELD_OFFSETS)],
      () => ["SET", key(), this.#value()],
      () => ["SET", key(), this.#value()],
      () => ["APPEND", key(), this.#value()],
      () => ["SETRANGE", key(), random.below(200), this.#value()],
      () => ["STRLEN", key()],
      () => ["GET", key()],
      () => ["OBJECT", "ENCODING", key()],
      () => ["EXPIREAT", key(), "4000000000"],
      () => ["EXPIRETIME", key()],
      () => ["DEL", key()],
      () => ["HSET", key(), "f", "v"],
      () => ["DEL", ...KEYS],
      () => ["DEBUG", "DIGEST-VALUE", ...KEYS],
    ];
  }

  #bit(): string {
    return this.pick(["0", "1", "0", "1", "2", "-1", "x", "9223372036854775808"]);
  }

  /** Short ones, and long ones with a few bits that are different. */
  #value(): string {
    if (this.random.below(3) > 0) return this.pick(VALUES);
    const text = this.pick(["\x00", "\xff", "\x55", "a"]).repeat(this.pick(LENGTHS)).split("");
    for (let left = this.random.below(SEEN_MAX); left > 0; left--) {
      text[this.random.below(text.length)] = this.pick(["\x10", "\xfe", "\x00"]);
    }
    return text.join("");
  }

  #operations(): string[] {
    return Array.from({ length: this.random.below(4) }, () => {
      const type = this.pick(TYPES);
      const offset = this.pick(FIELD_OFFSETS);
      return this.pick<string[]>([
        ["GET", type, offset],
        ["SET", type, offset, this.pick(NUMBERS)],
        ["INCRBY", type, offset, this.pick(NUMBERS)],
        ["OVERFLOW", this.pick(["WRAP", "SAT", "FAIL", "sat", "BAD", ""])],
        [this.pick(["get", "set", "BAD", "INCRBY"]), type, offset],
      ]);
    }).flat();
  }

  #goodOperations(): string[] {
    return Array.from({ length: 1 + this.random.below(5) }, () => {
      const isSigned = this.random.below(2) === 0;
      const type = `${isSigned ? "i" : "u"}${1 + this.random.below(isSigned ? 64 : 63)}`;
      const offset = this.pick(["", "#"]) + this.random.below(70);
      const number = this.pick(NUMBERS.slice(0, -4));
      return this.pick<string[]>([
        ["GET", type, offset],
        ["SET", type, offset, number],
        ["INCRBY", type, offset, number],
        ["OVERFLOW", this.pick(["WRAP", "SAT", "FAIL"]), "INCRBY", type, offset, number],
        ["OVERFLOW", this.pick(["WRAP", "SAT", "FAIL"]), "SET", type, offset, number],
      ]);
    }).flat();
  }
}
