/**
 * The connection commands beside a real Redis: the same mistakes and the same small sessions to both, the replies
 * compared as text. The rows are compared as COMMAND INFO shows them.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingOracle, startOracle } from "../oracle.ts";
import { ServerUnderTest, Talker } from "../server/client-environment.ts";
import type { ServerProcess } from "../server-process.ts";
import { WireClient } from "../wire/client.ts";
import { tcpStreams } from "../wire/stream.ts";

const missing = missingOracle();
if (missing !== undefined) console.log(`connection commands: not compared with Redis, since there is ${missing}`);

const PASSWORD = "foobar";

const SESSIONS: Readonly<Record<string, readonly string[]>> = {
  auth: ["AUTH", "AUTH a", "AUTH a b", "AUTH a b c", "AUTH default x", "auth '' ''", "AUTH default"],
  ping: ["PING a", "PING a b", "SUBSCRIBE x", "PING", "PING a", "PING a b", "ECHO a", "GET k", "RESET", "PING", "ECHO"],
  select: [
    "SELECT",
    "SELECT x",
    "SELECT 16",
    "SELECT -1",
    "SELECT 99999999999",
    "SELECT 1 2",
    "SELECT 01",
    "SELECT 15",
  ],
  names: [
    "CLIENT GETNAME",
    "CLIENT SETNAME 'a b'",
    'CLIENT SETNAME "a\\nb"',
    'CLIENT SETNAME "\\xff"',
    "CLIENT SETNAME",
    "CLIENT SETNAME a b",
    "CLIENT SETNAME name",
    "CLIENT GETNAME",
    "CLIENT SETNAME ''",
    "CLIENT GETNAME",
    "CLIENT GETNAME x",
  ],
  forms: [
    "CLIENT",
    "CLIENT nosuch",
    "CLIENT ID x",
    "CLIENT INFO x",
    "CLIENT HELP x",
    "CLIENT LIST x",
    "CLIENT LIST TYPE",
    "CLIENT LIST TYPE x",
    "CLIENT LIST TYPE normal x",
    "CLIENT LIST TYPE master",
    "CLIENT LIST TYPE SLAVE",
    "CLIENT LIST ID",
    "CLIENT LIST ID x",
    "CLIENT LIST ID 1 x",
    "CLIENT LIST ID 123456789",
    "CLIENT LIST ID -5 9223372036854775807",
    "CLIENT GETREDIR",
    "CLIENT GETREDIR x",
  ],
  kill: [
    "CLIENT KILL",
    "CLIENT KILL x",
    "CLIENT KILL 1.2.3.4:5",
    "CLIENT KILL ID",
    "CLIENT KILL ID x y",
    "CLIENT KILL ID x",
    "CLIENT KILL ID 0 TYPE x",
    "CLIENT KILL ID 10 wrong",
    "CLIENT KILL ID str",
    "CLIENT KILL ID -1",
    "CLIENT KILL ID 9223372036854775808",
    "CLIENT KILL ID 123456789",
    "CLIENT KILL TYPE x",
    "CLIENT KILL TYPE replica",
    "CLIENT KILL USER nobody",
    "CLIENT KILL USER DEFAULT",
    "CLIENT KILL SKIPME x",
    "CLIENT KILL SKIPME",
    "CLIENT KILL ADDR 1.2.3.4:5 LADDR x SKIPME NO",
    "CLIENT KILL nosuch x",
  ],
  switches: [
    "CLIENT NO-EVICT",
    "CLIENT NO-EVICT x",
    "CLIENT NO-EVICT ON",
    "CLIENT NO-EVICT off",
    "CLIENT REPLY",
    "CLIENT REPLY x",
    "CLIENT REPLY ON",
    "CLIENT REPLY ON x",
  ],
  waiting: [
    "CLIENT UNBLOCK",
    "CLIENT UNBLOCK x",
    "CLIENT UNBLOCK 1 x",
    "CLIENT UNBLOCK x y",
    "CLIENT UNBLOCK 123456 TIMEOUT",
    "CLIENT UNBLOCK 123456 error",
    "CLIENT UNBLOCK 1 TIMEOUT x",
    "CLIENT PAUSE",
    "CLIENT PAUSE x",
    "CLIENT PAUSE -1",
    "CLIENT PAUSE 1.5",
    "CLIENT PAUSE 1 x",
    "CLIENT PAUSE x WRITE",
    "CLIENT PAUSE 1 WRITE x",
    "CLIENT PAUSE 0",
    "CLIENT PAUSE 1 WRITE",
    "CLIENT UNPAUSE",
    "CLIENT UNPAUSE",
    "CLIENT UNPAUSE x",
  ],
  reset: [
    "RESET x",
    "MULTI",
    "SET k 1",
    "RESET",
    "EXEC",
    "SELECT 3",
    "CLIENT SETNAME n",
    "RESET",
    "CLIENT GETNAME",
    "GET k",
  ],
  transaction: ["MULTI", "CLIENT GETNAME", "AUTH x", "AUTH default x", "SELECT 1", "PING", "CLIENT SETNAME", "EXEC"],
  queue: ["MULTI", "CLIENT GETNAME", "SELECT 1", "PING", "CLIENT GETREDIR", "EXEC"],
  quit: ["QUIT"],
};

const STRANGERS: readonly string[] = [
  "GET k",
  "PING",
  "CLIENT ID",
  "CLIENT nosuch",
  "GET",
  "NOSUCH",
  "MULTI",
  "EXEC",
  "SUBSCRIBE x",
  "HELLO 4",
  "HELLO 3 AUTH default",
  "HELLO 3 AUTH default wrong",
  "RESET",
  "AUTH wrong",
  "AUTH nobody foobar",
  "AUTH default foobar",
  "GET k",
  "RESET",
  "GET k",
  "AUTH foobar",
  "AUTH wrong",
  "GET k",
  "QUIT x",
];

/** Rows that 7.0 has as well. Not of CLIENT SETNAME, to which 7.2 has added tips. */
const ROWS: readonly string[] = [
  ..."auth echo hello ping quit reset select client client|id client|getname client|list".split(" "),
  ..."client|info client|kill client|no-evict client|reply client|unblock client|pause client|unpause".split(" "),
  ..."client|getredir client|help".split(" "),
];

describe.skipIf(missing !== undefined)("beside a real Redis", () => {
  let open: [ServerUnderTest, ServerProcess];
  let guarded: [ServerUnderTest, ServerProcess];
  beforeAll(async () => {
    open = [await ServerUnderTest.start(), await startOracle()];
    guarded = [await ServerUnderTest.start(PASSWORD), await startOracle(["--requirepass", PASSWORD])];
  });
  afterAll(async () => {
    for (const [ours, theirs] of [open, guarded]) {
      await ours?.stop();
      await theirs?.stop();
    }
  });

  async function both([ours, theirs]: [ServerUnderTest, ServerProcess]): Promise<[Talker, Talker]> {
    return [await ours.connect(), new Talker(await WireClient.connect(tcpStreams(theirs.port)))];
  }

  async function compare(pair: [ServerUnderTest, ServerProcess], lines: readonly string[]): Promise<void> {
    const [ours, theirs] = await both(pair);
    const said: string[] = [];
    const expected: string[] = [];
    for (const line of lines) {
      said.push(`${line} → ${await ours.ask(line)}`);
      expected.push(`${line} → ${await theirs.ask(line)}`);
    }
    expect(said).toEqual(expected);
    ours.wire.destroy();
    theirs.wire.destroy();
  }

  test.each(Object.keys(SESSIONS))("%s in RESP2", (name) => compare(open, SESSIONS[name]));

  test("strangers", () => compare(guarded, STRANGERS));

  test.each(["ping", "names", "forms", "queue", "transaction"])("%s in RESP3", async (name) => {
    const [ours, theirs] = await both(open);
    await ours.ask("HELLO 3");
    await theirs.ask("HELLO 3");
    for (const line of SESSIONS[name].filter((each) => !/SUBSCRIBE|RESET|a b$/.test(each))) {
      expect(`${line} → ${await ours.ask(line)}`).toBe(`${line} → ${await theirs.ask(line)}`);
    }
    theirs.wire.destroy();
  });

  test.each(ROWS)("the row of %s", async (name) => {
    const [ours, theirs] = await both(open);
    const summary = async (talker: Talker): Promise<string> => {
      const text = await talker.ask(`COMMAND INFO ${name}`);
      // Subcommands stand in the container in no order; they are compared one by one.
      return name === "client" ? text.slice(0, text.indexOf('"client|')).replace(/\[*$/, "") : text;
    };
    expect(await summary(ours)).toBe(await summary(theirs));
    theirs.wire.destroy();
  });
});
