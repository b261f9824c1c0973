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
  for (const [name, calls] of streamCalls()) all.set(name, calls);
  return all;
}

/** Streams of every shape: nodes of all kinds, entries deleted and trimmed, groups, consumers, pending entries. */
function streamCalls(): Map<string, Call[]> {
  const key = (name: string): string => `stream:${name}`;
  const entries = (name: string, count: number, fields: (index: number) => readonly string[]): Call[] =>
    Array.from({ length: count }, (_, index) => [
      "XADD",
      key(name),
      `${1000 + index * 3}-${index % 5}`,
      ...fields(index),
    ]);
  const same = (index: number): string[] => ["field", `value ${index}`, "7", String(index * 1000 - 5)];
  const few = (index: number): string[] => [TEXTS[index % TEXTS.length], INTEGERS[index % INTEGERS.length]];
  const group = (name: string, group: string, id: string): Call => [
    "XGROUP",
    "CREATE",
    key(name),
    group,
    id,
    "MKSTREAM",
  ];
  const read = (name: string, group: string, consumer: string, count: number): Call => [
    ...["XREADGROUP", "GROUP", group, consumer, "COUNT", String(count), "STREAMS", key(name), ">"],
  ];
  const claim = (name: string, group: string, consumer: string, count: string, ...ids: string[]): Call => [
    ...["XCLAIM", key(name), group, consumer, "0", ...ids, "TIME", "1600000000123", "RETRYCOUNT", count],
  ];
  const calls: Record<string, Call[]> = {
    one: entries("one", 1, same),
    few: entries("few", 40, few),
    "many nodes": entries("many nodes", 1500, same),
    "many fields": entries("many fields", 10, (index) => Array.from({ length: 2 * (index + 60) }, (_, at) => `t${at}`)),
    "long values": entries("long values", 12, (index) => ["f", "xy".repeat(index * 1200)]),
    "far apart": [
      ["XADD", key("far apart"), "0-1", "a", "b"],
      ["XADD", key("far apart"), "1-18446744073709551615", "a", "b"],
      ["XADD", key("far apart"), "4294967296-4294967295", "a", "b"],
      ["XADD", key("far apart"), "18446744073709551615-18446744073709551615", "c", "b"],
    ],
    deleted: [
      ...entries("deleted", 330, same),
      ["XDEL", key("deleted"), ...Array.from({ length: 160 }, (_, index) => `${1240 + index * 3}-${(index + 80) % 5}`)],
    ],
    trimmed: [...entries("trimmed", 330, same), ["XTRIM", key("trimmed"), "MAXLEN", "=", "65"]],
    "trimmed by id": [...entries("trimmed by id", 130, same), ["XTRIM", key("trimmed by id"), "MINID", "=", "1100"]],
    emptied: [...entries("emptied", 5, same), ["XTRIM", key("emptied"), "MAXLEN", "0"]],
    "never filled": [group("never filled", "g", "$"), group("never filled", "h", "5-5")],
    "last id set": [
      ...entries("last id set", 5, same),
      ["XSETID", key("last id set"), "9000000-1", "ENTRIESADDED", "9223372036854775807", "MAXDELETEDID", "8999999-0"],
    ],
    groups: [
      ...entries("groups", 250, same),
      ...["a", "", "z", "123", "long".repeat(40)].map((name) => group("groups", name, "0")),
      ["XGROUP", "SETID", key("groups"), "z", "$", "ENTRIESREAD", "250"],
      ["XGROUP", "CREATECONSUMER", key("groups"), "z", "idle"],
      read("groups", "a", "first", 120),
      read("groups", "a", "17", 30),
      read("groups", "123", "first", 10),
      ["XACK", key("groups"), "a", ...Array.from({ length: 20 }, (_, index) => `${1150 + index}-0`)],
      claim("groups", "a", "other", "7", "1003-1", "1006-2", "1009-3"),
      claim("groups", "a", "first", "5000000000", "1012-4"),
      ["XDEL", key("groups"), "1006-2", "1300-0", "1303-1"],
    ],
  };
  return new Map(Object.entries(calls).map(([name, made]) => [key(name), made]));
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
