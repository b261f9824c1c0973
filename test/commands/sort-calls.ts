/**
 * Random calls of SORT over a few keys that are made first. No two elements that differ are the same to an order, but
 * where Redis compares them itself: what qsort leaves open is not compared.
 */
import type { Prng } from "../../src/base/prng.ts";
import type { Call } from "./generic-oracle.ts";

const NUMBERS = [
  ...["0", "1", "-1", "12", "127", "1.5", "-2.25", "1e3", "0x10", "inf", "-inf", "9007199254740993", "007", "-0", "+3"],
  ...[" 4", "\t5", "", "2147483648", "-9223372036854775808", "0.1", "1e-300", "1.0", "12.0"],
];
const WORDS = [
  "",
  "f",
  "g",
  "hello",
  "hello!",
  "hellp",
  "element:1",
  "element:2",
  "abcdef",
  "abcdefg",
  "é",
  "12",
  "1.50",
];
/** None that a double cannot hold: Redis 7.0 takes every number for such a one after it has met one. */
const NOT_NUMBERS = ["1x", "x", "nan", "1 ", "0x", "-", "1,5", " "];
const SOURCES = ["list", "words", "ints", "set", "nums", "zset", "one", "none", "string", "dest"];
const BOUNDS = ["0", "1", "3", "10", "-1", "-10", "100", "9223372036854775807", "-9223372036854775808"];
const BY = ["w_*", "w_*", "o_*->w", "o_*->w", "nosort", "none_*", "w_*->", "string_*->x", "o_*"];
/** What leads to a text for each word, and to none for one of them. */
const BY_TEXT = ["t_*", "o_*->t"];
const GETS = ["#", "w_*", "o_*->w", "o_*->t", "t_*", "nothing", "none_*", "o_*->none", "o_*", "*", "#x", "t_*->", ""];

/** What the calls are about. */
export function sortedKeys(random: Prng): Call[] {
  const pick = (from: readonly string[]): string => from[random.below(from.length)];
  const calls: Call[] = [
    ["RPUSH", "list", ...Array.from({ length: 40 }, () => pick(NUMBERS))],
    ["RPUSH", "words", ...Array.from({ length: 30 }, () => pick(WORDS))],
    ["SADD", "ints", ...Array.from({ length: 30 }, (_, index) => index * 37 - 500)],
    ["SADD", "set", ...WORDS],
    ["SADD", "nums", ...NUMBERS],
    ["ZADD", "zset", ...WORDS.flatMap((word, index) => [String((index * 7) % 13), word])],
    ["RPUSH", "one", "5"],
    ["SET", "string", "x"],
    ["SET", "t_hello->", "text"],
  ];
  for (const [index, word] of [...new Set([...WORDS, ...NUMBERS, ...NOT_NUMBERS])].entries()) {
    if (index % 5 !== 0) calls.push(["SET", `w_${word}`, pick(NUMBERS)], ["HSET", `o_${word}`, "w", pick(NUMBERS)]);
    if (word !== "g") calls.push(["SET", `t_${word}`, `text ${(index * 11) % 83} of it`]);
    if (word !== "g") calls.push(["HSET", `o_${word}`, "t", `abcde${(index * 17) % 83}`]);
  }
  return calls;
}

export class SortCalls {
  readonly #random: Prng;

  constructor(random: Prng) {
    this.#random = random;
  }

  /** A call, and sometimes a look at what it has stored. */
  next(): Call[] {
    const random = this.#random;
    if (random.below(30) === 0) return [["SET", `w_${this.#pick(WORDS)}`, this.#pick([...NUMBERS, ...NOT_NUMBERS])]];
    if (random.below(60) === 0) return [["RPUSH", "list", this.#pick([...NOT_NUMBERS, ...NUMBERS])]];
    if (random.below(60) === 0) return [["LPOP", "list"]];
    const isStored = random.below(3) === 0;
    const call = this.#call(isStored);
    return isStored ? [call, ["LRANGE", "dest", 0, -1], ["TTL", "dest"], ["TYPE", "dest"]] : [call];
  }

  #call(isStored: boolean): Call {
    const random = this.#random;
    const isText = random.below(2) === 0;
    const source = this.#pick(SOURCES);
    const options: string[][] = [];
    let isUnordered = false;
    // No integer of theirs leads to a text: all would be the same.
    if (random.below(2) === 0 && !(isText && source === "ints")) {
      const by = this.#pick(isText ? [...BY_TEXT, "nosort"] : BY);
      options.push([this.#pick(["BY", "by"]), by]);
      isUnordered = !by.includes("*");
    }
    // An unordered set comes in another order on each server.
    const isSet = ["ints", "set", "nums"].includes(source);
    if (random.below(2) === 0 && !(isSet && isUnordered)) {
      options.push(["LIMIT", this.#pick(BOUNDS), this.#pick(BOUNDS)]);
    }
    for (let gets = random.below(6) - 3; gets > 0; gets--) options.push(["GET", this.#pick(GETS)]);
    if (isText) options.push(["ALPHA"]);
    if (random.below(2) === 0) options.push([this.#pick(["ASC", "DESC", "desc"])]);
    if (isStored) options.push(["STORE", "dest"]);
    if (random.below(40) === 0) options.push([this.#pick(["LIMIT", "BY", "GET", "STORE", "BAD", "LIMIT 1", "1"])]);
    for (let index = options.length - 1; index > 0; index--) {
      const other = random.below(index + 1);
      [options[index], options[other]] = [options[other], options[index]];
    }
    const name = !isStored && random.below(3) === 0 ? "SORT_RO" : "SORT";
    return [name, source, ...options.flat()];
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#random.below(from.length)];
  }
}

/** Whether a call asks a set for its elements in no order. */
export function isUnordered(call: Call): boolean {
  const words = call.map(String);
  const by = words.findIndex((word) => /^by$/i.test(word));
  return (
    /^sort/i.test(words[0]) && by > 0 && !words[by + 1]?.includes("*") && !/^(list|words|zset|dest)$/.test(words[1])
  );
}
