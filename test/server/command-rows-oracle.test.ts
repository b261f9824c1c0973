/** COMMAND and MEMORY against a real Redis: what both know of the commands that both have must be the same. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LocalServer, type Plain } from "../commands/generic-server.ts";
import { Oracle, type OracleReply, oracleMissing } from "./config-oracle.ts";

const local = new LocalServer();

/** A reply of ours as the oracle's reader has it: maps flat, numbers as text, errors with their minus. */
function flat(reply: Plain): OracleReply {
  if (reply === null) return "";
  if (reply instanceof Map) return [...reply].flatMap(([key, value]) => [flat(key), flat(value)]);
  if (Array.isArray(reply)) return reply.map(flat);
  if (typeof reply === "object") return `-${reply.error}`;
  return String(reply);
}

const GETKEYS = [
  "get key",
  "mset a 1 b 2",
  "mset a 1 b",
  "mget a b c",
  "set k v",
  "set k v get",
  "set k v ex 10 GET",
  "del a b c",
  "watch a b",
  "memory usage key",
  "memory usage",
  "memory xx",
  "memory nonsense x",
  "ping x",
  "nonsense a",
  "get a b",
  "config get x",
  "info x",
  "expire k 10",
  "object encoding k",
  "copy a b",
  "rename a b",
  "get|x y",
];

const OTHERS = [
  "command list bad_arg",
  "command list filterby bad_arg",
  "command list filterby bad bad",
  "command list filterby pattern set",
  "command list filterby pattern GE[T]",
  "command list filterby module none",
  "command list filterby aclcat none",
  "command docs nothing",
  "shutdown nosave save",
  "shutdown abort now",
  "shutdown abort",
  "shutdown what",
  "memory usage nokey",
  "memory usage nokey samples",
  "memory usage nokey samples x",
  "memory usage nokey samples -1",
  "memory usage nokey samples 0",
  "memory nonsense",
  "memory xx",
  "lolwut version x",
  "role",
  "time x",
];

describe.skipIf(oracleMissing)("beside a real Redis", () => {
  let folder = "";
  let oracle: Oracle;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "command-"));
    oracle = await Oracle.start(folder, ["--save", ""]);
  });
  afterAll(async () => {
    await oracle.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function compare(lines: readonly string[]): Promise<void> {
    const commands = lines.map((line) => line.split(" "));
    const theirs: OracleReply[] = [];
    // One by one: the oracle's reader loses its place after a null.
    for (const words of commands) theirs.push(...(await oracle.ask([words])));
    const ours = commands.map((words) => flat(local.call(...words)));
    expect(lines.map((line, index) => [line, ours[index]])).toEqual(lines.map((line, index) => [line, theirs[index]]));
  }

  test("keys are found where Redis finds them", async () => {
    await compare(GETKEYS.flatMap((line) => [`command getkeys ${line}`, `command getkeysandflags ${line}`]));
  });

  test("wrong and empty requests get the same answers", async () => {
    await compare(OTHERS);
  });
});
