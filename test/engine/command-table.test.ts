/** How a command is found by what a client has sent for its name. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { viewOf } from "../../src/base/bytes.ts";
import type { CommandRow } from "../../src/commands/spec.ts";
import { CommandTable } from "../../src/engine/command-table.ts";

const NAMES = [
  ...["a", "b", "ab", "get", "set", "pop", "lpop", "rpop", "incr", "rpush", "lpush", "hmget", "exists", "zincrby"],
  ...["sismembe", "sismember", "sismembers", "flushall", "zrangebylex", "zrangebyscore", "restore-asking", "host:"],
  ...["a-b", "abcdefg1", "abcdefgh2"],
];

const table = new CommandTable(
  NAMES.map((name): CommandRow => ({ name, arity: 1, flags: [], handler: () => {} }) as unknown as CommandRow),
);

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** Looks a name up that stands somewhere in a chunk. */
function find(name: string, before: string, after: string): string | undefined {
  return table.find(viewOf(bytesOf(before + name + after)), before.length, name.length)?.row.name;
}

const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 9,
});

test("every name is found in any mixture of cases, wherever it stands", () => {
  const name = fc.constantFrom(...NAMES).chain((lower) =>
    fc.tuple(fc.constant(lower), fc.infiniteStream(fc.boolean())).map(([text, isUpper]) => ({
      lower: text,
      sent: [...text].map((letter) => (isUpper.next().value === true ? letter.toUpperCase() : letter)).join(""),
    })),
  );
  fc.assert(
    fc.property(name, anyText, anyText, ({ lower, sent }, before, after) => {
      expect(find(sent, before, after)).toBe(lower);
    }),
  );
});

test("nothing else is found, however little it differs", () => {
  const changed = fc
    .tuple(fc.constantFrom(...NAMES), fc.nat(20), fc.nat(255))
    .map(
      ([name, at, code]) =>
        name.slice(0, at % name.length) + String.fromCharCode(code) + name.slice((at % name.length) + 1),
    );
  const cut = fc.tuple(fc.constantFrom(...NAMES), fc.nat(20)).map(([name, length]) => name.slice(0, length));
  const longer = fc.tuple(fc.constantFrom(...NAMES), anyText).map(([name, more]) => name + more);
  fc.assert(
    fc.property(fc.oneof(changed, cut, longer, anyText), anyText, anyText, (sent, before, after) => {
      const lower = sent.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
      expect(find(sent, before, after)).toBe(NAMES.includes(lower) ? lower : undefined);
    }),
    { numRuns: 3000 },
  );
});

test("a bit that makes letters lower case makes no name of other bytes", () => {
  // '\r' and '-', '\x1a' and ':' differ by that bit alone; so do '@' and '`', which stand beside the letters.
  expect(find("restore\rasking", "", "\r\n")).toBe(undefined);
  expect(find("host\x1a", "", "\r\n")).toBe(undefined);
  expect(find("a\rb", "", "\r\n")).toBe(undefined);
  expect(find("abcdefg\x11", "", "\r\n")).toBe(undefined);
  expect(find("RESTORE-ASKING", "", "")).toBe("restore-asking");
});
