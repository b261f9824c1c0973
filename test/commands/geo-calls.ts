/** Random calls of geo commands, over a few keys, and positions near each other and near the edges of the map. */
import type { Prng } from "../../src/base/prng.ts";
import type { Call } from "./generic-oracle.ts";
import { RandomCalls } from "./random-calls.ts";

const KEYS = ["a", "b", "c"];
const MEMBERS = ["p", "q", "r", "", "a\0b\r\n", "12", "4096", "m:1", "m:2", "m:3", "m".repeat(25), "é"];
const UNITS = ["m", "km", "ft", "mi", "M", "Km", "FT", "mI"];
const RADII = ["0", "1", "5.5", "100", "1000", "250000", "1e7", "1e9", "inf", "0.0001"];
const NOT_LENGTHS = ["-1", "x", "", "nan", "1e999"];
/** Corners and edges, and just beyond. */
const LONGITUDES = ["-180", "180", "0", "179.99999", "-179.99999", "13.361389", "15.087269", "-0", "90"];
const LATITUDES = ["85.05112878", "-85.05112878", "0", "85", "-85", "38.115556", "37.502669", "80.1", "66.5", "-67"];
const BEYOND = ["180.0001", "-181", "85.0511288", "-90", "inf", "-inf", "200.0078125", "1e30", "x", ""];
const COUNTS = ["1", "2", "3", "100"];
const NOT_COUNTS = ["0", "-1", "x", "1.5"];

export class GeoCalls extends RandomCalls {
  protected readonly makers: readonly (() => Call)[];

  constructor(random: Prng) {
    super(random);
    const key = (): string => this.pick(KEYS);
    const source = (): string => this.pick([...KEYS, ...KEYS, "none", "text"]);
    const member = (): string => this.pick(MEMBERS);
    const maybe = (...words: string[]): string[] => words.filter(() => random.below(4) === 0);
    const point = (): string[] => this.#position();
    const triple = (): string[] => [...point(), member()];
    const length = (): string => this.#length();
    const unit = (): string => (random.below(30) === 0 ? "yd" : this.pick(UNITS));
    const circle = (): string[] => [length(), unit()];
    const withs = (): string[] => maybe("WITHCOORD", "withdist", "WITHHASH");
    const limits = (): string[] => [...this.#count(), ...maybe("ASC", "DESC")];
    const destination = (): string[] => (random.below(3) === 0 ? [this.pick(["STORE", "StoreDist"]), key()] : []);
    const from = (): string[] => (random.below(2) === 0 ? ["FROMMEMBER", member()] : ["FROMLONLAT", ...point()]);
    const by = (): string[] =>
      random.below(2) === 0 ? ["BYRADIUS", ...circle()] : ["BYBOX", length(), length(), unit()];
    const where = (): string[] => {
      const parts = [from(), by(), ...(random.below(12) === 0 ? [random.below(2) === 0 ? from() : by()] : [])];
      if (random.below(15) === 0) parts.pop();
      return (random.below(3) === 0 ? parts.reverse() : parts).flat();
    };
    this.makers = [
      ...Array.from({ length: 6 }, () => (): Call => ["GEOADD", key(), ...this.some(6, triple)]),
      () => ["GEOADD", key(), ...maybe("NX", "XX", "ch", "CH"), ...this.some(4, triple)],
      () => ["GEOADD", key(), ...this.some(2, triple), ...maybe("1", "NX")],
      () => ["ZADD", key(), this.#score(), member()],
      () => ["ZREM", key(), member()],
      () => ["GEODIST", source(), member(), member(), ...maybe(unit(), "x")],
      () => ["GEODIST", source(), member(), member(), unit()],
      () => ["GEOHASH", source(), ...this.some(4, () => [member()])],
      () => ["GEOPOS", source(), ...this.some(4, () => [member()])],
      ...Array.from(
        { length: 4 },
        () => (): Call => ["GEOSEARCH", source(), ...where(), ...limits(), ...withs(), ...maybe("STOREDIST")],
      ),
      () => ["GEOSEARCHSTORE", key(), source(), ...where(), ...limits(), ...maybe("STOREDIST")],
      () => ["GEOSEARCHSTORE", key(), source(), ...where(), ...limits(), ...withs(), "storedist"],
      () => ["GEORADIUS", source(), ...point(), ...circle(), ...withs(), ...limits()],
      () => ["GEORADIUS", source(), ...point(), ...circle(), ...limits(), ...destination()],
      () => ["GEORADIUS", source(), ...point(), ...circle(), ...withs(), ...destination()],
      () => ["GEORADIUS_RO", source(), ...point(), ...circle(), ...withs(), ...limits(), ...maybe("STORE")],
      () => ["GEORADIUSBYMEMBER", source(), member(), ...circle(), ...withs(), ...limits()],
      () => ["GEORADIUSBYMEMBER", source(), member(), ...circle(), ...limits(), ...destination()],
      () => ["GEORADIUSBYMEMBER_RO", source(), member(), ...circle(), ...withs(), ...limits(), ...destination()],
      () => ["SET", "text", "x"],
      () => ["ZRANGE", key(), "0", "-1", "WITHSCORES"],
      () => ["OBJECT", "ENCODING", key()],
      () => ["DEL", key()],
    ];
  }

  #position(): string[] {
    const kind = this.random.below(40);
    if (kind === 0) return [this.pick(BEYOND), this.pick(LATITUDES)];
    if (kind === 1) return [this.pick(LONGITUDES), this.pick(BEYOND)];
    if (kind < 10) return [this.pick(LONGITUDES), this.pick(LATITUDES)];
    // Around one place, or anywhere.
    if (kind < 28) return [this.#coordinate(13, 3), this.#coordinate(38, 3)];
    return [this.#coordinate(0, 180), this.#coordinate(0, 85)];
  }

  #coordinate(middle: number, reach: number): string {
    const thousandths = 1000 * reach;
    return String(middle + (this.random.below(2 * thousandths) - thousandths) / 1000);
  }

  #length(): string {
    const kind = this.random.below(30);
    if (kind === 0) return this.pick(NOT_LENGTHS);
    return kind < 18 ? this.pick(RADII) : String(this.random.below(2_000_000) / 1000);
  }

  #count(): string[] {
    const kind = this.random.below(8);
    if (kind > 3) return [];
    if (kind === 0) return this.random.below(3) === 0 ? ["COUNT", this.pick(NOT_COUNTS)] : ["ANY"];
    return ["COUNT", this.pick(COUNTS), ...(kind === 1 ? ["any"] : [])];
  }

  /** Of members that GEOADD has not put there. */
  #score(): string {
    return this.pick(["0", "-1", "1.5", "4503599627370495", "9007199254740992", "1e19", "-1e19", "3479099956230698"]);
  }
}
