/** What COMMAND INFO says of every command that Redis 7.0.15 knows too: arity, flags, keys, categories, tips. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../src/protocol/reply.ts";
import { missingOracle, oracleVersion, startOracle } from "../oracle.ts";
import { ServerProcess } from "../server-process.ts";
import { WireClient } from "../wire/client.ts";
import { itemsOf, show, textOf } from "../wire/notation.ts";
import { tcpStreams } from "../wire/stream.ts";
import { SERVER_COMMANDS } from "../wire/targets.ts";
import { ORACLE_VERSION } from "./generator.ts";
import { rowsToTest } from "./run.ts";

const missing = missingOracle() ?? (oracleVersion() === ORACLE_VERSION ? undefined : `not Redis ${ORACLE_VERSION}`);
const FIELDS = ["name", "arity", "flags", "first key", "last key", "step", "categories", "tips", "key specifications"];
const SUBCOMMANDS = 9;
/** Fields in which order means nothing. */
const UNORDERED = new Set(["flags", "tips"]);

/** Where 7.2 says something else than the oracle, as `name field`. */
const CHANGED: ReadonlySet<string> = new Set([
  "client|setname tips",
  "command|getkeys arity",
  "command|getkeysandflags arity",
  "randomkey tips",
  "scan tips",
]);

describe("COMMAND INFO", () => {
  let ours: ServerProcess;
  let oracle: ServerProcess;
  let ourClient: WireClient;
  let oracleClient: WireClient;

  beforeAll(async () => {
    if (missing !== undefined) return;
    [ours, oracle] = await Promise.all([ServerProcess.start(SERVER_COMMANDS["node-current"]), startOracle()]);
    ourClient = await WireClient.connect(tcpStreams(ours.port));
    oracleClient = await WireClient.connect(tcpStreams(oracle.port));
  });

  afterAll(async () => {
    await Promise.all([ours?.stop(), oracle?.stop()]);
  });

  for (const { name } of rowsToTest()) {
    test(name, async (context) => {
      context.skip(missing !== undefined, missing);
      const [[mine], [theirs]] = await Promise.all([
        ourClient.call("COMMAND", "INFO", name).then(itemsOf),
        oracleClient.call("COMMAND", "INFO", name).then(itemsOf),
      ]);
      context.skip(theirs.kind === "null", `newer than Redis ${ORACLE_VERSION}`);
      expect(fieldsOf(mine, theirs)).toEqual(fieldsOf(theirs, mine));
    });
  }
});

/** What there is to compare of one command and of the subcommands that both servers have. */
function fieldsOf(reply: Reply, other: Reply): Record<string, string> {
  const items = itemsOf(reply);
  const name = textOf(items[0]);
  const fields: Record<string, string> = {};
  for (const [index, field] of FIELDS.entries()) {
    if (CHANGED.has(`${name} ${field}`)) continue;
    const value = items[index];
    fields[`${name} ${field}`] = UNORDERED.has(field) ? itemsOf(value).map(show).sort().join(" ") : show(value);
  }
  const others = itemsOf(itemsOf(other)[SUBCOMMANDS]);
  for (const mine of itemsOf(items[SUBCOMMANDS])) {
    const theirs = others.find((one) => show(itemsOf(one)[0]) === show(itemsOf(mine)[0]));
    if (theirs !== undefined) Object.assign(fields, fieldsOf(mine, theirs));
  }
  return fields;
}
