/**
 * Random calls of stream commands, over a few keys, groups, consumers and ids that meet. Ids are all given: what `*`
 * stands for differs between two servers. Consumers are made before they ask for anything, because since 7.2 they are
 * made by asking, and before that by getting something.
 */
import type { Prng } from "../../src/base/prng.ts";
import type { Call } from "./generic-oracle.ts";
import { RandomCalls } from "./random-calls.ts";

const KEYS = ["a", "b", "s".repeat(200)];
const GROUPS = ["g", "h", "group\0\r\n"];
const CONSUMERS = ["alice", "bob", ""];
const FIELDS = ["f", "g", "temperature", "1", "", "a\0b\r\n"];
const VALUES = ["v", "12", "-4097", "9223372036854775807", "007", "", "é".repeat(10), "x".repeat(70)];
const ODD_IDS = [
  ...["0", "0-0", "0-1", "-", "+", "$", ">", "x", "", "1-", "-1", "1-x", "1-1-1", "+1", " 1", "01-01", "1- 1"],
  ...["18446744073709551615", "18446744073709551615-18446744073709551615", "18446744073709551616", "1--1", "1-*"],
  ...["1-18446744073709551615", "(0", "(", "(1-18446744073709551615", "(x", "(-", "9".repeat(130), "5\0", "1-01"],
];
const COUNTS = ["0", "1", "2", "3", "10", "-1", "9223372036854775807", "x", "", "1.5"];
/** Beyond 64 bits counts go on from the other end; that is no test of streams. */
const ENTRY_COUNTS = ["0", "1", "2", "3", "10", "100", "1000", "-1", "-2", "x"];
/** None that could be past on one server and not yet on the other. */
const IDLE_TIMES = ["0", "0", "0", "-5", "500000", "9223372036854775807", "x"];
const IDS_MAX = 24;

export class StreamCalls extends RandomCalls<Call | Call[]> {
  protected readonly makers: readonly (() => Call | Call[])[];
  readonly #waiting: Call[] = [];
  #ms = 0;

  constructor(random: Prng) {
    super(random);
    const key = (): string => this.pick(KEYS);
    const id = (): string => this.#id();
    const group = (): string => (random.below(30) === 0 ? "none" : this.pick(GROUPS));
    const consumer = (): string => this.pick(CONSUMERS);
    const count = (): string[] => (random.below(2) === 0 ? ["COUNT", this.pick(COUNTS)] : []);
    const some = (most: number, make: () => string[]): string[] =>
      Array.from({ length: 1 + random.below(most) }, make).flat();
    const options = (...words: string[]): string[] => words.filter(() => random.below(4) === 0);
    const pairs = (): string[] => some(3, () => [this.pick(FIELDS), this.pick(VALUES)]);
    const same = (): string[] => ["temperature", this.pick(VALUES), "f", this.pick(VALUES)];
    const add = (...more: string[]): Call => ["XADD", key(), ...more, this.#nextId(), ...same()];
    const trim = (): string[] => this.#trim();
    const withConsumer = (makeCall: (key: string, group: string, consumer: string) => Call): Call[] => {
      const [k, g, c] = [key(), group(), consumer()];
      return [["XGROUP", "CREATECONSUMER", k, g, c], makeCall(k, g, c)];
    };
    this.makers = [
      ...Array.from({ length: 8 }, () => () => add()),
      () => ["XADD", key(), this.#nextId(), ...pairs()],
      () => ["XADD", key(), this.#nextId(), ...pairs(), ...options("odd")],
      () => ["XADD", key(), ...options("NOMKSTREAM"), id(), ...same()],
      () => ["XADD", key(), ...options("nomkstream"), ...trim(), this.#nextId(), ...same()],
      () => ["XADD", key(), ...trim(), this.#nextId(), ...same()],
      () => ["XADD", key(), ...trim(), ...trim(), id(), ...options("f", "v")],
      () => ["XADD", key(), `${this.#ms}-*`, ...same()],
      () => ["XTRIM", key(), ...trim()],
      () => ["XTRIM", key(), ...trim(), ...options("x")],
      () => ["XDEL", key(), ...some(4, () => [id()])],
      () => ["XDEL", key(), this.#recentId()],
      () => ["XLEN", key()],
      () => ["XRANGE", key(), "-", "+", ...count()],
      () => ["XRANGE", key(), this.#bound(), this.#bound(), ...count(), ...options("x")],
      () => ["XREVRANGE", key(), this.#bound(), this.#bound(), ...count()],
      () => ["XREVRANGE", key(), "+", "-", ...count(), ...count()],
      () => ["XREAD", ...count(), "STREAMS", key(), id()],
      () => ["XREAD", ...count(), ...options("NOACK"), "STREAMS", key(), key(), id(), this.#recentId()],
      () => ["XREAD", ...options("GROUP", "g", "STREAMS"), "STREAMS", key(), key(), key(), "0", "$", "0-0"],
      () => ["XSETID", key(), `${this.#ms + random.below(3)}-18446744073709551000`],
      () => ["XSETID", key(), this.#nextId(), "ENTRIESADDED", this.pick(ENTRY_COUNTS), ...options("x")],
      () => ["XSETID", key(), this.#nextId(), "MAXDELETEDID", this.#recentId(), ...options("ENTRIESADDED")],
      ...Array.from({ length: 2 }, () => (): Call => ["XGROUP", "CREATE", key(), group(), id()]),
      () => ["XGROUP", "CREATE", key(), group(), this.pick(["0", "$"]), "MKSTREAM"],
      () => ["XGROUP", "CREATE", key(), group(), "0", ...options("MKSTREAM"), "ENTRIESREAD", this.pick(ENTRY_COUNTS)],
      () => ["XGROUP", "SETID", key(), group(), id(), ...options("x")],
      () => ["XGROUP", "SETID", key(), group(), id(), "ENTRIESREAD", this.pick(ENTRY_COUNTS)],
      () => ["XGROUP", "DESTROY", key(), random.below(3) === 0 ? group() : "none"],
      () => ["XGROUP", "CREATECONSUMER", key(), group(), consumer()],
      () => ["XGROUP", "DELCONSUMER", key(), group(), consumer()],
      () => ["XGROUP", this.pick(["CREATE", "SETID", "DESTROY", "BAD"]), key()],
      ...Array.from(
        { length: 5 },
        () => () =>
          withConsumer((k, g, c) => ["XREADGROUP", "GROUP", g, c, ...count(), ...options("NOACK"), "STREAMS", k, ">"]),
      ),
      () => withConsumer((k, g, c) => ["XREADGROUP", "GROUP", g, c, ...count(), "STREAMS", k, id()]),
      () => withConsumer((k, g, c) => ["XREADGROUP", ...options("COUNT"), "GROUP", g, c, "STREAMS", k, k, "0", ">"]),
      () =>
        withConsumer((k, g, c) => [
          ...["XREADGROUP", ...options("COUNT"), "GROUP", g, c, "COUNT", "1"],
          ...["STREAMS", k, this.pick(ODD_IDS)],
        ]),
      () => ["XACK", key(), group(), ...some(4, () => [this.#recentId()])],
      () => ["XACK", key(), group(), ...some(4, () => [id()])],
      () => ["XPENDING", key(), group()],
      () => ["XPENDING", key(), group(), "-", "+", "10", ...options(consumer())],
      () => ["XPENDING", key(), group(), "IDLE", this.pick(IDLE_TIMES), "-", "+", this.pick(COUNTS)],
      () => ["XPENDING", key(), group(), this.#bound(), this.#bound(), this.pick(COUNTS), ...options(consumer(), "x")],
      () => ["XPENDING", key(), group(), ...options("IDLE", this.pick(IDLE_TIMES), "-", "+", "10", "alice")],
      () => withConsumer((k, g, c) => ["XCLAIM", k, g, c, this.pick(IDLE_TIMES), ...some(5, () => [this.#recentId()])]),
      () =>
        withConsumer((k, g, c) => [
          ...["XCLAIM", k, g, c, "0", ...some(3, () => [this.#recentId()])],
          ...options("FORCE", "JUSTID"),
          ...this.pick([[], ["IDLE", "1000000"], ["TIME", "1"], ["RETRYCOUNT", this.pick(COUNTS)], ["LASTID", id()]]),
          ...options("BAD"),
        ]),
      () =>
        withConsumer((k, g, c) => [
          ...["XAUTOCLAIM", k, g, c, this.pick(IDLE_TIMES), this.pick(["-", "0", this.#recentId()])],
          ...this.pick([[], ["COUNT", this.pick(["1", "2", "0", "x", "20"])]]),
          ...options("JUSTID"),
        ]),
      () => ["XINFO", "STREAM", key()],
      () => ["XINFO", "STREAM", key(), "FULL", ...count()],
      () => ["XINFO", "GROUPS", key()],
      () => ["XINFO", "CONSUMERS", key(), group()],
      () => ["XINFO", "STREAM", key(), ...options("FULL", "COUNT", "2", "x")],
      () => ["TYPE", key()],
      () => ["OBJECT", "ENCODING", key()],
      () => ["DEBUG", "DIGEST-VALUE", ...KEYS],
      () => [
        ["COPY", key(), "copy", "REPLACE"],
        ["XINFO", "STREAM", "copy", "FULL"],
      ],
      () => (random.below(4) === 0 ? ["DEL", key()] : ["XLEN", "text"]),
      () => [
        ["SET", "text", "x"],
        this.pick<Call>([
          ["XADD", "text", "1-1", "f", "v"],
          ["XREAD", "STREAMS", "text", "0"],
        ]),
      ],
    ];
  }

  override next(): Call {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) return waiting;
    const made = super.next();
    if (!isSeveral(made)) return made;
    this.#waiting.push(...made.slice(1));
    return made[0];
  }

  /** Greater than all before. */
  #nextId(): string {
    if (this.random.below(3) > 0) this.#ms++;
    return this.random.below(10) === 0 ? String(++this.#ms) : `${this.#ms}-${this.random.below(40)}`;
  }

  #recentId(): string {
    const ms = Math.max(0, this.#ms - this.random.below(IDS_MAX));
    return this.random.below(3) === 0 ? String(ms) : `${ms}-${this.random.below(40)}`;
  }

  #id(): string {
    return this.random.below(4) === 0 ? this.pick(ODD_IDS) : this.#recentId();
  }

  #bound(): string {
    const kind = this.random.below(5);
    if (kind === 0) return this.pick(ODD_IDS);
    return kind === 1 ? this.pick(["-", "+"]) : `${kind === 2 ? "(" : ""}${this.#recentId()}`;
  }

  #trim(): string[] {
    const operator = this.pick([[], ["="], ["~"], ["~"]]);
    const limit = this.random.below(4) === 0 ? ["LIMIT", this.pick(COUNTS)] : [];
    const threshold =
      this.random.below(2) === 0
        ? ["MAXLEN", ...operator, this.pick([...COUNTS, "5", "20", "30"])]
        : ["MINID", ...operator, this.random.below(8) === 0 ? this.pick(ODD_IDS) : this.#recentId()];
    return [...threshold, ...limit];
  }
}

function isSeveral(made: Call | Call[]): made is Call[] {
  return Array.isArray(made[0]);
}
