/** Which commands are timed together with their neighbours, and up to how many arguments (the name counted). */
import { expect, test } from "vitest";
import { Command } from "../../src/engine/command-table.ts";
import { allRows } from "../../src/server/rows.ts";
import type { Server } from "../../src/server/server.ts";

const ANY = 0x3fffffff;
const FEW = 6;

// Rows look at nothing of their server until they run.
const rows = allRows({} as Server);

test.each([
  ["get", ANY, "fast, of fixed arity"],
  ["set", ANY, "its row says so"],
  ["hset", FEW, "fast, on fields"],
  ["bitfield_ro", FEW, "fast, on parts of a grammar that may be repeated"],
  ["lpop", 2, "its row says so: a count follows"],
  ["xautoclaim", 0, "fast, but its count may be left out"],
  ["bzpopmin", 0, "waits"],
  ["del", 0, "not fast"],
])("%s: %i, %s", (name, argcMax) => {
  const row = rows.find((other) => other.name === name);
  expect(row && new Command(row, null).constantArgcMax).toBe(argcMax);
});
