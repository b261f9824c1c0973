import { expect, test } from "vitest";
import { CONNECTION_ROWS } from "../../src/commands/connection/rows.ts";
import { REDACTED, shownArgument } from "../../src/commands/redaction.ts";
import { argumentsOf } from "./generic-server.ts";

function shown(...words: string[]): string[] {
  const row = CONNECTION_ROWS.find(({ name }) => name === words[0].toLowerCase());
  if (row === undefined) throw new Error(`no row of ${words[0]}`);
  const args = argumentsOf(words);
  return words.map((_, index) => shownArgument(row, args, index, 8));
}

test("passwords and their users are shown to nobody", () => {
  expect(shown("AUTH", "secret")).toEqual(["AUTH", REDACTED]);
  expect(shown("auth", "user", "secret")).toEqual(["auth", REDACTED, REDACTED]);
  expect(shown("HELLO", "3", "auth", "user", "secret")).toEqual(["HELLO", "3", "auth", REDACTED, REDACTED]);
  expect(shown("HELLO", "3", "SETNAME", "AUTH", "AUTH", "user", "secret")).toEqual([
    ...["HELLO", "3", "SETNAME", "AUTH", "AUTH", REDACTED, REDACTED],
  ]);
  expect(shown("HELLO", "3", "AUTH", "u", "p", "SETNAME", "AUTH")).toEqual([
    ...["HELLO", "3", "AUTH", REDACTED, REDACTED, "SETNAME", "AUTH"],
  ]);
  expect(shown("HELLO", "3", "AUTH", "user")).toEqual(["HELLO", "3", "AUTH", REDACTED]);
});

test("everything else is, as far as there is room", () => {
  expect(shown("HELLO", "2", "SETNAME", "a name that is long")).toEqual(["HELLO", "2", "SETNAME", "a name t"]);
  expect(shown("ECHO", "auth")).toEqual(["ECHO", "auth"]);
});
