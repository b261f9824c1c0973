/**
 * What COMMAND DOCS says of every command and argument that Redis 7.0.15 knows too. Summaries and complexities are in
 * words of our own: only that they are there is compared.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Plain, plain } from "../commands/generic-server.ts";
import { missingOracle, oracleVersion, startOracle } from "../oracle.ts";
import { ServerProcess } from "../server-process.ts";
import { WireClient } from "../wire/client.ts";
import { tcpStreams } from "../wire/stream.ts";
import { SERVER_COMMANDS } from "../wire/targets.ts";
import { isNewer, ORACLE_VERSION } from "./generator.ts";
import { rowsToTest } from "./run.ts";

const missing = missingOracle() ?? (oracleVersion() === ORACLE_VERSION ? undefined : `not Redis ${ORACLE_VERSION}`);
/** Fields whose text is our own. */
const OWN_WORDS = ["summary", "complexity"];

/** Where 7.2 says something else than the oracle, by the path of the oracle's names; whatever is below too. */
const CHANGED: readonly string[] = [
  "hello.arguments.username_password.name",
  "client.client|list.normal_master_replica_pubsub.name",
  "client.client|list.id",
  "client.client|kill.filter.ip:port.name",
  "client.client|kill.filter.new-format.normal_master_slave_pubsub.name",
  "client.client|kill.filter.new-format.ip:port.name",
  "client.client|kill.filter.new-format.yes/no",
  "client.client|unblock.timeout_error.name",
  "client.client|pause.since",
  "lcs.len.name",
  "mset.key_value.name",
  "msetnx.key_value.name",
  "hset.field_value.name",
  "hmset.field_value.name",
  "zadd.score_member.name",
  "geoadd.longitude_latitude_member.name",
  ...["geosearch", "geosearchstore", "georadius", "georadius_ro", "georadiusbymember", "georadiusbymember_ro"].flatMap(
    (name) => [`${name}.count.name`, `${name}.from.longitude_latitude.name`],
  ),
  // STORE and STOREDIST have become alternatives.
  "georadius.arguments",
  "georadiusbymember.arguments",
  ...["bitcount.index", "bitpos.index.end_index"].flatMap((path) => [`${path}.name`, `${path}.index_unit.name`]),
  "bitpos.index.name",
  "bitop.operation",
  ...["", ".write.wrap_sat_fail", ".write.write_operation"].map((path) => `bitfield.operation${path}.name`),
  ...[
    "encoding_offset",
    "write.write_operation.encoding_offset_value",
    "write.write_operation.encoding_offset_increment",
  ].map((path) => `bitfield.operation.${path}.name`),
  "bitfield_ro.encoding_offset.name",
  "pfmerge.sourcekey.flags",
  "flushall.async.name",
  "flushdb.async.name",
  "psubscribe.pattern",
  "sort.pattern.name",
  "sort.offset_count.name",
  "sort_ro.pattern.name",
  "sort_ro.offset_count.name",
  "shutdown.nosave_save.name",
  "xadd.id_or_auto.name",
  "xadd.id_or_auto.auto_id.name",
  "xadd.field_value.name",
  "xsetid.entries_added.name",
  "xsetid.max_deleted_entry_id.name",
  "xclaim.id.name",
  "xreadgroup.group_consumer.name",
  ...["create", "setid", "destroy", "createconsumer", "delconsumer"].map(
    (name) => `xgroup.xgroup|${name}.groupname.name`,
  ),
  ...["createconsumer", "delconsumer"].map((name) => `xgroup.xgroup|${name}.consumername.name`),
  ...["create", "setid"].flatMap((name) =>
    ["id.name", "id.new_id.name", "entries_read.name"].map((path) => `xgroup.xgroup|${name}.${path}`),
  ),
  "xinfo.xinfo|consumers.groupname.name",
  "xinfo.xinfo|stream.full",
  "command.command|getkeys.arguments",
  "command.command|getkeysandflags.arguments",
  // Here every command has a complexity.
  "lolwut.complexity",
  "sync.complexity",
  "monitor.complexity",
].map((path) => `${path}.`);

describe("COMMAND DOCS", () => {
  let ours: ServerProcess;
  let oracle: ServerProcess;
  let clients: WireClient[];

  beforeAll(async () => {
    if (missing !== undefined) return;
    [ours, oracle] = await Promise.all([ServerProcess.start(SERVER_COMMANDS["node-current"]), startOracle()]);
    clients = await Promise.all([ours, oracle].map(({ port }) => WireClient.connect(tcpStreams(port))));
    for (const client of clients) await client.call("HELLO", "3");
  });

  afterAll(async () => {
    await Promise.all([ours?.stop(), oracle?.stop()]);
  });

  for (const { name } of rowsToTest()) {
    test(name, async (context) => {
      context.skip(missing !== undefined, missing);
      const [mine, theirs] = await Promise.all(
        clients.map(async (client) => plain(await client.call("COMMAND", "DOCS", name)) as Docs),
      );
      context.skip(theirs.size === 0, `newer than Redis ${ORACLE_VERSION}`);
      const differences: string[] = [];
      compare(name, mine.get(name) as Docs, theirs.get(name) as Docs, differences);
      expect(differences).toEqual([]);
    });
  }
});

type Docs = Map<Plain, Plain>;

/** Field by field of a command or an argument. */
function compare(path: string, mine: Docs, theirs: Docs, differences: string[]): void {
  const fields = new Set([...mine.keys(), ...theirs.keys()] as string[]);
  // What 7.2 has added to every argument.
  fields.delete("display_text");
  for (const field of fields) {
    const at = `${path}.${field}`;
    if (CHANGED.some((changed) => `${at}.`.startsWith(changed))) continue;
    const [a, b] = [mine.get(field), theirs.get(field)];
    if (field === "subcommands" && b !== undefined) compareSubcommands(path, a as Docs, b as Docs, differences);
    else if (field === "arguments" && a !== undefined && b !== undefined) {
      compareArguments(path, known(a as Docs[]), b as Docs[], differences);
    } else if (OWN_WORDS.includes(field)) {
      if ((a === undefined) !== (b === undefined)) differences.push(`${at}: ${a} – ${b}`);
    } else if (field === "history") {
      const old = (a as [string, string][] | undefined)?.filter(([version]) => !isNewer(version)) ?? [];
      same(at, old, b ?? [], differences);
    } else same(at, a, b, differences);
  }
}

function compareSubcommands(path: string, mine: Docs, theirs: Docs, differences: string[]): void {
  for (const [name, docs] of theirs) {
    const own = mine?.get(name);
    // Those of rooms that are still to come.
    if (own !== undefined) compare(`${path}.${name}`, own as Docs, docs as Docs, differences);
  }
}

function compareArguments(path: string, mine: Docs[], theirs: Docs[], differences: string[]): void {
  same(`${path}: arguments`, mine.length, theirs.length, differences);
  for (const [index, docs] of theirs.entries()) {
    const own = mine[index];
    if (own !== undefined) compare(`${path}.${docs.get("name")}`, own, docs, differences);
  }
}

/** Arguments that the oracle's version has. */
function known(args: Docs[]): Docs[] {
  return args.filter((docs) => !isNewer(docs.get("since") as string | undefined));
}

function same(path: string, mine: unknown, theirs: unknown, differences: string[]): void {
  const [a, b] = [mine, theirs].map((value) => JSON.stringify(value));
  if (a !== b) differences.push(`${path}: ${a} – ${b}`);
}
