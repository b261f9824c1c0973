/** What COMMAND says about the commands of a family, beside a real Redis. */
import { beforeAll, describe, expect, test } from "vitest";
import { type ArgumentSpec, type CommandRow, categoriesOf } from "../../src/commands/spec.ts";
import { isNewer } from "../differential/generator.ts";
import { missingOracle } from "../oracle.ts";
import { Oracle } from "./generic-oracle.ts";
import { LocalServer, type Plain, plain } from "./generic-server.ts";

/** Names of arguments that 7.2 has changed. */
const RENAMED: Readonly<Record<string, string>> = {
  key_value: "data",
  field_value: "data",
  score_member: "data",
  longitude_latitude_member: "data",
  longitude_latitude: "fromlonlat",
  // Of the commands on bits.
  ...{ index_unit: "unit", end_index: "end-unit-block", encoding_offset: "get-block" },
  ...{ wrap_sat_fail: "overflow-block", write_operation: "write-operation" },
  ...{ encoding_offset_value: "set-block", encoding_offset_increment: "incrby-block" },
};
/** Of the group geo only: as others, 7.2 tells a block from the argument in it that has its name. */
const COUNT_BLOCK = "count-block";
/** The same for blocks only. */
const RENAMED_BLOCKS: Readonly<Record<string, string>> = { index: "range" };
/** Arguments of which 7.2 says that they may be left out. */
const OPTIONAL = ["sourcekey"];
/** Of which it lists the words that they may be. */
const WORDS = ["operation"];
/** A flag that COMMAND does not tell. */
const UNTOLD = "may_replicate";
const MIN_MATCH_LENGTH = "MINMATCHLEN";

/** @param names of all rows, in the order of the alphabet. */
export function testFamily(rows: readonly CommandRow[], names: string): void {
  test("the family is complete", () => {
    expect(rows.map((row) => row.name).sort()).toEqual(names.split(" "));
    for (const row of rows) expect(row.summary).toMatch(/^[A-Z].*\.$/);
  });

  describe.skipIf(missingOracle() !== undefined)("beside a real Redis", () => {
    const told = rows.filter(({ since }) => !isNewer(since));
    let comparison: RowComparison;
    beforeAll(async () => {
      comparison = await RowComparison.of(told);
    });

    test.each(told.map((row) => [row.name, row] as const))("%s", (_name, row) => comparison.expectSame(row));
  });
}

/** The oracle's COMMAND INFO and COMMAND DOCS of some rows, and our own. */
export class RowComparison {
  readonly #local = new LocalServer();
  readonly #infos: ReadonlyMap<string, Plain[]>;
  readonly #docs: ReadonlyMap<string, Plain>;

  private constructor(infos: ReadonlyMap<string, Plain[]>, docs: ReadonlyMap<string, Plain>) {
    this.#infos = infos;
    this.#docs = docs;
    this.#local.call("HELLO", 3);
  }

  static async of(rows: readonly CommandRow[]): Promise<RowComparison> {
    const names = rows.map((row) => row.name);
    const oracle = await Oracle.start();
    try {
      const replies = await oracle.batch([
        ["HELLO", 3],
        ["COMMAND", "INFO", ...names],
        ["COMMAND", "DOCS", ...names],
      ]);
      const infos = (plain(replies[1]) as Plain[][]).map((info, index) => [names[index], info] as const);
      return new RowComparison(new Map(infos), plain(replies[2]) as Map<string, Plain>);
    } finally {
      await oracle.stop();
    }
  }

  /** Expects the row to say what the oracle says. */
  expectSame(row: CommandRow): void {
    const [theirName, arity, flags, first, last, step, categories, tips, specs] = this.#infos.get(row.name) ?? [];
    expect(row.name).toBe(theirName);
    expect(row.arity).toBe(arity);
    expect(row.flags.filter((flag) => flag !== UNTOLD).sort()).toEqual([...(flags as string[])].sort());
    expect(categoriesOf(row).map((category) => `@${category}`)).toEqual(categories);
    expect(row.tips ?? []).toEqual(tips);
    const [ours] = this.#local.call("COMMAND", "INFO", row.name) as Plain[][];
    expect(ours.slice(3, 6)).toEqual([first, last, step]);
    expect(ours[8]).toEqual(specs);
    expectSameDocs(row, this.#docs.get(row.name) as Map<string, Plain>);
  }
}

function expectSameDocs(row: CommandRow, told: Map<string, Plain>): void {
  expect(row.group).toBe(told.get("group"));
  expect(row.since).toBe(told.get("since"));
  expect(row.deprecatedSince).toBe(told.get("deprecated_since"));
  expect(row.replacedBy).toBe(told.get("replaced_by"));
  expect(row.docFlags ?? []).toEqual(told.get("doc_flags") ?? []);
  expect((row.history ?? []).filter(([since]) => !isNewer(since))).toEqual(told.get("history") ?? []);
  expect(known(row.arguments).flatMap(asTold).map(describeArgument)).toEqual(
    ((told.get("arguments") ?? []) as Plain[]).map(describeTold),
  );
}

/** Those that the oracle has too. */
function known(specs: readonly ArgumentSpec[] | undefined): ArgumentSpec[] {
  return (specs ?? []).filter(({ since }) => !isNewer(since));
}

/** 7.2 gives STORE and STOREDIST of GEORADIUS as alternatives, with names that differ. */
function asTold(argument: ArgumentSpec): readonly ArgumentSpec[] {
  if (argument.name !== "store" || argument.type !== "oneof") return [argument];
  return (argument.arguments ?? []).map((store) => ({ ...store, name: "key", optional: true }));
}

/** The parts of an argument that count, in one form for both. */
function describeArgument(argument: ArgumentSpec): unknown {
  const { name, type, token, since, optional, multiple, multipleToken, keySpecIndex } = argument;
  const isWord = WORDS.includes(name) && argument.arguments?.every((inner) => inner.type === "pure-token") === true;
  if (isWord) return { name, type: "string", token, since, keySpecIndex, flags: [], arguments: [] };
  return {
    ...{ name: name === COUNT_BLOCK ? "count" : name, type, token, since, keySpecIndex },
    flags: [
      ...(optional === true ? ["optional"] : []),
      ...(multiple === true ? ["multiple"] : []),
      ...(multipleToken === true ? ["multiple_token"] : []),
    ],
    arguments: known(argument.arguments).map(describeArgument),
  };
}

function describeTold(told: Plain): unknown {
  const fields = told as Map<string, Plain>;
  const token = fields.get("token");
  const name = String(fields.get("name"));
  const type = fields.get("type");
  const renamed = (type === "block" ? RENAMED_BLOCKS[name] : undefined) ?? RENAMED[name] ?? name;
  return {
    name: token === MIN_MATCH_LENGTH ? "min-match-len" : renamed,
    type,
    token,
    since: fields.get("since"),
    keySpecIndex: fields.get("key_spec_index"),
    flags: [...(OPTIONAL.includes(name) ? ["optional"] : []), ...((fields.get("flags") ?? []) as Plain[])],
    arguments: ((fields.get("arguments") ?? []) as Plain[]).map(describeTold),
  };
}
