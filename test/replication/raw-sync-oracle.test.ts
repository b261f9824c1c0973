/**
 * SYNC over TCP, with a real Redis as the judge: its server loads the RDB and is given the stream, its checker reads the
 * RDB, its command-line client asks for one, and both answer REPLCONF alike.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Draw } from "../differential/draw.ts";
import { missingOracle, startOracle } from "../oracle.ts";
import { ServerProcess } from "../server-process.ts";
import { encodeCommand, WireClient } from "../wire/client.ts";
import { show, textOf } from "../wire/notation.ts";
import { tcpStreams } from "../wire/stream.ts";
import { SERVER_COMMANDS } from "../wire/targets.ts";
import { RandomWrites } from "./random-writes.ts";
import { SyncBytes } from "./sync-bytes.ts";

const run = promisify(execFile);
const noServer = missingOracle();
const noChecker = missingOracle("redis-check-rdb");
const noClient = missingOracle("redis-cli");
const LONG_VALUE_BYTES = 5_000_000;
/** A reply of this length waits, however the turns of a busy machine fall: a short one may have left before what follows it. */
const MORE_THAN_THE_SYSTEM_TAKES_BYTES = 32 * 1024 * 1024;

let ours: ServerProcess;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sync-"));
  ours = await ServerProcess.start([...SERVER_COMMANDS["node-current"], "--enable-debug-command", "yes"]);
});

afterEach(async () => {
  await ours.stop();
  rmSync(folder, { recursive: true });
});

const connect = (port: number): Promise<WireClient> => WireClient.connect(tcpStreams(port));

async function pipeline(client: WireClient, commands: Iterable<readonly string[]>): Promise<void> {
  let asked = 0;
  for (const words of commands) {
    client.send(...words);
    asked++;
  }
  for (; asked > 0; asked--) await client.reply();
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

/** Asks for the dataset, and keeps what comes. */
async function sync(port: number): Promise<SyncBytes> {
  const sent = new SyncBytes();
  const stream = await tcpStreams(port)(sent);
  stream.write(Buffer.from("SYNC\r\n"));
  return sent;
}

function* repeated(writes: RandomWrites, count: number): Generator<string[]> {
  for (let left = count; left > 0; left--) yield writes.next();
}

test("what several clients are sent while others write is the dataset, for a real Redis too", async (context) => {
  context.skip(noServer !== undefined, noServer);
  const writer = await connect(ours.port);
  const writes = new RandomWrites(new Draw(21));
  // Times to live end long after the test, so that both servers have the same keys.
  const nowMs = Date.now() + 3_600_000;
  await pipeline(writer, writes.fill(nowMs));
  await writer.call("SET", "longest", "v".repeat(LONG_VALUE_BYTES));
  const clients: SyncBytes[] = [];
  for (let round = 0; round < 4; round++) {
    clients.push(await sync(ours.port));
    await pipeline(writer, notExpiring(writes, 100));
  }
  await until(() => clients.every(({ rdb }) => rdb !== null));
  await pipeline(writer, notExpiring(writes, 100));
  // The end of the stream is reached where this is.
  await writer.call("SELECT", "0");
  await writer.call("SET", "the end", "1");
  await until(() => clients.every(({ text }) => text.includes("the end")));
  const digest = textOf(await writer.call("DEBUG", "DIGEST"));
  for (const { rdb, stream } of clients) {
    writeFileSync(join(folder, "dump.rdb"), rdb as Buffer);
    const oracle = await startOracle(["--dir", folder, "--dbfilename", "dump.rdb"]);
    const client = await connect(oracle.port);
    while (show(await client.call("PING")) !== "+PONG") await sleep(5);
    await pipeline(client, stream);
    expect(textOf(await client.call("DEBUG", "DIGEST"))).toBe(digest);
    await oracle.stop();
  }
});

/** Writes under which nothing expires while two servers are compared. */
function* notExpiring(writes: RandomWrites, count: number): Generator<string[]> {
  for (const words of repeated(writes, count)) {
    if (!/expire|^getex$|^set$|setex$/i.test(words[0])) yield words;
  }
}

test("redis-check-rdb finds every key and no fault", async (context) => {
  context.skip(noChecker !== undefined, noChecker);
  const writer = await connect(ours.port);
  await pipeline(writer, new RandomWrites(new Draw(22)).fill(Date.now() + 3_600_000));
  const client = await sync(ours.port);
  await until(() => client.rdb !== null);
  const path = join(folder, "dump.rdb");
  writeFileSync(path, client.rdb as Buffer);
  const { stdout } = await run("redis-check-rdb", [path]);
  expect(stdout).toMatch(/AUX FIELD redis-ver = '7\.2\.4'[\s\S]*Checksum OK[\s\S]*RDB looks OK!/);
  let keys = 0;
  for (let database = 0; database < 16; database++) {
    await writer.call("SELECT", String(database));
    keys += Number(show(await writer.call("DBSIZE")).slice(1));
  }
  expect(stdout).toContain(`${keys} keys read`);
});

test("redis-cli --rdb gets a file, and is let go", async (context) => {
  context.skip(noClient !== undefined || noChecker !== undefined, noClient ?? noChecker);
  const writer = await connect(ours.port);
  await pipeline(writer, new RandomWrites(new Draw(23)).fill(Date.now() + 3_600_000));
  const path = join(folder, "asked.rdb");
  await run("redis-cli", ["-p", String(ours.port), "--rdb", path]);
  const { stdout } = await run("redis-check-rdb", [path]);
  expect(stdout).toContain("RDB looks OK!");
  const connected = async (): Promise<string | undefined> =>
    /^connected_slaves:(\d+)/m.exec(textOf(await writer.call("INFO", "replication")))?.[1];
  while ((await connected()) !== "0") await sleep(5);
});

describe("REPLCONF and what a replica says are answered as Redis does", () => {
  const LINES: readonly (readonly string[])[] = [
    ["REPLCONF"],
    ["REPLCONF", "listening-port"],
    ["REPLCONF", "listening-port", "7000"],
    ["REPLCONF", "LISTENING-port", "x"],
    ["REPLCONF", "listening-port", "99999999999999999999"],
    ["REPLCONF", "ip-address", "10.0.0.1"],
    ["REPLCONF", "ip-address", "a".repeat(255)],
    ["REPLCONF", "ip-address", "a".repeat(256)],
    ["REPLCONF", "capa", "eof", "capa", "psync2"],
    ["REPLCONF", "capa", "anything"],
    ["REPLCONF", "rdb-only", "1"],
    ["REPLCONF", "rdb-only", "0"],
    ["REPLCONF", "rdb-only", "2"],
    ["REPLCONF", "rdb-only", "one"],
    ["REPLCONF", "unheard-of", "1"],
    ["REPLCONF", "capa", "eof", "unheard-of", "1"],
    // Not answered.
    ["REPLCONF", "ack", "10"],
    ["REPLCONF", "ack", "x"],
    ["REPLCONF", "getack", "*"],
    ["ECHO", "the end"],
  ];

  test("before SYNC", async (context) => {
    context.skip(noServer !== undefined, noServer);
    const oracle = await startOracle();
    const [mine, theirs] = await Promise.all([answers(ours.port, LINES), answers(oracle.port, LINES)]);
    await oracle.stop();
    expect(mine).toEqual(theirs);
  });

  const SAID = [
    { name: "an acknowledgement", words: ["REPLCONF", "ACK", "12"], isClosed: false },
    { name: "SYNC again", words: ["SYNC"], isClosed: false },
    { name: "PING", words: ["PING"], isClosed: true },
    { name: "a wrong command", words: ["NONE"], isClosed: true },
    { name: "REPLCONF that is answered", words: ["REPLCONF", "capa", "eof"], isClosed: true },
    { name: "a write", words: ["SET", "a", "1"], isClosed: true },
  ];
  for (const { name, words, isClosed } of SAID) {
    test(`after SYNC: ${name}`, async (context) => {
      context.skip(noServer !== undefined, noServer);
      const oracle = await startOracle();
      for (const port of [ours.port, oracle.port]) await saysAfterSync(port, words, isClosed);
      await oracle.stop();
    });
  }

  test("with a reply still to be sent", async (context) => {
    context.skip(noServer !== undefined, noServer);
    const oracle = await startOracle();
    for (const port of [ours.port, oracle.port]) {
      const client = await connect(port);
      await client.call("SETRANGE", "long", String(MORE_THAN_THE_SYSTEM_TAKES_BYTES - 1), "x");
      client.sendBytes("GET long\r\nSYNC\r\n");
      await client.reply();
      expect(show(await client.reply())).toBe("-ERR SYNC and PSYNC are invalid with pending output");
    }
    await oracle.stop();
  });

  test("what INFO, ROLE and CLIENT LIST say of it", async (context) => {
    context.skip(noServer !== undefined, noServer);
    const oracle = await startOracle();
    const told = await Promise.all([ours.port, oracle.port].map(describeReplica));
    await oracle.stop();
    expect(told[0]).toEqual(told[1]);
  });
});

async function saysAfterSync(port: number, words: readonly string[], isClosed: boolean): Promise<void> {
  const sent = new SyncBytes();
  const stream = await tcpStreams(port)(sent);
  stream.write(Buffer.from("SYNC\r\n"));
  await until(() => sent.rdb !== null);
  stream.write(encodeCommand(words));
  const other = await connect(port);
  if (isClosed) await until(() => sent.isClosed);
  await other.call("SET", "later", "1");
  if (!isClosed) await until(() => sent.text.includes("later\r\n$1"));
  expect(sent.isClosed).toBe(isClosed);
  expect(sent.stream.flat()).toEqual(isClosed ? [] : ["SELECT", "0", "SET", "later", "1"]);
  // Redis ends later for a replica that is behind.
  stream.destroy();
}

/** All that comes back for these commands. */
async function answers(port: number, lines: readonly (readonly string[])[]): Promise<string> {
  const sent = new SyncBytes();
  const stream = await tcpStreams(port)(sent);
  for (const words of lines) stream.write(encodeCommand(words));
  await until(() => sent.text.includes("the end"));
  stream.destroy();
  return sent.text;
}

async function describeReplica(port: number): Promise<Record<string, unknown>> {
  const sent = new SyncBytes();
  const stream = await tcpStreams(port)(sent);
  stream.write(Buffer.from("REPLCONF ip-address 10.1.2.3 listening-port 7001\r\n"));
  await until(() => sent.text.includes("OK"));
  stream.write(Buffer.from("SYNC\r\n"));
  const client = await connect(port);
  const info = async (section: string): Promise<string> => textOf(await client.call("INFO", section));
  while (!/state=online/.test(await info("replication"))) await sleep(5);
  const list = textOf(await client.call("CLIENT", "LIST", "TYPE", "replica"));
  return {
    replica: /^slave0:.*$/m.exec(await info("replication"))?.[0].replace(/lag=\d+/, "lag=?"),
    count: /^connected_slaves:.*$/m.exec(await info("replication"))?.[0],
    clients: /^connected_clients:.*$/m.exec(await info("clients"))?.[0],
    role: show(await client.call("ROLE")).replace(/:\d+/, ":?"),
    lines: list.trim().split("\n").length,
    flags: / flags=(\S+)/.exec(list)?.[1],
    command: / cmd=(\S+)/.exec(list)?.[1],
    killed: show(await client.call("CLIENT", "KILL", "TYPE", "slave")),
  };
}
