/** What COMMAND INFO says about the commands on keys of any type and about DEBUG, beside a real Redis. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GENERIC_ROWS } from "../../src/commands/generic/rows.ts";
import { type CommandRow, categoriesOf } from "../../src/commands/spec.ts";
import { flagsOf } from "../../src/server/commands/command-info.ts";
import { debugRows } from "../../src/server/commands/debug-rows.ts";
import type { Server } from "../../src/server/server.ts";
import { missingOracle } from "../oracle.ts";
import { Oracle } from "./generic-oracle.ts";
import { type Plain, plain } from "./generic-server.ts";

const ROWS: readonly CommandRow[] = [...GENERIC_ROWS, ...debugRows({} as Server)];
const absence = missingOracle();

/** Redis 7.2 tells clusters how to join the answers of several nodes; 7.0 left it open. */
const TIPS_SINCE_7_2: Readonly<Record<string, string>> = {
  randomkey: "response_policy:special",
  scan: "response_policy:special",
};

test("no command is defined twice, and each says what it does", () => {
  expect(new Set(ROWS.map((row) => row.name)).size).toBe(ROWS.length);
  for (const row of ROWS.flatMap((row) => [row, ...(row.subcommands ?? [])])) {
    expect(row.summary).toMatch(/^[A-Z].*\.$/);
    expect(row.since).toMatch(/^\d+\.\d+\.\d+$/);
  }
});

describe.skipIf(absence !== undefined)("beside a real Redis", () => {
  let theirs: Map<string, Plain[]>;
  let oracle: Oracle;
  beforeAll(async () => {
    oracle = await Oracle.start();
    const [reply] = await oracle.batch([["COMMAND", "INFO", ...ROWS.map((row) => row.name)]]);
    theirs = new Map((plain(reply) as Plain[][]).map((row) => [String(row[0]), row]));
  });
  afterAll(() => oracle?.stop());

  test.each(ROWS.map((row) => [row.name, row] as const))("%s", (name, row) => {
    compare(row, theirs.get(name) ?? []);
  });
});

/** @param told name, arity, flags, first key, last key, step, categories, tips, key specifications, subcommands. */
function compare(row: CommandRow, told: Plain[]): void {
  expect(row.arity).toBe(told[1]);
  expect([...flagsOf(row)].sort()).toEqual([...(told[2] as string[])].sort());
  expect(categoriesOf(row).map((category) => `@${category}`)).toEqual(told[6]);
  const newer = TIPS_SINCE_7_2[row.name];
  expect((row.tips ?? []).filter((tip) => tip !== newer)).toEqual(told[7]);
  expect(row.keySpecs.map(specification)).toEqual(told[8]);
  const subcommands = told[9] as Plain[][];
  expect((row.subcommands ?? []).map((subrow) => `${row.name}|${subrow.name}`).sort()).toEqual(
    subcommands.map(([name]) => String(name)).sort(),
  );
  for (const subrow of row.subcommands ?? []) {
    const found = subcommands.find(([name]) => name === `${row.name}|${subrow.name}`);
    compare(subrow, found ?? []);
  }
}

const UNKNOWN_SPEC: Plain = ["type", "unknown", "spec", []];

function specification({ notes, flags, begin, find }: CommandRow["keySpecs"][number]): Plain {
  const shown: Plain[] = notes === undefined ? [] : ["notes", notes];
  shown.push(
    "flags",
    flags.map((flag) => (flag.length === 2 ? flag : flag.toLowerCase())),
  );
  if ("unknown" in begin && "unknown" in find) {
    return [...shown, "begin_search", UNKNOWN_SPEC, "find_keys", UNKNOWN_SPEC];
  }
  if (!("index" in begin) || !("lastKey" in find)) throw new Error("no such key specification here");
  const { lastKey, step, limit } = find;
  return [
    ...shown,
    ...["begin_search", ["type", "index", "spec", ["index", begin.index]]],
    ...["find_keys", ["type", "range", "spec", ["lastkey", lastKey, "keystep", step, "limit", limit]]],
  ];
}
