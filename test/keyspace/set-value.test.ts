/** Sets of all three kinds through all changes, beside plain sets. */
import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { Int64, parseInt64 } from "../../src/base/text.ts";
import { SetValue } from "../../src/keyspace/set-value.ts";
import { EXPIRY_KEEP, EXPIRY_NONE } from "../../src/keyspace/write-handle.ts";
import type { Handle } from "../../src/memory/arena.ts";
import {
  ENCODING_INTSET,
  ENCODING_LISTPACK,
  ENCODING_TABLE,
  encodingOf,
  outsideHandle,
} from "../../src/structures/entry.ts";
import { CollectionModel, expectUniform, scanned } from "./collection-model.ts";
import { bytesOf, textOf } from "./texts.ts";

type Members = Set<string>;

class SetModel extends CollectionModel<Members> {
  /** A lens of its own: snapshots read while others are attached. */
  readonly #reader: SetValue;

  constructor(seed: number, integersMax: number, packedMax: number, valueMax: number) {
    super(seed);
    const { arena, hash, collectionLimits } = this.keyspace;
    collectionLimits.setMaxIntsetEntries = integersMax;
    collectionLimits.setMaxListpackEntries = packedMax;
    collectionLimits.setMaxListpackValue = valueMax;
    this.#reader = new SetValue(arena, hash, collectionLimits);
  }

  add(key: string, members: readonly string[]): void {
    const { sets } = this.keyspace.structures;
    const plain = this.plain.get(key) ?? new Set<string>();
    const added = this.change(key, (handle) => {
      sets.beginAdd(handle, members.length, isInteger(members[0]));
      const count = members.filter((member) => sets.add(bytesOf(member), 0, member.length)).length;
      sets.endEdit();
      return count;
    });
    const before = plain.size;
    for (const member of members) plain.add(member);
    this.plain.set(key, plain);
    expect(added).toBe(plain.size - before);
  }

  remove(key: string, members: readonly string[]): void {
    const { sets } = this.keyspace.structures;
    const plain = this.plain.get(key);
    if (plain === undefined) return;
    const removed = this.change(key, (handle) => {
      sets.beginRemove(handle);
      const count = members.filter((member) => sets.remove(bytesOf(member), 0, member.length)).length;
      sets.endEdit();
      return count;
    });
    expect(removed).toBe(members.filter((member) => plain.delete(member)).length);
    if (plain.size === 0) this.plain.delete(key);
  }

  /** Takes a random member. */
  pop(key: string, random: Prng): void {
    const { sets } = this.keyspace.structures;
    const plain = this.plain.get(key);
    if (plain === undefined) return;
    const taken = this.change(key, (handle) => {
      sets.beginRemove(handle);
      const reference = sets.random(random);
      sets.show(reference);
      const text = textOf(sets.member);
      sets.removeAt(reference);
      sets.endEdit();
      return text;
    });
    expect(plain.delete(taken)).toBe(true);
    if (plain.size === 0) this.plain.delete(key);
  }

  /** Stores what an operation makes of other keys, as the commands do. */
  store(key: string, operation: "intersection" | "union" | "difference", from: readonly string[]): void {
    const { setAlgebra } = this.keyspace.structures;
    const { sources, result } = setAlgebra;
    sources.clear();
    for (const name of from) sources.push(this.peek(name));
    const sets = from.map((name) => this.plain.get(name) ?? new Set<string>());
    const isIn = (member: string) => (set: Members) => set.has(member);
    const [first, ...others] = sets;
    const plain =
      operation === "union"
        ? new Set(sets.flatMap((set) => [...set]))
        : new Set(
            [...first].filter((m) => (operation === "difference" ? !others.some(isIn(m)) : others.every(isIn(m)))),
          );
    const isNothing = operation === "intersection" ? setAlgebra.isAnyAbsent : setAlgebra.isDifferenceEmpty;
    if (operation !== "union" && isNothing) {
      expect(plain.size).toBe(0);
      return;
    }
    const count = this.change(key, (handle) => {
      if (operation === "intersection") setAlgebra.orderBySize();
      const encoding = operation === "intersection" ? setAlgebra.intersectionEncoding : ENCODING_INTSET;
      result.beginBuild(handle, encoding);
      if (operation === "intersection") setAlgebra.storeIntersection();
      else if (operation === "union") setAlgebra.storeUnion();
      else setAlgebra.storeDifference();
      return result.endBuild(EXPIRY_KEEP);
    });
    expect(count).toBe(plain.size);
    if (count > 0) this.plain.set(key, plain);
  }

  protected clone(value: Members): Members {
    return new Set(value);
  }

  protected expectSame(entry: Handle, plain: Members): void {
    const set = this.#reader.open(entry);
    expect(set.count).toBe(plain.size);
    const walked: string[] = [];
    while (set.next()) walked.push(textOf(set.member));
    expect(walked.sort()).toEqual([...plain].sort());
    for (const member of plain) expect(set.has(bytesOf(member), 0, member.length)).toBe(true);
    expect(set.has(bytesOf("not there"), 0, 9)).toBe(false);
  }

  protected countOutside(entry: Handle): number {
    const { arena } = this.keyspace;
    const handle = outsideHandle(arena, entry);
    if (encodingOf(arena, entry) !== ENCODING_TABLE) return arena.sizeOf(handle);
    return this.countMembers(handle);
  }
}

function isInteger(text: string): boolean {
  return parseInt64(bytesOf(text), 0, text.length, new Int64());
}

const LENGTHS = [0, 1, 5, 10, 20, 21, 64, 65, 255, 1000, 8000];

function step(model: SetModel, random: Prng, choices: number): void {
  const key = (): string => `key${random.below(5)}`;
  const words = random.below(3) === 0;
  const member = (): string => {
    if (!words) return String((random.below(choices) - choices / 2) * 1000);
    const text = `m${random.below(choices)}`;
    return random.below(4) === 0 ? text.padEnd(LENGTHS[random.below(LENGTHS.length)], "x") : text;
  };
  const several = <T>(make: () => T): T[] => Array.from({ length: 1 + random.below(8) }, make);
  const kind = random.below(100);
  if (kind < 45) model.add(key(), random.below(2) === 0 ? [member()] : several(member));
  else if (kind < 70) model.remove(key(), random.below(2) === 0 ? [member()] : several(member));
  else if (kind < 78) model.pop(key(), random);
  else if (kind < 87) model.store(key(), (["intersection", "union", "difference"] as const)[kind % 3], several(key));
  else if (kind < 90) model.delete(key());
  else if (kind < 93) model.transfer(key(), key(), random.below(2) === 0);
  else if (kind < 95) model.expire(key(), random.below(2) === 0 ? EXPIRY_NONE : 4e12);
  else if (kind < 97) model.startSnapshot();
  else model.stepSnapshot(20);
}

describe("sets in the keyspace", () => {
  test.each([
    [1, 512, 128, 64, 30],
    [2, 6, 10, 20, 30],
    [3, 10, 6, 10_000, 40],
    [4, 0, 0, 0, 60],
    [5, 40, 40, 64, 400],
  ])(
    "equal plain sets after any work, and leave nothing behind (seed %i)",
    (seed, integers, packed, value, choices) => {
      const model = new SetModel(seed, integers, packed, value);
      const random = new Prng(seed, 2);
      model.play(1500, 100, () => step(model, random, choices));
    },
  );

  test("a set of many members is counted out at once and freed in slices", () => {
    const model = new SetModel(6, 512, 128, 64);
    for (let from = 0; from < 10_000; from += 100) {
      model.add(
        "s",
        Array.from({ length: 100 }, (_, index) => `member:${from + index}`),
      );
    }
    model.checkFreedInSlices("s", 10);
  });
});

describe("encodings", () => {
  const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, index) => `${from + index}`);
  const words = (count: number): string[] => Array.from({ length: count }, (_, index) => `w${index}`);
  const NAMES = { [ENCODING_INTSET]: "intset", [ENCODING_LISTPACK]: "listpack", [ENCODING_TABLE]: "hashtable" };

  /** The encoding after each call that adds to one set. Limits: 10 in an intset, 5 in a listpack, of 8 bytes each. */
  function encodings(...calls: readonly string[][]): string[] {
    const model = new SetModel(7, 10, 5, 8);
    return calls.map((members) => {
      model.add("s", members);
      return NAMES[encodingOf(model.keyspace.arena, model.peek("s")) as keyof typeof NAMES];
    });
  }

  test("an intset becomes a table with one integer too many", () => {
    expect(encodings(numbers(10), ["3"], ["10"])).toEqual(["intset", "intset", "hashtable"]);
    expect(encodings(numbers(9), ["9", "9"], ["10", "11"])).toEqual(["intset", "intset", "hashtable"]);
  });

  test("an intset becomes a listpack with a text, if that may be one", () => {
    expect(encodings(numbers(4), ["x"], ["y"])).toEqual(["intset", "listpack", "hashtable"]);
    expect(encodings(numbers(5), ["x"])).toEqual(["intset", "hashtable"]);
    expect(encodings(numbers(4), ["x".repeat(8)])).toEqual(["intset", "listpack"]);
    expect(encodings(numbers(4), ["x".repeat(9)])).toEqual(["intset", "hashtable"]);
    // As texts its members are too long, the greatest or the least.
    expect(encodings(["99999999"], ["x"])).toEqual(["intset", "listpack"]);
    expect(encodings(["1", "999999999"], ["x"])).toEqual(["intset", "hashtable"]);
    expect(encodings(["1", "-99999999"], ["x"])).toEqual(["intset", "hashtable"]);
  });

  test("a listpack becomes a table with one member too many, or too long", () => {
    expect(encodings(words(5), ["w1"], ["1"])).toEqual(["listpack", "listpack", "hashtable"]);
    expect(encodings(words(2), ["x".repeat(8)], ["x".repeat(9)])).toEqual(["listpack", "listpack", "hashtable"]);
    expect(encodings(["x".repeat(9)])).toEqual(["hashtable"]);
  });

  test("the number of arguments counts, different or not", () => {
    expect(encodings(["w", "w", "w", "w", "w", "w"])).toEqual(["hashtable"]);
    expect(encodings(["w"], ["w", "w", "w", "w", "w", "w"])).toEqual(["listpack", "hashtable"]);
    expect(encodings(Array(11).fill("1"))).toEqual(["hashtable"]);
    expect(encodings(["1"], Array(11).fill("1"))).toEqual(["intset", "hashtable"]);
    expect(encodings(["1", ...words(5)])).toEqual(["hashtable"]);
    expect(encodings([...words(1), ...numbers(4)])).toEqual(["listpack"]);
  });

  test("an intersection of integers is an intset again, and one of a table may be a listpack", () => {
    const model = new SetModel(8, 10, 5, 8);
    const nameOf = (key: string): string =>
      NAMES[encodingOf(model.keyspace.arena, model.peek(key)) as keyof typeof NAMES];
    model.add("t", [...numbers(10), ...words(10)]);
    model.add("n", [...numbers(3), "z"]);
    model.add("w", words(3));
    model.store("d", "intersection", ["t", "n"]);
    expect([nameOf("t"), nameOf("n"), nameOf("d")]).toEqual(["hashtable", "listpack", "intset"]);
    model.store("d", "intersection", ["t", "w"]);
    expect(nameOf("d")).toBe("listpack");
    model.store("d", "union", ["n"]);
    expect(nameOf("d")).toBe("listpack");
    model.store("d", "union", ["n", "w"]);
    expect(nameOf("d")).toBe("hashtable");
    model.checkAll();
  });
});

describe("walks and draws", () => {
  function filled(kind: string, count: number): SetValue {
    const model = new SetModel(9, 5000, 128, 64);
    for (let index = 0; index < count; index++) model.add("s", [kind === "integers" ? `${index}` : `m${index}`]);
    return model.keyspace.structures.sets.open(model.peek("s"));
  }

  function memberAt(set: SetValue, reference: Handle): string {
    set.show(reference);
    return textOf(set.member);
  }

  test.each([
    ["integers", 700],
    ["words", 50],
    ["words", 2000],
  ])("steps and pages bring every one of %s (%i)", (kind, count) => {
    const set = filled(kind, count);
    const seen = new Set<string>();
    const visitor = {
      element(bytes: Uint8Array, start: number, length: number): void {
        seen.add(textOf({ bytes, start, length }));
      },
    };
    let steps = 0;
    while (set.step(7, visitor)) steps++;
    expect(seen.size).toBe(count);
    expect(steps).toBe(Math.floor(count / 7));
    expect(scanned(set, 20, (reference) => memberAt(set, reference))).toEqual(seen);
  });

  test.each([
    ["integers", 100, 30],
    ["integers", 700, 20],
    ["words", 10, 3],
    ["words", 10, 9],
    ["words", 700, 30],
    ["words", 700, 600],
  ])("of %s (%i), %i different ones are drawn, each as likely as the others", (kind, count, drawn) => {
    const set = filled(kind, count);
    expectUniform(set, count, drawn, new Prng(10), (reference) => memberAt(set, reference));
  });
});
