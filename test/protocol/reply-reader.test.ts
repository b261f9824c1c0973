import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OutputBlockPool } from "../../src/protocol/output-blocks.ts";
import type { Reply } from "../../src/protocol/reply.ts";
import { REPLY_BROKEN, REPLY_READY, ReplyReader } from "../../src/protocol/reply-reader.ts";
import { ReplyBuffer } from "../../src/protocol/reply-writer.ts";
import { Lender, replies, writeReply } from "./replies.ts";

interface Seen {
  readonly list: Reply[];
  readonly error: string;
}

/** Reads a byte string in pieces, each in a buffer that is overwritten afterwards. */
function read(text: string, pieceBytes: (left: number) => number, reader = new ReplyReader()): Seen {
  const list: Reply[] = [];
  let result = 0;
  for (let at = 0; at < text.length && result !== REPLY_BROKEN; ) {
    const piece = Buffer.from(text.slice(at, at + pieceBytes(text.length - at)), "latin1");
    at += piece.length;
    reader.begin(piece, 0, piece.length);
    for (result = reader.next(); result === REPLY_READY; result = reader.next()) list.push(reader.reply);
    reader.finish();
    piece.fill(0xee);
  }
  return { list, error: reader.error };
}

const atOnce = (left: number) => left;

function wire(list: readonly Reply[]): string {
  const out = new ReplyBuffer(new OutputBlockPool());
  out.resp = 3;
  for (const reply of list) writeReply(out, reply, { foreignFrom: 1e9, lender: new Lender(), defer: () => false });
  let text = "";
  out.flush({
    write(bytes) {
      text += Buffer.from(bytes).toString("latin1");
      return true;
    },
  });
  return text;
}

describe("pieces", () => {
  const listOf = fc.array(replies, { minLength: 1, maxLength: 3 });

  test("cut at every point, and byte by byte", () => {
    fc.assert(
      fc.property(listOf, (list) => {
        const text = wire(list);
        fc.pre(text.length < 600);
        for (let cut = 0; cut <= text.length; cut++) {
          const sizes = [cut, text.length - cut];
          const { list: got } = read(text, () => sizes.shift() ?? 1);
          if (got.length !== list.length || wire(got) !== text) expect(got, `cut at ${cut}`).toEqual(list);
        }
        expect(read(text, () => 1).list).toEqual(list);
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  test("long strings are filled as they come, and only as much as comes is reserved", () => {
    const value = Buffer.alloc(3_000_000, "abcdefg").toString("latin1");
    const text = `*2\r\n$${value.length}\r\n${value}\r\n=40004\r\ntxt:${"v".repeat(40_000)}\r\n`;
    for (const size of [1000, 65_536, text.length - 1]) {
      const { list } = read(text, () => size);
      expect(list.length).toBe(1);
      expect(wire(list)).toBe(text);
    }
    expect(read("$2000000000\r\nabc", atOnce)).toEqual({ list: [], error: "" });
  });

  test("a line of many pieces, a reader that is asked late", () => {
    const line = `+${"x".repeat(60_000)}\r\n`;
    expect(read(line, () => 1).list).toEqual([{ kind: "simple", text: "x".repeat(60_000) }]);
    const reader = new ReplyReader();
    for (let i = 0; i < 1000; i++) {
      const piece = Buffer.from(`:${i}\r\n`);
      reader.begin(piece, 0, piece.length);
      reader.finish();
      piece.fill(0);
    }
    reader.begin(new Uint8Array(0), 0, 0);
    for (let i = 0; i < 1000; i++) {
      expect(reader.next()).toBe(REPLY_READY);
      expect(reader.reply).toEqual({ kind: "integer", value: i });
    }
    expect(reader.next()).toBe(0);
  });
});

describe("types keep what they say", () => {
  const cases: [string, Reply][] = [
    ["$-1\r\n", { kind: "null", of: "bulk" }],
    ["*-1\r\n", { kind: "null", of: "array" }],
    ["_\r\n", { kind: "null", of: "resp3" }],
    [":9223372036854775807\r\n", { kind: "integer", value: 9223372036854775807n }],
    [":-9007199254740993\r\n", { kind: "integer", value: -9007199254740993n }],
    [",1.50\r\n", { kind: "double", value: 1.5, text: "1.50" }],
    [",-inf\r\n", { kind: "double", value: Number.NEGATIVE_INFINITY, text: "-inf" }],
    [",nan\r\n", { kind: "double", value: Number.NaN, text: "nan" }],
    [
      "(-3492890328409238509324850943850943825024385\r\n",
      { kind: "bigNumber", text: "-3492890328409238509324850943850943825024385" },
    ],
    ["-ERR \xff\r\n", { kind: "error", text: "ERR \xff" }],
    ["*0\r\n", { kind: "array", items: [] }],
    ["%0\r\n", { kind: "map", entries: [] }],
    ["|0\r\n#t\r\n", { kind: "attributed", attributes: [], reply: { kind: "boolean", value: true } }],
  ];
  test.each(cases)("%j", (text, want) => {
    expect(read(text, atOnce)).toEqual({ list: [want], error: "" });
  });
});

describe("nonsense is refused, for good", () => {
  const cases: [string, string][] = [
    ["x\r\n", "an unknown type, byte 120"],
    ["\r\n", "an empty line"],
    ["+a\rb", "a line end without its line feed"],
    [":1a\r\n", "not an integer"],
    [":\r\n", "not an integer"],
    [",abc\r\n", "not a double"],
    ["#x\r\n", "not a boolean"],
    ["(12x\r\n", "not a big number"],
    ["_x\r\n", "a null with a value"],
    ["$-2\r\n", "a length that is none or too large"],
    ["$99999999999\r\n", "a length that is none or too large"],
    ["=-1\r\n", "a negative length"],
    ["%-1\r\n", "a negative count"],
    ["$?\r\n", "a length that is none or too large"],
    ["*4294967296\r\n", "a length that is none or too large"],
    ["$1\r\nabc", "a blob longer than its length"],
    ["=3\r\ntxt\r\n", "a verbatim string without its format"],
    ["=4\r\ntxtx\r\n", "a verbatim string without its format"],
    [`+${"x".repeat(65_537)}`, "a line that is too long"],
    ["*1\r\n".repeat(129), "aggregates nested too deep"],
  ];
  test.each(cases)("%#: %j", (text, reason) => {
    const shown = `the peer sent ${reason}`;
    expect(read(`+OK\r\n${text}+OK\r\n`, atOnce)).toEqual({ list: [{ kind: "simple", text: "OK" }], error: shown });
    expect(read(`${text}+OK\r\n`, () => 1).error).toBe(shown);
    const reader = new ReplyReader();
    read(text, atOnce, reader);
    expect(read("+OK\r\n", atOnce, reader)).toEqual({ list: [], error: shown });
  });

  test("limits are the owner's", () => {
    const reader = () => new ReplyReader({ bulkBytesMax: 3, itemsMax: 4, depthMax: 1 });
    expect(
      read("$3\r\nabc\r\n*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n%2\r\n:1\r\n:1\r\n:1\r\n:1\r\n", atOnce, reader()).list.length,
    ).toBe(3);
    for (const text of ["$4\r\n", "*5\r\n", "%3\r\n", "*1\r\n*1\r\n"]) {
      expect(read(text, atOnce, reader()).error).not.toBe("");
    }
  });
});
