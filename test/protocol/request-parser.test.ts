import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  COMMAND,
  defaultParserLimits,
  NEED_MORE,
  type ParserLimits,
  PROTOCOL_ERROR,
  RequestParser,
} from "../../src/protocol/request-parser.ts";
import { difference, feed, taken } from "./feed.ts";
import { type ReferenceOptions, referenceParse } from "./reference-parser.ts";
import { byteString, multibulk, nonsense, requests } from "./streams.ts";

const SEED = 20240601;

function parserWith(options: Partial<ReferenceOptions> = {}): RequestParser {
  const { authenticated = true, ...limits } = options;
  const parser = new RequestParser({ ...defaultParserLimits(), ...limits } satisfies ParserLimits);
  parser.setAuthenticated(authenticated);
  return parser;
}

/** Everything at once. */
const whole = { pieceBytes: (left: number) => left };

function bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/** Feeds one piece to a parser and says what it answered last. */
function give(parser: RequestParser, text: string): { args: (readonly string[])[]; last: number } {
  const piece = bytes(text);
  const args: (readonly string[])[] = [];
  parser.begin(piece, 0, piece.length);
  let last = parser.next();
  for (; last === COMMAND; last = parser.next()) args.push(taken(parser).args);
  parser.finish();
  return { args, last };
}

describe("against the reference parser", () => {
  const options = { seed: SEED, numRuns: 150 };

  test("short streams, cut in two at every point", () => {
    const stream = fc.tuple(requests(4, 6), fc.option(nonsense, { nil: "" })).map((parts) => parts.join(""));
    fc.assert(
      fc.property(stream, (text) => {
        const want = referenceParse(text);
        for (let cut = 0; cut <= text.length; cut++) {
          const sizes = [cut, text.length - cut];
          const got = feed(parserWith(), text, { pieceBytes: () => sizes.shift() ?? 1 });
          expect(difference(got, want), `cut at ${cut} in ${JSON.stringify(text)}`).toBeNull();
        }
      }),
      options,
    );
  });

  test("short streams, byte by byte, one parser for all", () => {
    const parser = parserWith();
    fc.assert(
      fc.property(requests(6, 12), (text) => {
        const got = feed(parser, text, { pieceBytes: () => 1 });
        expect(difference(got, referenceParse(text))).toBeNull();
      }),
      options,
    );
  });

  test("long streams in random pieces, stopped in the middle of pipelines", () => {
    const pieces = fc.infiniteStream(fc.oneof(fc.nat(8), fc.nat(300), fc.nat(70_000)));
    const stopping = fc.infiniteStream(fc.nat(5).map((n) => n === 0));
    fc.assert(
      fc.property(requests(40, 300), byteString(40), pieces, stopping, (text, seedBytes, sizes, stops) => {
        // Arguments around 32 KB, 64 KB and beyond what is trusted, among small ones.
        const big = [32767, 32768, 65536, 100_000].map((n) => seedBytes.padEnd(n, "big argument "));
        const stream =
          text + multibulk(["SET", "k", big[1], big[0]]) + multibulk([big[3]]) + text + multibulk([big[2], "x"]);
        const got = feed(parserWith(), stream, {
          pieceBytes: () => sizes.next().value ?? 1,
          stops: () => stops.next().value ?? false,
        });
        expect(difference(got, referenceParse(stream))).toBeNull();
      }),
      { seed: SEED, numRuns: 40 },
    );
  });

  test("nonsense gets the same error, before authentication too", () => {
    const tail = fc.tuple(requests(2, 20), nonsense, byteString(30)).map((parts) => parts.join(""));
    fc.assert(
      fc.property(tail, fc.boolean(), fc.integer({ min: 1, max: 9 }), (text, authenticated, size) => {
        const got = feed(parserWith({ authenticated }), text, { pieceBytes: () => size });
        expect(difference(got, referenceParse(text, { authenticated }))).toBeNull();
      }),
      { seed: SEED, numRuns: 600 },
    );
  });
});

describe("limits", () => {
  const cases: [string, string, Partial<ReferenceOptions>, string | null][] = [
    ["multibulk", "*1048576\r\n", {}, null],
    ["multibulk over", "*1048577\r\n", {}, "invalid multibulk length"],
    ["bulk", "*1\r\n$1048576\r\n", { protoMaxBulkLen: 1048576 }, null],
    ["bulk over", "*1\r\n$1048577\r\n", { protoMaxBulkLen: 1048576 }, "invalid bulk length"],
    ["inline", "a".repeat(65536), {}, null],
    ["inline over", "a".repeat(65537), {}, "too big inline request"],
    ["inline behind a NUL", `\0${"a".repeat(65536)}`, {}, "too big inline request"],
    ["multibulk header over", `*${"1".repeat(65536)}`, {}, "too big mbulk count string"],
    ["bulk header over", `*1\r\n$${"1".repeat(65536)}`, {}, "too big bulk count string"],
    ["unauthenticated multibulk", "*10\r\n", { authenticated: false }, null],
    ["unauthenticated multibulk over", "*11\r\n", { authenticated: false }, "unauthenticated multibulk length"],
    ["unauthenticated bulk", "*1\r\n$16384\r\n", { authenticated: false }, null],
    ["unauthenticated bulk over", "*1\r\n$16385\r\n", { authenticated: false }, "unauthenticated bulk length"],
  ];
  test.each(cases)("%s", (_, text, options, error) => {
    const want = error === null ? null : `Protocol error: ${error}`;
    expect(referenceParse(text, options).error).toBe(want);
    for (const size of [7, 1000, text.length]) {
      expect(feed(parserWith(options), text, { pieceBytes: () => size }).error).toBe(want);
    }
  });

  test("a changed limit holds from the next argument on, as does authentication", () => {
    const limits = { ...defaultParserLimits(), protoMaxBulkLen: 20_000 };
    const parser = new RequestParser(limits);
    expect(give(parser, "*2\r\n$20000\r\n").last).toBe(NEED_MORE);
    limits.protoMaxBulkLen = 10_000;
    expect(give(parser, `${"x".repeat(20_000)}\r\n$10000\r\n${"x".repeat(10_000)}\r\n`).last).toBe(NEED_MORE);
    expect(give(parser, "*1\r\n$10001\r\n").last).toBe(PROTOCOL_ERROR);

    const guest = parserWith({ authenticated: false });
    const piece = bytes(multibulk(["AUTH"]) + multibulk(Array(11).fill("a")));
    guest.begin(piece, 0, piece.length);
    expect(guest.next()).toBe(COMMAND);
    guest.setAuthenticated(true);
    expect(guest.next()).toBe(COMMAND);
    expect(guest.argc).toBe(11);
    guest.finish();
  });

  test("after an error nothing is parsed and nothing kept", () => {
    const parser = parserWith();
    expect(give(parser, "PING\r\n*x\r\nPING\r\n")).toEqual({ args: [["PING"]], last: PROTOCOL_ERROR });
    expect(parser.pendingBytes).toBe(0);
    expect(give(parser, "PING\r\n")).toEqual({ args: [], last: PROTOCOL_ERROR });
    expect(parser.capacityBytes).toBe(0);
  });
});

describe("where arguments stand", () => {
  test("in the chunk itself, with the command's own bytes around them", () => {
    const parser = parserWith();
    const chunk = bytes(`junk${multibulk(["GET", "hello"])}PING a "b\\n"\r\n`);
    parser.begin(chunk, 4, chunk.length);
    expect(parser.next()).toBe(COMMAND);
    expect(parser.buffer).toBe(chunk);
    expect(parser.bytesOf(1)).toBe(chunk);
    expect([parser.commandStart, parser.commandEnd]).toEqual([4, 4 + multibulk(["GET", "hello"]).length]);
    expect(parser.next()).toBe(COMMAND);
    expect(taken(parser)).toEqual({ args: ["PING", "a", "b\n"], raw: null });
    expect(parser.next()).toBe(NEED_MORE);
    parser.finish();
    expect(parser.pendingBytes).toBe(0);
  });

  test("after the rest of a cut command, in the next chunk again", () => {
    const parser = parserWith();
    expect(give(parser, "*2\r\n$3\r\nGE").last).toBe(NEED_MORE);
    expect(parser.pendingBytes).toBe(10);
    const chunk = bytes(`T\r\n$1\r\nk\r\n${multibulk(["PING"])}`);
    parser.begin(chunk, 0, chunk.length);
    expect(parser.next()).toBe(COMMAND);
    expect(parser.buffer).not.toBe(chunk);
    expect(taken(parser).raw).toBe(multibulk(["GET", "k"]));
    expect(parser.next()).toBe(COMMAND);
    expect(parser.buffer).toBe(chunk);
    parser.finish();
  });

  test("a big argument that comes in pieces in a buffer of its own, which may be kept", () => {
    const parser = parserWith();
    const value = "0123456789abcdef".repeat(4096);
    const text = multibulk(["SET", "key", value, "NX"]);
    expect(give(parser, text.slice(0, 1000)).last).toBe(NEED_MORE);
    expect(parser.pendingBytes).toBe(1000);
    const rest = bytes(text.slice(1000));
    parser.begin(rest, 0, rest.length);
    expect(parser.next()).toBe(COMMAND);
    expect(parser.bigCount).toBe(1);
    expect(parser.commandStart).toBe(-1);
    const own = parser.big[2];
    expect([parser.argStart[2], parser.argLength[2], own?.buffer.byteLength]).toEqual([0, 65536, 65536]);
    expect(parser.next()).toBe(NEED_MORE);
    expect(parser.bigCount).toBe(0);
    parser.finish();
    expect(parser.pendingBytes).toBe(0);
    expect(Buffer.from(own ?? []).toString("latin1")).toBe(value);
  });

  test("a big argument that is all there stays in the chunk", () => {
    const parser = parserWith();
    const text = multibulk(["SET", "key", "x".repeat(50_000)]);
    expect(feed(parser, text, whole).commands[0].raw).toBe(text);
  });

  test("an announced length costs nothing until its bytes come", () => {
    const parser = parserWith();
    expect(give(parser, "*2\r\n$3\r\nSET\r\n$536870912\r\n").last).toBe(NEED_MORE);
    expect(parser.pendingBytes).toBe(25);
    expect(parser.capacityBytes).toBeLessThan(1024);
  });

  test("arguments beyond what is taken on trust arrive whole", () => {
    const value = Buffer.alloc(3 * 1024 * 1024 + 17, "the quick brown fox ").toString("latin1");
    const text = multibulk(["SET", "k", value]) + multibulk(["PING"]);
    for (const size of [60_000, 700_001, text.length - 3]) {
      const got = feed(parserWith(), text, { pieceBytes: () => size });
      expect(difference(got, referenceParse(text))).toBeNull();
    }
  });
});

describe("bounded work and memory", () => {
  test("a million arguments in small pieces: linear, and given up afterwards", () => {
    const count = 1_048_576;
    const parser = parserWith();
    const argument = bytes("$1\r\nx\r\n".repeat(1000));
    give(parser, `*${count}\r\n`);
    let left = count;
    let last: number = NEED_MORE;
    for (; left > 0; left -= 1000) {
      parser.begin(argument, 0, 7 * Math.min(left, 1000));
      last = parser.next();
      if (last === COMMAND) expect([parser.argc, parser.argStart.length]).toEqual([count, count]);
      parser.finish();
    }
    expect(last).toBe(COMMAND);
    expect(parser.argStart.length).toBeLessThan(1000);
    expect(parser.capacityBytes).toBeLessThan(64 * 1024);
  });

  test("byte by byte: a long command, and a line that never ends", () => {
    const text = multibulk(Array(50_000).fill("x"));
    expect(feed(parserWith(), text, { pieceBytes: () => 1 }).commands[0].args.length).toBe(50_000);
    const line = "x".repeat(70_000);
    expect(feed(parserWith(), line, { pieceBytes: () => 1 }).error).toBe("Protocol error: too big inline request");
  });

  test("a stopped pipeline of many commands is taken up one by one without moving it each time", () => {
    const count = 20_000;
    const text = multibulk(["BLPOP", "key", "0"]).repeat(count);
    const parser = parserWith();
    const got = feed(parser, text, { pieceBytes: (left) => left, stops: () => true });
    expect(got.commands.length).toBe(count);
    expect(parser.pendingBytes).toBe(0);
    expect(parser.capacityBytes).toBeLessThan(64 * 1024);
  });

  test("chunks that come while execution is stopped are kept", () => {
    const parser = parserWith();
    const piece = bytes(multibulk(["A"]) + multibulk(["B"]));
    parser.begin(piece, 0, piece.length);
    expect(parser.next()).toBe(COMMAND);
    parser.finish();
    for (const text of ["*1\r\n$1", "\r\nC\r\nin", "line\r\n"]) {
      const more = bytes(text);
      parser.begin(more, 0, more.length);
      parser.finish();
      more.fill(0);
    }
    expect(parser.pendingBytes).toBe(11 + 11 + 8);
    parser.resume();
    const seen: string[] = [];
    while (parser.next() === COMMAND) seen.push(taken(parser).args.join());
    parser.finish();
    expect(seen).toEqual(["B", "C", "inline"]);
    expect(parser.pendingBytes).toBe(0);
  });

  test("how far a line was read is remembered over chunks that are only kept", () => {
    const parser = parserWith();
    expect(give(parser, "*1").last).toBe(NEED_MORE);
    const more = bytes("\r\n\r\n");
    parser.begin(more, 0, more.length);
    parser.finish();
    parser.resume();
    expect(parser.next()).toBe(PROTOCOL_ERROR);
    expect(parser.error).toBe("Protocol error: expected '$', got ' '");
  });

  test("trim gives up room, and asking again without bytes changes nothing", () => {
    const parser = parserWith();
    expect(give(parser, multibulk(Array(200).fill("a"))).args.length).toBe(1);
    give(parser, '"a" *1\r\n*1\r\n$4\r\nPI');
    give(parser, "NG\r\n");
    parser.trim();
    expect(parser.capacityBytes).toBe(0);
    expect(parser.argStart.length).toBe(16);
    const piece = bytes("*2\r\n$4\r\nEC");
    parser.begin(piece, 0, piece.length);
    expect([parser.next(), parser.next(), parser.next()]).toEqual([NEED_MORE, NEED_MORE, NEED_MORE]);
    parser.finish();
    parser.trim();
    expect(give(parser, "HO\r\n$1\r\nx\r\n").args).toEqual([["ECHO", "x"]]);
  });
});
