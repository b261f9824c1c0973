import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OutputBlockPool } from "../../src/protocol/output-blocks.ts";
import type { Reply } from "../../src/protocol/reply.ts";
import { REPLY_READY, ReplyReader } from "../../src/protocol/reply-reader.ts";
import { type OutputSink, ReplyBuffer, type RespVersion } from "../../src/protocol/reply-writer.ts";
import { inResp2, Lender, replies, withoutAttributes, writeReply } from "./replies.ts";

const SEED = 7;

/** Blocks so small that everything crosses their ends. */
const tinyBlocks = () => new OutputBlockPool({ blockBytes: [64, 100, 160], pooledBytesMax: 320 });

function bufferFor(resp: RespVersion, pool = tinyBlocks()): ReplyBuffer {
  const out = new ReplyBuffer(pool);
  out.resp = resp;
  return out;
}

/** Takes everything at once, and copies it as a socket would. */
class Collector implements OutputSink {
  text = "";
  write(bytes: Uint8Array): boolean {
    this.text += Buffer.from(bytes).toString("latin1");
    return true;
  }
}

function flushed(out: ReplyBuffer): string {
  const sink = new Collector();
  expect(out.flush(sink)).toBe(true);
  return sink.text;
}

function written(resp: RespVersion, write: (out: ReplyBuffer) => void): string {
  const out = bufferFor(resp, new OutputBlockPool());
  write(out);
  return flushed(out);
}

function readAll(text: string): Reply[] {
  const reader = new ReplyReader();
  const bytes = new Uint8Array(Buffer.from(text, "latin1"));
  const found: Reply[] = [];
  reader.begin(bytes, 0, bytes.length);
  while (reader.next() === REPLY_READY) found.push(reader.reply);
  expect(reader.error).toBe("");
  return found;
}

describe("every type, both protocols", () => {
  const utf8 = Buffer.from("é").toString("latin1");
  const cases: [string, (out: ReplyBuffer) => void, string, string][] = [
    ["ok", (out) => out.ok(), "+OK\r\n", "+OK\r\n"],
    ["queued", (out) => out.queued(), "+QUEUED\r\n", "+QUEUED\r\n"],
    ["pong", (out) => out.pong(), "+PONG\r\n", "+PONG\r\n"],
    ["simple", (out) => out.simple("PONG"), "+PONG\r\n", "+PONG\r\n"],
    ["simple over lines", (out) => out.simple("\na\r\nb\r\n"), "+a  b\r\n", "+a  b\r\n"],
    ["error", (out) => out.error("ERR no\n\n"), "-ERR no\r\n", "-ERR no\r\n"],
    ["error of bytes", (out) => out.error("ERR got '\xff'"), "-ERR got '\xff'\r\n", "-ERR got '\xff'\r\n"],
    ["error of text", (out) => out.error("ERR é→"), `-ERR ${utf8}\xe2\x86\x92\r\n`, `-ERR ${utf8}\xe2\x86\x92\r\n`],
    ["integer", (out) => out.integer(7), ":7\r\n", ":7\r\n"],
    ["integer 0", (out) => out.integer(0), ":0\r\n", ":0\r\n"],
    ["integer 10", (out) => out.integer(10), ":10\r\n", ":10\r\n"],
    ["integer 99", (out) => out.integer(99), ":99\r\n", ":99\r\n"],
    ["integer 100", (out) => out.integer(100), ":100\r\n", ":100\r\n"],
    ["integer -1", (out) => out.integer(-1), ":-1\r\n", ":-1\r\n"],
    ["integer -2^53+1", (out) => out.integer(-9007199254740991), ":-9007199254740991\r\n", ":-9007199254740991\r\n"],
    ["integer64", (out) => out.integer64(-2147483648, 0), ":-9223372036854775808\r\n", ":-9223372036854775808\r\n"],
    ["true", (out) => out.boolean(true), ":1\r\n", "#t\r\n"],
    ["false", (out) => out.boolean(false), ":0\r\n", "#f\r\n"],
    ["double", (out) => out.double(3.14), "$4\r\n3.14\r\n", ",3.14\r\n"],
    ["double, integer", (out) => out.double(10), "$2\r\n10\r\n", ",10\r\n"],
    ["double, negative integer", (out) => out.double(-1e15), "$17\r\n-1000000000000000\r\n", ",-1000000000000000\r\n"],
    ["double, -0", (out) => out.double(-0), "$2\r\n-0\r\n", ",-0\r\n"],
    ["double, -inf", (out) => out.double(Number.NEGATIVE_INFINITY), "$4\r\n-inf\r\n", ",-inf\r\n"],
    ["double, nan", (out) => out.double(Number.NaN), "$3\r\nnan\r\n", ",nan\r\n"],
    ["big number", (out) => out.bigNumber("123"), "$3\r\n123\r\n", "(123\r\n"],
    ["null", (out) => out.nullBulk(), "$-1\r\n", "_\r\n"],
    ["null array", (out) => out.nullArray(), "*-1\r\n", "_\r\n"],
    ["bulk", (out) => out.bulk(Buffer.from("xabcx"), 1, 3), "$3\r\nabc\r\n", "$3\r\nabc\r\n"],
    ["bulk, empty", (out) => out.bulk(new Uint8Array(0), 0, 0), "$0\r\n\r\n", "$0\r\n\r\n"],
    ["bulk text", (out) => out.bulkText("é"), `$2\r\n${utf8}\r\n`, `$2\r\n${utf8}\r\n`],
    ["bulk integer", (out) => out.bulkInteger(-42), "$3\r\n-42\r\n", "$3\r\n-42\r\n"],
    ["bulk integer, 9 digits", (out) => out.bulkInteger(123456789), "$9\r\n123456789\r\n", "$9\r\n123456789\r\n"],
    ["bulk integer, 10 digits", (out) => out.bulkInteger(1234567890), "$10\r\n1234567890\r\n", "$10\r\n1234567890\r\n"],
    ["verbatim", (out) => out.verbatim("txt", "é"), `$2\r\n${utf8}\r\n`, `=6\r\ntxt:${utf8}\r\n`],
    ["blob error", (out) => out.blobError("ERR a\r\nb"), "-ERR a  b\r\n", "!8\r\nERR a\r\nb\r\n"],
    ["array", (out) => out.arrayHeader(99), "*99\r\n", "*99\r\n"],
    ["array of many", (out) => out.arrayHeader(100), "*100\r\n", "*100\r\n"],
    ["map", (out) => out.mapHeader(6), "*12\r\n", "%6\r\n"],
    ["set", (out) => out.setHeader(2), "*2\r\n", "~2\r\n"],
    ["push", (out) => out.pushHeader(3), "*3\r\n", ">3\r\n"],
    ["raw", (out) => out.raw(Buffer.from("+QUEUED\r\n")), "+QUEUED\r\n", "+QUEUED\r\n"],
  ];
  test.each(cases)("%s", (_, write, resp2, resp3) => {
    expect(written(2, write)).toBe(resp2);
    expect(written(3, write)).toBe(resp3);
  });

  test("attributes are for RESP3 alone", () => {
    expect(written(3, (out) => out.attributeHeader(1))).toBe("|1\r\n");
    expect(() => written(2, (out) => out.attributeHeader(1))).toThrow("RESP3 only");
  });
});

describe("round trips through the reader", () => {
  const listOf = fc.array(replies, { minLength: 1, maxLength: 6 });

  test("RESP3, across the ends of tiny blocks, counts filled in late, long strings not copied", () => {
    const pool = tinyBlocks();
    fc.assert(
      fc.property(
        listOf,
        fc.infiniteStream(fc.boolean()),
        fc.integer({ min: 20, max: 400 }),
        (list, defers, foreignFrom) => {
          const out = bufferFor(3, pool);
          const lender = new Lender();
          for (const reply of list) {
            writeReply(out, reply, { foreignFrom, lender, defer: () => defers.next().value ?? false });
          }
          const text = flushed(out);
          expect(readAll(text)).toEqual(list);
          expect([lender.pinned, pool.lentBytes, out.totalBytes()]).toEqual([0, 0, 0]);
        },
      ),
      { seed: SEED, numRuns: 250 },
    );
  });

  test("RESP2 keeps what it can say", () => {
    fc.assert(
      fc.property(listOf, fc.infiniteStream(fc.boolean()), (given, defers) => {
        const list = given.map(withoutAttributes);
        const out = bufferFor(2);
        for (const reply of list) {
          writeReply(out, reply, {
            foreignFrom: 100,
            lender: new Lender(),
            defer: () => defers.next().value ?? false,
          });
        }
        expect(readAll(flushed(out))).toEqual(list.map(inResp2));
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  test("bulk strings of every length around the copying thresholds and block ends", () => {
    const source = new Uint8Array(700).map((_, i) => i * 7);
    const view = new DataView(source.buffer);
    const all = Buffer.from(source).toString("latin1");
    for (let length = 0; length < 700; length++) {
      const out = bufferFor(2);
      out.bulk(source, 0, length);
      out.bulkWords(source, view, 700 - length, length);
      const header = `$${length}\r\n`;
      expect(flushed(out)).toBe(`${header}${all.slice(0, length)}\r\n${header}${all.slice(700 - length)}\r\n`);
    }
  });
});

describe("marks and rewinding", () => {
  test("whatever came after the mark is gone, pins and blocks too", () => {
    const listOf = fc.array(replies, { maxLength: 5 });
    const pool = tinyBlocks();
    fc.assert(
      fc.property(listOf, listOf, listOf, fc.infiniteStream(fc.boolean()), (before, dropped, after, defers) => {
        const write = (out: ReplyBuffer, list: Reply[], lender: Lender) => {
          const options = { foreignFrom: 60, lender, defer: () => defers.next().value ?? false };
          for (const reply of list) writeReply(out, reply, options);
        };
        const out = bufferFor(3, pool);
        const kept = new Lender();
        const gone = new Lender();
        write(out, before, kept);
        const mark = out.mark();
        const size = out.queuedBytes;
        write(out, dropped, gone);
        // Fails in the middle of an aggregate.
        out.deferHeader();
        out.bulkText("half of a reply");
        out.rewindTo(mark);
        expect([gone.pinned, out.queuedBytes, out.mark()]).toEqual([0, size, mark]);
        write(out, after, kept);
        expect(readAll(flushed(out))).toEqual([...before, ...after]);
        expect([kept.pinned, pool.lentBytes]).toEqual([0, 0]);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  test("marks keep their meaning over a flush", () => {
    const out = bufferFor(2);
    out.ok();
    flushed(out);
    const mark = out.mark();
    out.simple("dropped");
    out.rewindTo(mark);
    out.integer(1);
    expect(flushed(out)).toBe(":1\r\n");
  });
});

describe("headers filled in late", () => {
  test("far behind, many blocks later, and within each other", () => {
    const out = bufferFor(3);
    out.ok();
    out.deferHeader();
    for (let i = 0; i < 1000; i++) {
      out.deferHeader();
      out.integer(i);
      out.bulkText("x".repeat(i % 100));
      if (i % 3 === 0) out.fillArrayHeader(2);
      else out.fillMapHeader(1);
    }
    out.fillSetHeader(1000);
    const [first, second, ...rest] = readAll(flushed(out));
    expect(first).toEqual({ kind: "simple", text: "OK" });
    expect(second.kind === "set" && second.items.length).toBe(1000);
    expect(rest).toEqual([]);
  });

  test("a reply that is not complete is not sent", () => {
    const out = bufferFor(2);
    out.deferHeader();
    expect(() => out.flush(new Collector())).toThrow("complete before it is sent");
  });
});

/** A socket that cannot always send: it keeps what it says false of, and checks that this stays as it was. */
class SlowSink implements OutputSink {
  text = "";
  private readonly takes: () => boolean;
  private kept: { bytes: Uint8Array; copy: string } | null = null;

  constructor(takes: () => boolean) {
    this.takes = takes;
  }

  write(bytes: Uint8Array): boolean {
    expect(this.kept).toBeNull();
    const copy = Buffer.from(bytes).toString("latin1");
    if (this.takes()) {
      this.text += copy;
      return true;
    }
    this.kept = { bytes, copy };
    return false;
  }

  drain(): void {
    if (this.kept === null) return;
    expect(Buffer.from(this.kept.bytes).toString("latin1")).toBe(this.kept.copy);
    this.text += this.kept.copy;
    this.kept = null;
  }
}

describe("sending", () => {
  test("order and bytes hold when the sink keeps some of them", () => {
    const pool = tinyBlocks();
    const steps = fc.array(fc.tuple(replies, fc.nat(3)), { maxLength: 30 });
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.boolean()), (list, choices) => {
        const out = bufferFor(3, pool);
        const lender = new Lender();
        const sink = new SlowSink(() => choices.next().value ?? true);
        const other = bufferFor(3, pool);
        for (const [reply, step] of list) {
          writeReply(out, reply, { foreignFrom: 50, lender, defer: () => false });
          // Another connection takes blocks of the same pool: it must not get one that a sink still reads.
          other.bulkText("other ".repeat(30));
          if (step === 0) other.flush({ write: () => true });
          if (step === 1) out.flush(sink);
          if (step === 2 && out.isBlocked) {
            sink.drain();
            out.drained();
          }
        }
        while (!out.flush(sink)) {
          expect(out.totalBytes()).toBeGreaterThan(0);
          sink.drain();
          out.drained();
        }
        expect(readAll(sink.text)).toEqual(list.map(([reply]) => reply));
        other.discard();
        expect([lender.pinned, pool.lentBytes, out.totalBytes()]).toEqual([0, 0, 0]);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  test("a connection that goes gives everything back, once", () => {
    const pool = tinyBlocks();
    const lender = new Lender();
    const out = bufferFor(2, pool);
    for (let i = 0; i < 10; i++) {
      out.bulkForeign(new Uint8Array(100), lender.lend());
      out.bulkText("x".repeat(i * 30));
    }
    expect(out.flush({ write: () => false })).toBe(false);
    expect(out.flush({ write: () => true })).toBe(false);
    out.deferHeader();
    out.discard();
    expect([lender.pinned, pool.lentBytes, out.totalBytes(), out.queuedBytes]).toEqual([0, 0, 0, 0]);
    out.discard();
    expect(pool.lentBytes).toBe(0);
    out.ok();
    expect(flushed(out)).toBe("+OK\r\n");
  });

  test("small replies use one small block, lent for as long as they wait", () => {
    const pool = new OutputBlockPool();
    const out = bufferFor(2, pool);
    expect(pool.lentBytes).toBe(0);
    out.ok();
    out.ok();
    expect([pool.lentBytes, out.queuedBytes]).toEqual([pool.smallestBytes, 10]);
    flushed(out);
    expect([pool.lentBytes, pool.pooledBytes]).toEqual([0, pool.smallestBytes]);
    const mark = out.mark();
    out.ok();
    out.rewindTo(mark);
    const writes: number[] = [];
    expect(out.flush({ write: (bytes) => writes.push(bytes.length) > 0 })).toBe(true);
    expect([writes, pool.lentBytes]).toEqual([[], 0]);
  });

  test("a block whose last bytes stand before foreign ones is not reused until they are sent", () => {
    const pool = tinyBlocks();
    const out = bufferFor(2, pool);
    out.raw(Buffer.alloc(60, "a"));
    out.appendForeign(Buffer.from("<foreign>"), null);
    out.raw(Buffer.alloc(100, "b"));
    out.appendForeign(Buffer.from("<foreign>"), null);
    out.ensure(64);
    const other = bufferFor(2, pool);
    other.raw(Buffer.alloc(1000, "x"));
    expect(flushed(out)).toBe(`${"a".repeat(60)}<foreign>${"b".repeat(100)}<foreign>`);
    other.discard();
    expect(pool.lentBytes).toBe(0);
  });

  test("more than a block still goes out in one write, up to the largest size", () => {
    const pool = new OutputBlockPool();
    const out = bufferFor(2, pool);
    for (let i = 0; i < 1000; i++) out.bulkText("0123456789");
    let writes = 0;
    out.flush({ write: () => ++writes > 0 });
    expect(writes).toBe(1);
    expect([pool.lentBytes, pool.pooledBytes]).toEqual([0, (4 + 16 + 64) * 1024]);
  });

  test("a reply that is known to be long moves over once, and fills the largest block to its end", () => {
    const pool = new OutputBlockPool();
    const out = bufferFor(2, pool);
    out.raw(Buffer.alloc(10_000, "a"));
    expect(pool.lentBytes).toBe(16 * 1024);
    out.raw(Buffer.alloc(100_000, "b"));
    const writes: number[] = [];
    out.flush({ write: (bytes) => writes.push(bytes.length) > 0 });
    expect(writes).toEqual([65_536, 44_464]);
  });

  test("the pool keeps a bounded number of blocks", () => {
    const pool = tinyBlocks();
    const buffers = Array.from({ length: 10 }, () => bufferFor(2, pool));
    for (const out of buffers) out.ok();
    expect(pool.lentBytes).toBe(640);
    for (const out of buffers) out.discard();
    expect([pool.lentBytes, pool.pooledBytes]).toEqual([0, 320]);
    pool.trim();
    expect(pool.pooledBytes).toBe(0);
  });

  test("the pool holds what turns need, and lets go of half of what none has needed, again and again", () => {
    const pool = new OutputBlockPool();
    const serve = (clients: number) => {
      const lent = Array.from({ length: clients }, () => pool.take(5000));
      for (const block of lent) pool.give(block);
    };
    const blocks = () => pool.pooledBytes / (16 * 1024);
    serve(200);
    for (let i = 0; i < 3; i++) {
      pool.shrink();
      serve(200);
      serve(10);
    }
    expect(blocks()).toBe(200);
    pool.shrink();
    serve(40);
    pool.shrink();
    expect(blocks()).toBe(120);
    const counts = Array.from({ length: 8 }, () => {
      pool.shrink();
      return blocks();
    });
    expect(counts).toEqual([60, 30, 15, 7, 3, 2, 2, 2]);
  });
});
