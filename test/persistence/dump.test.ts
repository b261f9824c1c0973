/** RESTORE of what no Redis writes any more, of what has grown too large, and of what is malformed. */
import { beforeEach, describe, expect, test } from "vitest";
import { LocalServer } from "../commands/generic-server.ts";
import {
  type Bytes,
  double,
  idBytes,
  intset,
  length,
  listpack,
  literally,
  little,
  payload,
  streamElements,
  streamListpack,
  string,
  ziplist,
  zipmap,
} from "./payloads.ts";

const BAD = { error: "ERR Bad data format" };

let local: LocalServer;
beforeEach(() => {
  local = new LocalServer();
});

function restore(type: number, body: Bytes, version = 10): unknown {
  return local.call("RESTORE", "k", 0, payload(type, body, version));
}

const encoding = (): unknown => local.call("OBJECT", "ENCODING", "k");

/** Sets `name` to `value` on the server. */
function configure(name: string, value: number): void {
  expect(local.call("CONFIG", "SET", name, value)).toBe("OK");
}

/** The digest of the value, and of the one that is made of these bytes. */
function expectSame(type: number, body: Bytes): void {
  expect(local.call("RESTORE", "other", 0, payload(type, body), "REPLACE")).toBe("OK");
  const [ours, other] = local.call("DEBUG", "DIGEST-VALUE", "k", "other") as string[];
  expect(ours).toBe(other);
}

/** As the key's dump would be if its elements were written one by one. */
const plainHash = (pairs: readonly (readonly [Bytes, Bytes])[]): Bytes =>
  length(pairs.length) + pairs.map(([field, value]) => string(field) + string(value)).join("");
const plainSet = (members: readonly Bytes[]): Bytes => length(members.length) + members.map(string).join("");
const plainZset = (members: readonly (readonly [Bytes, number])[]): Bytes =>
  length(members.length) + members.map(([member, score]) => string(member) + double(score)).join("");

const PAIRS: readonly (readonly [Bytes, Bytes])[] = [
  ["field", "value"],
  ["12", "-12"],
  ["", "x".repeat(300)],
  ["long".repeat(70), "70000"],
  ["-8388609", "8388607"],
];
const SCORED: readonly (readonly [Bytes, number])[] = [
  ["b", -1.5],
  ["7", 0],
  ["a", 12],
  ["long".repeat(70), 1e20],
];

describe("what older versions wrote", () => {
  test("a list, element by element", () => {
    expect(restore(1, plainSet(["a", "12", "x".repeat(100), "a"]))).toBe("OK");
    expect(encoding()).toBe("listpack");
    expectSame(18, length(1) + length(2) + string(listpack(["a", "12", "x".repeat(100), "a"])));
  });

  test("a list as a ziplist, and as a quicklist of them", () => {
    const elements = [
      "a",
      "12",
      "13",
      "-1",
      "200",
      "-40000",
      "9000000",
      "123456789",
      "x".repeat(100),
      "y".repeat(20_000),
      "z",
    ];
    expect(restore(10, string(ziplist(elements)))).toBe("OK");
    expectSame(1, plainSet(elements));
    expect(local.call("DEL", "k")).toBe(1);
    expect(
      restore(14, length(3) + [elements.slice(0, 5), [], elements.slice(5)].map(ziplist).map(string).join("")),
    ).toBe("OK");
    expectSame(1, plainSet(elements));
  });

  test.each([
    ["a zipmap", 9, string(zipmap(PAIRS))],
    ["a zipmap with air in it", 9, string(zipmap(PAIRS, 3))],
    ["a ziplist", 13, string(ziplist(PAIRS.flat()))],
    ["a listpack", 16, string(listpack(PAIRS.flat()))],
    ["a compressed listpack", 16, literally(listpack(PAIRS.flat()))],
  ])("a hash as %s", (_name, type, body) => {
    expect(restore(type, body)).toBe("OK");
    expectSame(4, plainHash(PAIRS));
    if (type !== 9) expect(encoding()).toBe("listpack");
  });

  test.each([
    ["a ziplist", 12, string(ziplist(SCORED.flatMap(([member, score]) => [member, String(score)])))],
    ["a listpack", 17, string(listpack(SCORED.flatMap(([member, score]) => [member, String(score)])))],
    [
      "members with scores as text",
      3,
      length(4) + SCORED.map(([member, score]) => string(member) + string(String(score))).join(""),
    ],
  ])("a sorted set as %s", (_name, type, body) => {
    expect(restore(type, body)).toBe("OK");
    expectSame(5, plainZset(SCORED));
  });

  test("infinite scores as text", () => {
    expect(restore(3, `${length(2)}${string("a")}\xff${string("b")}\xfe`)).toBe("OK");
    expectSame(
      5,
      plainZset([
        ["b", Number.POSITIVE_INFINITY],
        ["a", Number.NEGATIVE_INFINITY],
      ]),
    );
    expect(encoding()).toBe("listpack");
  });

  test.each([
    ["intset", 11, string(intset([-5, 7, 300], 2)), ["-5", "7", "300"]],
    ["intset", 11, string(intset([-70_000, 7], 4)), ["-70000", "7"]],
    [
      "intset",
      11,
      string(intset([-9223372036854775808n, 7n, 9007199254740993n], 8)),
      ["-9223372036854775808", "7", "9007199254740993"],
    ],
    ["listpack", 20, string(listpack(["a", "12", "c"])), ["a", "12", "c"]],
  ])("a set as %s", (name, type, body, members) => {
    expect(restore(type, body, 11)).toBe("OK");
    expect(encoding()).toBe(name);
    expectSame(2, plainSet(members));
  });

  test("versions 1 to 12", () => {
    for (let version = 1; version <= 12; version++) {
      expect(local.call("RESTORE", "k", 0, payload(0, string("v"), version), "REPLACE")).toBe("OK");
    }
    const error = "ERR DUMP payload version or checksum are wrong";
    expect(local.call("RESTORE", "k", 0, payload(0, string("v"), 13), "REPLACE")).toEqual({ error });
  });
});

describe("encodings follow the configuration", () => {
  const numbered = (count: number): Bytes[] => Array.from({ length: count }, (_, index) => `m${index}`);
  const pairs = (count: number): (readonly [Bytes, Bytes])[] => numbered(count).map((name) => [name, "v"]);
  const scored = (count: number): (readonly [Bytes, number])[] => numbered(count).map((name, index) => [name, index]);

  test.each([
    [4, (count: number) => plainHash(pairs(count))],
    [16, (count: number) => string(listpack(pairs(count).flat()))],
    [13, (count: number) => string(ziplist(pairs(count).flat()))],
    [9, (count: number) => string(zipmap(pairs(count)))],
  ])("hashes of type %i", (type, body) => {
    configure("hash-max-listpack-entries", 10);
    for (const [count, name] of [
      [10, "listpack"],
      [11, "hashtable"],
    ] as const) {
      expect(local.call("RESTORE", "k", 0, payload(type, body(count)), "REPLACE")).toBe("OK");
      expect([count, encoding()]).toEqual([count, name]);
      expectSame(4, plainHash(pairs(count)));
    }
  });

  test.each([
    [5, (count: number) => plainZset(scored(count))],
    [17, (count: number) => string(listpack(scored(count).flatMap(([member, score]) => [member, String(score)])))],
    [12, (count: number) => string(ziplist(scored(count).flatMap(([member, score]) => [member, String(score)])))],
  ])("sorted sets of type %i", (type, body) => {
    configure("zset-max-listpack-entries", 10);
    for (const [count, name] of [
      [10, "listpack"],
      [11, "skiplist"],
    ] as const) {
      expect(local.call("RESTORE", "k", 0, payload(type, body(count)), "REPLACE")).toBe("OK");
      expect([count, encoding()]).toEqual([count, name]);
      expectSame(5, plainZset(scored(count)));
    }
  });

  test("sets", () => {
    configure("set-max-intset-entries", 20);
    configure("set-max-listpack-entries", 10);
    configure("set-max-listpack-value", 5);
    const integers = (count: number): Bytes[] => Array.from({ length: count }, (_, index) => String(index));
    const cases: readonly (readonly [readonly Bytes[], string])[] = [
      [integers(20), "intset"],
      [integers(21), "hashtable"],
      [[...integers(9), "a"], "listpack"],
      [[...integers(10), "a"], "hashtable"],
      [["a", ...integers(9)], "listpack"],
      [["a", ...integers(10)], "hashtable"],
      [["longer", "1"], "hashtable"],
      [["1", "longer"], "hashtable"],
      [["1", "short"], "listpack"],
    ];
    for (const [members, name] of cases) {
      expect(local.call("RESTORE", "k", 0, payload(2, plainSet(members)), "REPLACE")).toBe("OK");
      expect([members, encoding()]).toEqual([members, name]);
    }
    expect(local.call("RESTORE", "k", 0, payload(11, string(intset(integers(21).map(Number), 2))), "REPLACE")).toBe(
      "OK",
    );
    expect(encoding()).toBe("hashtable");
    expectSame(2, plainSet(integers(21)));
    expect(local.call("RESTORE", "k", 0, payload(20, string(listpack(numbered(11)))), "REPLACE")).toBe("OK");
    expect(encoding()).toBe("hashtable");
    expectSame(2, plainSet(numbered(11)));
  });

  test("long fields, values and members", () => {
    expect(
      restore(
        4,
        plainHash([
          ["f", "v"],
          ["g", "v".repeat(65)],
        ]),
      ),
    ).toBe("OK");
    expect(encoding()).toBe("hashtable");
    expect(
      local.call(
        "RESTORE",
        "k",
        0,
        payload(
          5,
          plainZset([
            ["m", 1],
            ["m".repeat(65), 2],
          ]),
        ),
        "REPLACE",
      ),
    ).toBe("OK");
    expect(encoding()).toBe("skiplist");
    expect(
      local.call(
        "RESTORE",
        "k",
        0,
        payload(
          5,
          plainZset([
            ["m", 1],
            ["m".repeat(64), 2],
          ]),
        ),
        "REPLACE",
      ),
    ).toBe("OK");
    expect(encoding()).toBe("listpack");
  });

  test("lists of one node and of several", () => {
    const node = (elements: readonly Bytes[]): Bytes => length(2) + string(listpack(elements));
    expect(restore(18, length(1) + node(["a", "b"]))).toBe("OK");
    expect(encoding()).toBe("listpack");
    expect(local.call("RESTORE", "k", 0, payload(18, length(2) + node(["a"]) + node(["b"])), "REPLACE")).toBe("OK");
    expect(encoding()).toBe("quicklist");
    expectSame(1, plainSet(["a", "b"]));
    const plain = length(3) + node(["a"]) + length(1) + string("long") + node(["c"]);
    expect(local.call("RESTORE", "k", 0, payload(18, plain), "REPLACE")).toBe("OK");
    expectSame(1, plainSet(["a", "long", "c"]));
    expect(local.call("RESTORE", "k", 0, payload(18, length(1) + length(1) + string("long")), "REPLACE")).toBe("OK");
    expect(encoding()).toBe("quicklist");
  });
});

/** By what is wrong with it: otherwise sound streams of version 19. */
function malformedStreams(): [string, Bytes][] {
  const entries = [
    { ms: 0, seq: 0, values: ["v"] },
    { ms: 1, seq: 0, fields: ["g", "h"], values: ["v", "w"] },
    { ms: 2, seq: 0, values: ["v"], isDeleted: true },
  ];
  const elements = streamElements(["f"], entries);
  const nodeOf = (packed: Bytes, ms = 5): Bytes => string(idBytes(ms, 0)) + string(packed);
  const node = nodeOf(streamListpack(elements));
  const stream = (nodes: readonly Bytes[], live: number, lastMs = 100, groups: readonly Bytes[] = []): Bytes =>
    [length(nodes.length), ...nodes, length(live), length(lastMs), ...Array(6).fill(length(0))].join("") +
    length(groups.length) +
    groups.join("");
  const id = idBytes(5, 0);
  const other = idBytes(6, 0);
  const pending = (...ids: Bytes[]): Bytes =>
    length(ids.length) + ids.map((one) => `${one}${little(1, 8)}\x01`).join("");
  const consumer = (name: string, ...ids: Bytes[]): Bytes =>
    string(name) + little(1, 8) + length(ids.length) + ids.join("");
  const group = (list: Bytes, ...consumers: Bytes[]): Bytes =>
    `${string("g")}\x05\0\0${list}${length(consumers.length)}${consumers.join("")}`;
  const edited = (index: number, element: Bytes): Bytes =>
    stream([nodeOf(streamListpack(elements.map((one, at) => (at === index ? element : one))))], 2);
  const packed = streamListpack(elements);
  return [
    ["with a key of 15 bytes", stream([string(id.slice(1)) + string(packed)], 2)],
    ["with a node that is no listpack", stream([nodeOf("no listpack")], 2)],
    ["with an empty node", stream([nodeOf(streamListpack([]))], 0)],
    ["with a node that comes twice", stream([node, node], 4)],
    ["with nodes out of order", stream([node, nodeOf(packed, 2)], 4)],
    ["with nodes that overlap", stream([node, nodeOf(packed, 7)], 4)],
    ["whose length is another", stream([node], 3)],
    ["without nodes but with a length", stream([], 1)],
    ["whose last id is too small", stream([node], 2, 6)],
    ["of too many live entries", edited(0, "3")],
    ["of too few", edited(0, "1")],
    ["with a count that is none", edited(0, "two")],
    ["with another count of deleted ones", edited(1, "2")],
    ["with more fields than there are elements", edited(2, "1000000000")],
    ["with fewer fields", edited(2, "0")],
    ["with a negative count", edited(2, "-1")],
    ["whose master does not end", edited(4, "1")],
    ["with unknown flags", edited(5, "6")],
    ["whose flags are a text", edited(5, "x")],
    ["whose id goes back", edited(11, "0")],
    ["whose id is a text", edited(11, "x")],
    ["with another number of elements", edited(9, "5")],
    ["with a text for the number of elements", edited(9, "x")],
    ["that ends in the middle of an entry", stream([nodeOf(streamListpack(elements.slice(0, -1)))], 2)],
    ["with more than its entries", stream([nodeOf(streamListpack([...elements, "0"]))], 2)],
    ["with a group that comes twice", stream([node], 2, 100, [group(pending()), group(pending())])],
    ["with a pending entry that comes twice", stream([node], 2, 100, [group(pending(id, id), consumer("c", id))])],
    ["with a pending entry of nobody", stream([node], 2, 100, [group(pending(id, other), consumer("c", id))])],
    [
      "with an entry of a consumer that is not pending",
      stream([node], 2, 100, [group(pending(id), consumer("c", other))]),
    ],
    [
      "with an entry of two consumers",
      stream([node], 2, 100, [group(pending(id), consumer("a", id), consumer("b", id))]),
    ],
    ["with a consumer that comes twice", stream([node], 2, 100, [group(pending(), consumer("a"), consumer("a"))])],
    ["with billions of nodes", `\x80\xff\xff\xff\xff${node}`],
    ["with billions of pending entries", stream([node], 2, 100, [`${string("g")}\x05\0\0\x80\xff\xff\xff\xff${id}`])],
  ];
}

test("the streams that are made malformed are sound before", () => {
  const entries = [{ ms: 0, seq: 0, values: ["v"] }];
  const node = string(idBytes(5, 0)) + string(streamListpack(streamElements(["f"], entries)));
  const facts = length(1) + length(100) + Array(6).fill(length(0)).join("");
  const group = `${string("g")}\x05\0\0\x01${idBytes(5, 0)}${little(1, 8)}\x01\x01${string("c")}${little(1, 8)}\x01${idBytes(5, 0)}`;
  expect(local.call("RESTORE", "k", 0, payload(19, length(1) + node + facts + length(1) + group), "REPLACE")).toBe(
    "OK",
  );
  expect(local.call("OBJECT", "ENCODING", "k")).toBe("stream");
  expect(local.call("DEL", "k")).toBe(1);
});

describe("what is malformed leaves nothing behind", () => {
  const withOdd = (elements: readonly Bytes[]): readonly Bytes[] => [...elements, "odd"];
  const MALFORMED: readonly (readonly [string, number, Bytes])[] = [
    ["no such type", 8, string("v")],
    ["a stream that is none", 15, string("v")],
    ...malformedStreams().map(([name, body]) => [`a stream, ${name}`, 19, body] as const),
    ["a module", 7, string("v")],
    ["a hash with times to live", 25, string("v")],
    ["nothing", 0, ""],
    ["a string that ends early", 0, `${length(10)}short`],
    ["a string longer than there may be", 0, "\x81\x7f\xff\xff\xff\xff\xff\xff\xff"],
    ["LZF that is longer than told", 0, "\xc3\x05\x02\x03abcd"],
    ["LZF that is shorter than told", 0, "\xc3\x05\x08\x03abcd"],
    ["LZF of a gigabyte in five bytes", 0, "\xc3\x05\x80\x40\0\0\0\x03abcd"],
    ["an unknown encoding", 0, "\xc7"],
    ["an unknown length", 2, "\x84"],
    ["a set without members", 2, length(0)],
    ["a set that has a member twice", 2, plainSet(["a", "a"])],
    ["a set that has an integer twice", 2, plainSet(["1", "2", "1"])],
    ["a set that ends early", 2, `${length(3)}${string("a")}`],
    ["a set of billions", 2, `\x80\xff\xff\xff\xff${string("a")}`],
    ["a large set that has a member twice", 2, `${length(900)}${string("a")}${string("a")}`],
    ["an empty intset", 11, string(intset([], 2))],
    ["an intset out of order", 11, string(intset([2, 1], 2))],
    ["an intset with a value twice", 11, string(intset([1, 1], 4))],
    ["an intset of three bytes", 11, string(`${little(3, 4)}${little(1, 4)}abc`)],
    ["a listpack set that has a member twice", 20, string(listpack(["a", "b", "a"]))],
    ["an empty listpack set", 20, string(listpack([]))],
    ["a hash without fields", 4, length(0)],
    [
      "a hash that has a field twice",
      4,
      plainHash([
        ["f", "1"],
        ["g", "1"],
        ["f", "2"],
      ]),
    ],
    [
      "a large hash that has a field twice",
      4,
      `${length(900)}${string("f")}${string("1")}${string("f")}${string("1")}`,
    ],
    ["a listpack hash that has a field twice", 16, string(listpack(["f", "1", "f", "2"]))],
    ["a listpack hash that has an integer field twice", 16, string(listpack(["1", "1", "1", "2"]))],
    ["a listpack hash with a field too many", 16, string(listpack(withOdd(["f", "1"])))],
    ["a listpack that states another length", 16, string(`${little(8, 4)}${listpack(["f", "1"]).slice(4)}`)],
    ["a listpack that states another count", 16, string(listpack(["f", "1"]).replace("\x02\0", "\x04\0"))],
    ["a listpack without an end", 16, string(`${listpack(["f", "1"]).slice(0, -1)}\xfe`)],
    ["a listpack with a wrong back-length", 16, string(listpack(["f", "1"]).replace("\x06", "\x05"))],
    ["an empty listpack hash", 16, string(listpack([]))],
    ["a ziplist hash that has a field twice", 13, string(ziplist(["f", "1", "f", "2"]))],
    ["a ziplist hash with a field too many", 13, string(ziplist(withOdd(["f", "1"])))],
    ["a ziplist with a wrong length before", 13, string(ziplist(["f", "1"]).replace("\x03\xf2", "\x04\xf2"))],
    [
      "a ziplist with a wrong tail",
      13,
      string(`${ziplist(["f", "1"]).slice(0, 4)}\x0a${ziplist(["f", "1"]).slice(5)}`),
    ],
    ["an empty ziplist hash", 13, string(ziplist([]))],
    [
      "a zipmap that has a field twice",
      9,
      string(
        zipmap([
          ["f", "1"],
          ["f", "2"],
        ]),
      ),
    ],
    ["an empty zipmap", 9, string(zipmap([]))],
    ["a zipmap without an end", 9, string(zipmap([["f", "1"]]).slice(0, -1))],
    ["a zipmap that states another count", 9, string(`\x02${zipmap([["f", "1"]]).slice(1)}`)],
    ["a sorted set without members", 5, length(0)],
    ["a sorted set with a score that is none", 5, plainZset([["a", Number.NaN]])],
    ["a sorted set with a score that is no text", 3, `${length(1)}${string("a")}${string("x1")}`],
    ["a sorted set with no score", 3, `${length(1)}${string("a")}\xfd`],
    [
      "a sorted set that has a member twice",
      5,
      plainZset([
        ["a", 1],
        ["b", 1],
        ["a", 2],
      ]),
    ],
    ["a listpack sorted set that has a member twice", 17, string(listpack(["a", "1", "a", "2"]))],
    ["a listpack sorted set with a score that is none", 17, string(listpack(["a", "one"]))],
    ["a listpack sorted set with NaN", 17, string(listpack(["a", "nan"]))],
    ["a listpack sorted set with a member too many", 17, string(listpack(withOdd(["a", "1"])))],
    ["a ziplist sorted set with a score that is none", 12, string(ziplist(["a", "one"]))],
    ["a list without elements", 1, length(0)],
    ["a list that ends early", 1, length(2) + string("a")],
    ["a quicklist without nodes", 18, length(0)],
    ["a quicklist of empty nodes", 18, length(1) + length(2) + string(listpack([]))],
    ["a quicklist of a node without bytes", 18, length(1) + length(1) + string("")],
    ["a quicklist of a node of no kind", 18, length(1) + length(3) + string(listpack(["a"]))],
    [
      "a quicklist whose second node is broken",
      18,
      length(2) + (length(2) + string(listpack(["a"]))).repeat(1) + length(2) + string("x"),
    ],
    ["a quicklist of empty ziplists", 14, length(1) + string(ziplist([]))],
    ["a quicklist of a broken ziplist", 14, length(2) + string(ziplist(["a"])) + string("nothing of this kind")],
    ["an empty ziplist", 10, string(ziplist([]))],
    ["a ziplist that ends early", 10, string(ziplist(["a", "b"]).slice(0, -2))],
  ];

  test.each(MALFORMED)("%s", (_name, type, body) => {
    const { keyspace } = local.server;
    local.call("SET", "there", "v");
    const before = keyspace.arena.usedBytes;
    const bytes = keyspace.databases[0].entryBytes;
    expect(restore(type, body)).toEqual(BAD);
    expect(local.call("EXISTS", "k")).toBe(0);
    expect(local.call("RESTORE", "there", 0, payload(type, body), "REPLACE")).toEqual(BAD);
    expect(local.call("GET", "there")).toBe("v");
    while (keyspace.lazyFree.step());
    expect(keyspace.arena.usedBytes).toBe(before);
    expect(keyspace.databases[0].entryBytes).toBe(bytes);
    local.check();
  });

  test("what ends anywhere", () => {
    const whole = payload(4, plainHash(PAIRS));
    local.call("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", 1);
    for (let end = 1; end < whole.length - 10; end++) {
      const cut = new Uint8Array(Buffer.concat([whole.subarray(0, end), whole.subarray(whole.length - 10)]));
      expect(local.call("RESTORE", "k", 0, cut)).toEqual(BAD);
    }
    local.check();
  });
});

test("a long string that was compressed, and one that is not", () => {
  for (const size of [20_000, 70_000, 3_000_000]) {
    const text = "0123456789abcdef".repeat(Math.ceil(size / 16)).slice(0, size);
    expect(local.call("RESTORE", "k", 0, payload(0, literally(text)), "REPLACE")).toBe("OK");
    expect(local.call("GET", "k")).toBe(text);
    expect(local.call("RESTORE", "k", 0, payload(0, string(text)), "REPLACE")).toBe("OK");
    expect(local.call("GET", "k")).toBe(text);
  }
  local.check();
});

test("text of integers becomes integers", () => {
  for (const [text, kind] of [
    ["12", "int"],
    ["-9223372036854775808", "int"],
    ["012", "embstr"],
  ] as const) {
    expect(local.call("RESTORE", "k", 0, payload(0, string(text)), "REPLACE")).toBe("OK");
    expect(encoding()).toBe(kind);
    expect(local.call("GET", "k")).toBe(text);
  }
});
