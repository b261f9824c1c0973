import { expect, test } from "vitest";
import type { Arguments } from "../../src/commands/context.ts";
import { ArgumentCopy } from "../../src/commands/transaction-state.ts";

const ASCII = new TextEncoder();

function argumentsOf(...texts: string[]): Arguments {
  const buffer = ASCII.encode(`--${texts.join("")}--`);
  const argLength = Int32Array.from(texts, (text) => text.length);
  let at = 2;
  const argStart = Int32Array.from(texts, (text) => {
    at += text.length;
    return at - text.length;
  });
  return { argc: texts.length, argStart, argLength, buffer, bigCount: 0, bytesOf: () => buffer };
}

function texts(args: Arguments): string[] {
  return Array.from({ length: args.argc }, (_, index) => {
    const start = args.argStart[index];
    return Buffer.from(args.bytesOf(index)).toString("latin1", start, start + args.argLength[index]);
  });
}

test("a copy holds the same arguments", () => {
  const given = argumentsOf("XREAD", "", "STREAMS", "k", "$");
  expect(texts(new ArgumentCopy(given))).toEqual(["XREAD", "", "STREAMS", "k", "$"]);
});

test("a copy may hold others in some places, of any length", () => {
  const given = argumentsOf("XREAD", "STREAMS", "key", "l", "$", "+");
  const copy = new ArgumentCopy(
    given,
    new Map([
      [4, ASCII.encode("1700000000000-12")],
      [5, ASCII.encode("")],
      [2, ASCII.encode("k")],
    ]),
  );
  expect(texts(copy)).toEqual(["XREAD", "STREAMS", "k", "l", "1700000000000-12", ""]);
  expect(texts(given)[4]).toBe("$");
});
