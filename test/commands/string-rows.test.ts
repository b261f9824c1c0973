/** What COMMAND says about the string commands, beside a real Redis. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ArgumentSpec, type CommandRow, categoriesOf } from "../../src/commands/spec.ts";
import { STRING_ROWS } from "../../src/commands/string/rows.ts";
import { missingOracle } from "../oracle.ts";
import { Oracle } from "./generic-oracle.ts";
import { LocalServer, type Plain, plain } from "./generic-server.ts";

/** Names of arguments that 7.2 has changed. */
const RENAMED: Readonly<Record<string, string>> = { key_value: "data" };
const NAMES = STRING_ROWS.map((row) => row.name);

test("the family is complete", () => {
  expect([...NAMES].sort()).toEqual(
    (
      "append decr decrby get getdel getex getrange getset incr incrby incrbyfloat lcs mget mset msetnx psetex set " +
      "setex setnx setrange strlen substr"
    ).split(" "),
  );
  for (const row of STRING_ROWS) expect(row.summary).toMatch(/^[A-Z].*\.$/);
});

describe.skipIf(missingOracle() !== undefined)("beside a real Redis", () => {
  let oracle: Oracle;
  let infos: Plain[][];
  let docs: Map<string, Plain>;
  const local = new LocalServer();

  beforeAll(async () => {
    oracle = await Oracle.start();
    const replies = await oracle.batch([
      ["HELLO", 3],
      ["COMMAND", "INFO", ...NAMES],
      ["COMMAND", "DOCS", ...NAMES],
    ]);
    infos = plain(replies[1]) as Plain[][];
    docs = plain(replies[2]) as Map<string, Plain>;
    local.call("HELLO", 3);
  });
  afterAll(() => oracle?.stop());

  test.each(STRING_ROWS.map((row, index) => [row.name, row, index] as const))("%s", (name, row, index) => {
    const [theirName, arity, flags, first, last, step, categories, tips, specs] = infos[index];
    expect(name).toBe(theirName);
    expect(row.arity).toBe(arity);
    expect([...row.flags].sort()).toEqual([...(flags as string[])].sort());
    expect(categoriesOf(row).map((category) => `@${category}`)).toEqual(categories);
    expect(row.tips ?? []).toEqual(tips);
    const [ours] = local.call("COMMAND", "INFO", name) as Plain[][];
    expect(ours.slice(3, 6)).toEqual([first, last, step]);
    expect(ours[8]).toEqual(specs);
    compareDocs(row, docs.get(name) as Map<string, Plain>);
  });

  function compareDocs(row: CommandRow, told: Map<string, Plain>): void {
    expect(row.group).toBe(told.get("group"));
    expect(row.since).toBe(told.get("since"));
    expect(row.deprecatedSince).toBe(told.get("deprecated_since"));
    expect(row.replacedBy).toBe(told.get("replaced_by"));
    expect(row.docFlags ?? []).toEqual(told.get("doc_flags") ?? []);
    expect(row.history ?? []).toEqual(told.get("history") ?? []);
    expect((row.arguments ?? []).map(describeArgument)).toEqual((told.get("arguments") as Plain[]).map(describeTold));
  }
});

/** The parts of an argument that count, in one form for both. */
function describeArgument(argument: ArgumentSpec): unknown {
  const { name, type, token, since, optional, multiple, keySpecIndex } = argument;
  return {
    ...{ name, type, token, since, keySpecIndex },
    flags: [...(optional === true ? ["optional"] : []), ...(multiple === true ? ["multiple"] : [])],
    arguments: (argument.arguments ?? []).map(describeArgument),
  };
}

function describeTold(told: Plain): unknown {
  const fields = told as Map<string, Plain>;
  const token = fields.get("token");
  const name = String(fields.get("name"));
  return {
    name: token === "MINMATCHLEN" ? "min-match-len" : (RENAMED[name] ?? name),
    type: fields.get("type"),
    token,
    since: fields.get("since"),
    keySpecIndex: fields.get("key_spec_index"),
    flags: fields.get("flags") ?? [],
    arguments: ((fields.get("arguments") ?? []) as Plain[]).map(describeTold),
  };
}
