/** Random calls of the HyperLogLog commands, and of those that spoil their strings. */
import type { Prng } from "../../src/base/prng.ts";
import type { Call } from "./generic-oracle.ts";
import { RandomCalls } from "./random-calls.ts";

const KEYS = ["a", "b", "c", "d", "k".repeat(300)];
const HEADER = "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80";
/** Strings that are sketches by their header, or nearly. */
const ODD = [
  `${HEADER}\x7f\xff`,
  `${HEADER}\x7f\xfe\x00`,
  `${HEADER}\x7f\xfe`,
  `${HEADER}\x7f\xff\x80`,
  `${HEADER}\x7f\xfe\x84`,
  `${HEADER}\x7f\xfb\x84\x84\x84\x84`,
  `${HEADER}\x7f\xfb\x87`,
  `${HEADER}\x7f\xfb\x83`,
  HEADER,
  `${HEADER}${"\x3f".repeat(256)}`,
  `${HEADER}${"\xff".repeat(4096)}`,
  `${HEADER}${"\x40\x00".repeat(16_384)}`,
  `HYLL\x00${HEADER.slice(5)}${"\x00".repeat(12_288)}`,
  `HYLL\x00${HEADER.slice(5)}${"\xff".repeat(12_288)}`,
  `HYLL\x00${HEADER.slice(5)}${"\xc3\x30\x0c".repeat(4096)}`,
  `HYLL\x00${HEADER.slice(5)}${"\x00".repeat(12_287)}`,
  `HYLL\x02${HEADER.slice(5)}\x7f\xff`,
  `HYLl\x01${HEADER.slice(5)}\x7f\xff`,
  HEADER.slice(0, 15),
  `HYLL\x01\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x7f\xff`,
  `HYLL\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\x7f\x7f\xff`,
  ...["", "text", "12345678901234567", "12345678901234567890"],
];

export class HyperLogLogCalls extends RandomCalls {
  protected readonly makers: readonly (() => Call)[];

  constructor(random: Prng) {
    super(random);
    const key = (): string => this.pick(KEYS);
    this.makers = [
      () => ["PFADD", key(), this.#element()],
      () => ["PFADD", key(), ...this.some(5, () => this.#element())],
      () => ["PFADD", key(), ...this.some(300, () => this.#element())],
      () => ["PFADD", key()],
      () => ["PFCOUNT", key()],
      () => ["PFCOUNT", key()],
      () => ["PFCOUNT", ...this.some(4, key)],
      () => ["PFMERGE", key()],
      () => ["PFMERGE", key(), ...this.some(3, key)],
      () => ["PFMERGE", "new", ...this.some(3, key)],
      () => ["PFDEBUG", "ENCODING", key()],
      () => ["PFDEBUG", this.pick(["DECODE", "decode"]), key()],
      () => ["PFDEBUG", this.pick(["GETREG", "TODENSE", "BAD", ""]), this.pick([key(), "new", "none"])],
      () => ["GET", key()],
      () => ["STRLEN", key()],
      () => ["OBJECT", "ENCODING", key()],
      () => ["COPY", key(), key(), "REPLACE"],
      () => ["EXPIREAT", key(), "4000000000"],
      () => ["EXPIRETIME", key()],
      () => ["DEL", key()],
      () => ["DEL", key(), "new"],
      () => ["HSET", key(), "f", "v"],
      () => ["DEBUG", "DIGEST-VALUE", ...KEYS],
      () => ["CONFIG", "SET", "hll-sparse-max-bytes", this.pick(["3000", "3000", "100", "0", "18", "20000"])],
      () => ["SET", key(), this.pick(ODD)],
    ];
  }

  /** Of every length, so that the hash is met with every rest. */
  #element(): string {
    const kind = this.random.below(10);
    if (kind < 6) return `element:${this.random.below(5000)}`;
    if (kind < 8) return String(this.random.below(100));
    return "\x00\xffab".repeat(10).slice(0, this.random.below(40));
  }
}
