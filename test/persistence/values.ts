/** Values of every type, encoding and size, as the calls that make them on any server. */
import type { Call } from "../commands/generic-oracle.ts";

/** Arguments of one call. */
const BATCH = 400;
const INTEGERS = [
  ...[
    "0",
    "12",
    "-1",
    "127",
    "128",
    "-128",
    "-129",
    "4095",
    "-4096",
    "32767",
    "32768",
    "-32769",
    "8388607",
    "-8388609",
  ],
  ...["2147483647", "-2147483648", "2147483648", "9223372036854775807", "-9223372036854775808", "9007199254740993"],
];
/** Texts that look like integers and are none, empty ones, bytes of all kinds, lengths at which encodings change. */
const TEXTS = [
  ...["", "a", "hello world", "007", "-0", "1.5", " 1", "9223372036854775808", "\0\r\n\xff"],
  ...[11, 20, 21, 63, 64].map((length) => "ab".repeat(length).slice(0, length)),
];
const SCORES = [
  "0",
  "-0",
  "1",
  "-1.5",
  "0.1",
  "3.0000000000000004",
  "1e20",
  "-1e-300",
  "inf",
  "-inf",
  "4611686018427387904",
];

/** By key: the calls that make it. */
export function valueCalls(): Map<string, Call[]> {
  const all = new Map<string, Call[]>();
  for (const [index, text] of [...INTEGERS, ...TEXTS].entries())
    all.set(`string:${index}`, [["SET", `string:${index}`, text]]);
  for (const length of [65, 254, 16_383, 16_384, 40_000, 70_000, 1_200_000]) {
    all.set(`repeated:${length}`, [["SET", `repeated:${length}`, "x".repeat(length)]]);
    all.set(`mixed:${length}`, [["SET", `mixed:${length}`, mixed(length)]]);
  }
  for (const [name, elements] of Object.entries(ELEMENTS)) {
    all.set(
      `list:${name}`,
      batches(
        "RPUSH",
        `list:${name}`,
        elements.map((element) => [element]),
      ),
    );
    all.set(
      `set:${name}`,
      batches(
        "SADD",
        `set:${name}`,
        elements.map((element) => [element]),
      ),
    );
    all.set(
      `hash:${name}`,
      batches(
        "HSET",
        `hash:${name}`,
        elements.map((element, index) => [element, elements[elements.length - 1 - index]]),
      ),
    );
    all.set(
      `zset:${name}`,
      batches(
        "ZADD",
        `zset:${name}`,
        elements.map((element, index) => [SCORES[index % SCORES.length], element]),
      ),
    );
  }
  return all;
}

/** Bytes that hardly compress. */
function mixed(length: number): string {
  let state = 12345;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return String.fromCharCode(state >>> 24);
  }).join("");
}

const ELEMENTS: Readonly<Record<string, readonly string[]>> = {
  one: ["one"],
  integers: INTEGERS,
  few: [...INTEGERS.slice(0, 8), ...TEXTS],
  "a long one": ["short", "l".repeat(65), "x"],
  "very long ones": ["v".repeat(5000), mixed(70_000), "w".repeat(40_000)],
  "many integers": Array.from({ length: 700 }, (_, index) => String(index * 7 - 1000)),
  many: Array.from({ length: 3000 }, (_, index) => `element number ${index}`),
  some: Array.from({ length: 120 }, (_, index) => `e${index}`),
};

function batches(name: string, key: string, elements: readonly (readonly string[])[]): Call[] {
  const calls: Call[] = [];
  for (let at = 0; at < elements.length; at += BATCH) calls.push([name, key, ...elements.slice(at, at + BATCH).flat()]);
  return calls;
}
