import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Arena, Handle } from "../../src/memory/arena.ts";
import { SLAB_BYTES_MAX } from "../../src/memory/size-classes.ts";
import { Span } from "../../src/structures/entry.ts";
import {
  ELEMENT_OVERHEAD_BYTES_MAX,
  encodedSize,
  LISTPACK_EMPTY_BYTES,
  ListItem,
  Listpack,
  validateListpack,
} from "../../src/structures/listpack.ts";
import {
  bigintOf,
  bytesOf,
  elementText,
  highOf,
  INTEGER_BOUNDS,
  int64,
  LENGTH_BOUNDS,
  lowOf,
  NOT_INTEGERS,
  newArena,
  textOf,
} from "./packed-elements.ts";

/** A listpack with tests' manners: elements are text. */
class TextListpack {
  readonly arena: Arena;
  readonly pack: Listpack;
  readonly item = new ListItem();
  readonly #span = new Span();

  constructor(texts: readonly string[] = [], arena: Arena = newArena()) {
    this.arena = arena;
    this.pack = new Listpack(arena);
    this.pack.create();
    for (const text of texts) this.append(text);
  }

  append(text: string): number {
    // Not at the start of its array, so that a forgotten offset shows.
    return this.pack.append(bytesOf(`##${text}#`), 2, text.length);
  }

  text(position: number): string {
    this.pack.read(position, this.item);
    return textOf(this.item.bytes, this.item.start, this.item.length);
  }

  texts(): string[] {
    const texts: string[] = [];
    for (let at = this.pack.first(); at !== -1; at = this.pack.next(at)) texts.push(this.text(at));
    return texts;
  }

  textsBackwards(): string[] {
    const texts: string[] = [];
    for (let at = this.pack.last(); at !== -1; at = this.pack.previous(at)) texts.push(this.text(at));
    return texts;
  }

  find(text: string, skip: number, from = this.pack.first()): number {
    return this.pack.find(from, bytesOf(`#${text}`), 1, text.length, skip);
  }

  bytes(): Uint8Array {
    this.pack.whole(this.#span);
    return this.#span.bytes.slice(this.#span.start, this.#span.start + this.#span.length);
  }

  /** Everything that must hold at any time. */
  check(expected: readonly string[]): void {
    expect(this.texts()).toEqual(expected);
    expect(this.textsBackwards()).toEqual(expected.toReversed());
    expect(this.pack.count).toBe(expected.length);
    const bytes = this.bytes();
    expect(validateListpack(bytes, 0, bytes.length, true)).toBe(true);
    const elements = expected.reduce((sum, text) => sum + encodedSize(bytesOf(text), 0, text.length), 0);
    expect(bytes.length).toBe(LISTPACK_EMPTY_BYTES + elements);
    expect(this.pack.sizeBytes).toBe(bytes.length);
    expect(this.arena.check()).toBe(this.arena.usedBytes);
  }
}

/** One element's encoding and back-length, in hexadecimal. */
function encodingOf(text: string): string {
  const list = new TextListpack([text]);
  return Buffer.from(list.bytes().subarray(6, -1)).toString("hex");
}

describe("a listpack's bytes", () => {
  test("an empty one is a header and an end", () => {
    expect(Buffer.from(new TextListpack().bytes()).toString("hex")).toBe("070000000000ff");
  });

  test("several elements stand one behind the other", () => {
    const list = new TextListpack(["hello", "42", ""]);
    expect(Buffer.from(list.bytes()).toString("hex")).toBe(`12000000${"0300"}8568656c6c6f06${"2a01"}${"8001"}ff`);
  });

  test.each([
    ["0", "0001"],
    ["127", "7f01"],
    ["128", "c08002"],
    ["-1", "dfff02"],
    ["-4096", "d00002"],
    ["4095", "cfff02"],
    ["4096", "f1001003"],
    ["-4097", "f1ffef03"],
    ["-32768", "f1008003"],
    ["32767", "f1ff7f03"],
    ["32768", "f200800004"],
    ["-8388608", "f200008004"],
    ["8388607", "f2ffff7f04"],
    ["8388608", "f30000800005"],
    ["-2147483648", "f30000008005"],
    ["2147483647", "f3ffffff7f05"],
    ["2147483648", "f4000000800000000009"],
    ["-2147483649", "f4ffffff7fffffffff09"],
    ["9223372036854775807", "f4ffffffffffffff7f09"],
    ["-9223372036854775808", "f4000000000000008009"],
  ])("integer %s", (text, hex) => {
    expect(encodingOf(text)).toBe(hex);
  });

  test.each([...NOT_INTEGERS])("%j stays a string", (text) => {
    const list = new TextListpack([text]);
    expect(list.pack.isIntegerAt(list.pack.first())).toBe(false);
    list.check([text]);
  });

  test.each([
    [0, "80", "01"],
    [63, "bf", "40"],
    [64, "e040", "42"],
    [125, "e07d", "7f"],
    [126, "e07e", "0180"],
    [4095, "efff", "2081"],
    [4096, "f000100000", "2085"],
    [16377, "f0f93f0000", "7ffe"],
    // One byte more than fourteen bits would need.
    [16378, "f0fa3f0000", "00ffff"],
    [2_097_145, "f0f9ff1f00", "7ffffe"],
    [2_097_146, "f0faff1f00", "00ffffff"],
  ])("a string of %i bytes", (length, lead, backLength) => {
    const hex = encodingOf("x".repeat(length));
    expect(hex.slice(0, lead.length)).toBe(lead);
    expect(hex.slice(lead.length + length * 2)).toBe(backLength);
    expect(encodedSize(new Uint8Array(length).fill(0x78), 0, length)).toBe(hex.length / 2);
    expect(hex.length / 2).toBeLessThanOrEqual(length + ELEMENT_OVERHEAD_BYTES_MAX);
  });

  test("every integer bound reads back, as text, as words and as a double", () => {
    for (const value of INTEGER_BOUNDS) {
      const list = new TextListpack([String(value)]);
      const first = list.pack.first();
      expect(list.pack.isIntegerAt(first)).toBe(true);
      expect(list.text(first)).toBe(String(value));
      expect(bigintOf(list.item.high, list.item.low)).toBe(value);
      expect(list.pack.doubleAt(first)).toBe(Number(value));
      const other = new TextListpack();
      other.pack.appendInt64(highOf(value), lowOf(value));
      expect(other.bytes()).toEqual(list.bytes());
    }
  });

  test("safe integers are appended as numbers", () => {
    const values = [0, 5, -5, 300, -70000, 2 ** 31, -(2 ** 31) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const list = new TextListpack();
    for (const value of values) list.pack.appendInteger(value);
    list.check(values.map(String));
  });

  test("scores are read as doubles", () => {
    const list = new TextListpack(["1.5", "inf", "-3", "abc", "9007199254740993"]);
    const doubles = Array.from({ length: 5 }, (_, index) => list.pack.doubleAt(list.pack.seek(index)));
    expect(doubles).toEqual([1.5, Number.POSITIVE_INFINITY, -3, Number.NaN, 9007199254740992]);
  });
});

describe("edits, against an array", () => {
  const edit = fc.record({
    kind: fc.constantFrom(
      ...["append", "append", "prepend", "before", "after", "replace", "replace", "remove", "clear", "tail", "move"],
      ...["int before", "int after", "int replace"],
    ),
    text: elementText,
    integer: int64,
    where: fc.nat(),
    count: fc.integer({ min: 1, max: 3 }),
  });
  type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

  function insertInteger(pack: Listpack, kind: string, position: number, value: bigint): number {
    const [high, low] = [highOf(value), lowOf(value)];
    if (kind === "int before") return pack.insertInt64Before(position, high, low);
    if (kind === "int after") return pack.insertInt64After(position, high, low);
    return pack.replaceInt64(position, high, low);
  }

  /** Edits that need no element. */
  function applyAnywhere(list: TextListpack, twin: string[], { kind, text }: Edit): void {
    const bytes = bytesOf(text);
    if (kind === "append") {
      list.pack.append(bytes, 0, bytes.length);
      twin.push(text);
    } else if (kind === "prepend") {
      expect(list.pack.prepend(bytes, 0, bytes.length)).toBe(list.pack.first());
      twin.unshift(text);
    } else if (kind === "clear" && twin.length > 12) {
      list.pack.clear();
      twin.length = 0;
    }
  }

  function applyAt(list: TextListpack, twin: string[], { kind, text, integer, count, where }: Edit): void {
    const { pack } = list;
    const index = where % twin.length;
    const position = pack.seek(where % 2 === 0 ? index : index - twin.length);
    const bytes = bytesOf(text);
    if (kind === "before") {
      expect(list.text(pack.insertBefore(position, bytes, 0, bytes.length))).toBe(text);
      twin.splice(index, 0, text);
    } else if (kind === "after") {
      expect(list.text(pack.insertAfter(position, bytes, 0, bytes.length))).toBe(text);
      twin.splice(index + 1, 0, text);
    } else if (kind === "replace") {
      expect(list.text(pack.replace(position, bytes, 0, bytes.length))).toBe(text);
      twin[index] = text;
    } else if (kind.startsWith("int")) {
      expect(list.text(insertInteger(pack, kind, position, integer))).toBe(String(integer));
      twin.splice(kind === "int after" ? index + 1 : index, kind === "int replace" ? 1 : 0, String(integer));
    } else if (kind === "remove") {
      const following = pack.remove(position, count);
      twin.splice(index, count);
      expect(following === -1 ? undefined : list.text(following)).toBe(twin[index]);
    } else if (kind === "tail") {
      const tail = new TextListpack([], list.arena);
      pack.moveTail(position, tail.pack);
      tail.check(twin.slice(index));
      list.check(twin.slice(0, index));
      pack.appendAll(tail.pack);
      tail.pack.free();
    } else if (kind === "move") {
      const other = new TextListpack(["between"], list.arena);
      other.pack.appendItemFrom(pack, position);
      other.pack.prependItemFrom(pack, pack.first());
      other.check([twin[0], "between", twin[index]]);
      other.pack.free();
    }
  }

  test("any sequence of them", () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 60 }), (edits) => {
        const list = new TextListpack();
        const twin: string[] = [];
        for (const one of edits) {
          if (["append", "prepend", "clear"].includes(one.kind)) applyAnywhere(list, twin, one);
          else if (twin.length > 0) applyAt(list, twin, one);
          list.check(twin);
        }
        list.pack.free();
        expect(list.arena.usedBytes).toBe(0);
      }),
      { numRuns: 60, seed: 4 },
    );
  });

  test("finding and comparing, with elements skipped", () => {
    fc.assert(
      fc.property(
        fc.array(elementText, { maxLength: 20 }),
        elementText,
        fc.nat(2),
        fc.nat(5),
        (texts, other, skip, at) => {
          const list = new TextListpack(texts);
          const start = Math.min(at, Math.max(0, texts.length - 1));
          for (const sought of [...texts, other]) {
            let expected = -1;
            for (let i = start; i < texts.length && expected < 0; i += skip + 1) if (texts[i] === sought) expected = i;
            const found = list.find(sought, skip, list.pack.seek(start));
            expect(found).toBe(expected < 0 ? -1 : list.pack.seek(expected));
            for (let i = 0; i < texts.length; i++) {
              const bytes = bytesOf(`#${sought}#`);
              expect(list.pack.equals(list.pack.seek(i), bytes, 1, sought.length)).toBe(texts[i] === sought);
            }
          }
        },
      ),
      { numRuns: 60, seed: 5 },
    );
  });

  test("seeking beyond either end finds nothing", () => {
    const list = new TextListpack(["a", "b", "c"]);
    expect([3, 4, -4, -5].map((index) => list.pack.seek(index))).toEqual([-1, -1, -1, -1]);
    expect(new TextListpack().pack.seek(0)).toBe(-1);
    expect(new TextListpack().pack.seek(-1)).toBe(-1);
  });

  test("a copy and a loaded one have the same bytes", () => {
    for (const length of LENGTH_BOUNDS) {
      const list = new TextListpack(["a", "x".repeat(length), "-77"]);
      const bytes = list.bytes();
      const copy = new TextListpack([], list.arena);
      copy.pack.free();
      copy.pack.attach(list.pack.duplicate());
      list.append("more");
      copy.check(["a", "x".repeat(length), "-77"]);
      const loaded = new TextListpack([], list.arena);
      loaded.pack.free();
      const foreign = new Uint8Array(bytes.length + 7);
      foreign.set(bytes, 3);
      loaded.pack.load(foreign, 3, bytes.length);
      expect(loaded.bytes()).toEqual(copy.bytes());
    }
  });
});

describe("elements that another encoder wrote", () => {
  /** A listpack around given elements. */
  function around(hex: string, count: number): TextListpack {
    const elements = Buffer.from(hex, "hex");
    const bytes = new Uint8Array(elements.length + 7);
    new DataView(bytes.buffer).setUint32(0, bytes.length, true);
    new DataView(bytes.buffer).setUint16(4, count, true);
    bytes.set(elements, 6);
    bytes[bytes.length - 1] = 0xff;
    expect(validateListpack(bytes, 0, bytes.length, true)).toBe(true);
    const list = new TextListpack();
    list.pack.load(bytes, 0, bytes.length);
    return list;
  }

  test("integers in wider encodings than needed, and as strings, are found", () => {
    const list = around(["f1050003", "f206000004", "813702", "e0013803"].join(""), 4);
    expect(list.texts()).toEqual(["5", "6", "7", "8"]);
    for (const [index, text] of ["5", "6", "7", "8"].entries()) {
      expect(list.find(text, 0)).toBe(list.pack.seek(index));
      expect(list.pack.equals(list.pack.seek(index), bytesOf(text), 0, 1)).toBe(true);
    }
  });
});

describe("the count", () => {
  test("is exact also where the header cannot say it, and returns to the header", () => {
    const list = new TextListpack();
    const one = bytesOf("7");
    for (let i = 0; i < 65_534; i++) list.pack.append(one, 0, 1);
    expect(list.bytes().subarray(4, 6)).toEqual(Uint8Array.of(0xfe, 0xff));
    list.pack.append(one, 0, 1);
    list.pack.append(one, 0, 1);
    expect(list.bytes().subarray(4, 6)).toEqual(Uint8Array.of(0xff, 0xff));
    expect(list.pack.count).toBe(65_536);
    expect(list.pack.seek(65_535)).toBe(list.pack.last());
    expect(list.pack.seek(65_536)).toBe(-1);
    expect(list.pack.seek(-65_536)).toBe(list.pack.first());
    list.pack.remove(list.pack.first(), 10);
    expect(list.pack.count).toBe(65_526);
    expect(list.bytes().subarray(4, 6)).toEqual(Uint8Array.of(0xf6, 0xff));
    const other = new TextListpack(
      Array.from({ length: 100 }, () => "1"),
      list.arena,
    );
    list.pack.appendAll(other.pack);
    expect(list.pack.count).toBe(65_626);
    list.pack.moveTail(list.pack.seek(3), other.pack);
    expect(other.pack.count).toBe(65_723);
    expect(list.pack.count).toBe(3);
  });
});

describe("the block", () => {
  function grow(list: TextListpack, bytes: number): number {
    const element = new Uint8Array(1000).fill(0x61);
    let moves = 0;
    while (list.pack.sizeBytes < bytes) {
      const before = list.pack.handle;
      list.pack.append(element, 0, element.length);
      if (list.pack.handle !== before) moves++;
    }
    return moves;
  }

  test("moves seldom while it grows, and is trimmed on demand", () => {
    const list = new TextListpack();
    expect(grow(list, SLAB_BYTES_MAX)).toBeLessThan(30);
    expect(grow(list, 4 << 20)).toBeLessThan(30);
    expect(list.pack.handle).toBeLessThan(0);
    const texts = list.texts();
    list.pack.trim();
    expect(list.arena.usedBytes - list.pack.sizeBytes).toBeLessThan(1000);
    list.check(texts);
  });

  test("shrinks with what it holds", () => {
    const list = new TextListpack();
    grow(list, 200_000);
    while (list.pack.count > 1) list.pack.remove(list.pack.first());
    expect(list.pack.handle).toBeGreaterThan(0);
    expect(list.arena.usedBytes).toBeLessThan(2500);
    list.pack.clear();
    list.check([]);
    expect(list.arena.usedBytes).toBeLessThan(65);
  });

  test("keeps the room it was made with while it is filled", () => {
    const list = new TextListpack();
    list.pack.free();
    const handle: Handle = list.pack.create(5000);
    for (let i = 0; i < 500; i++) list.append(`e${i}`);
    expect(list.pack.handle).toBe(handle);
  });

  test("is left to the replies that point into it", () => {
    const list = new TextListpack();
    grow(list, 100_000);
    const before = list.bytes();
    const texts = list.texts();
    const pinned = list.pack.handle;
    const view = list.arena.largeBytes(pinned);
    list.arena.pin(pinned);
    list.pack.replace(list.pack.first(), bytesOf("y"), 0, 1);
    expect(list.pack.handle).not.toBe(pinned);
    expect(Buffer.compare(view.subarray(0, before.length), before)).toBe(0);
    list.arena.unpin(pinned);
    list.check(["y", ...texts.slice(1)]);
  });
});
