/**
 * Runs the conformance body under the runtime that runs this file and prints a line per case:
 * `ok <name> (<ms> ms)`, `not ok <name>: <message>` or `skip <name>: <reason>`, then a summary. Exit code 1 on failure.
 *
 *     node|bun|deno run -A  test/conformance/run.ts [--streams] [--bulk <MB>] [filter]
 *
 * `--streams` (Node only) takes sockets from node:net's documented streams, as on a Node built differently inside.
 * It also judges the runner's own end: when all listeners and timers are closed, the process has to end by itself.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createPlatform } from "#runtime";
import { connectStream, listenStream, type StreamTraits } from "../../runtime/shared/stream_net.ts";
import type { Platform } from "../../src/platform/index.ts";
import { type ConformanceCase, conformanceCases, type Environment, type TlsFixtures } from "./body/index.ts";

const BULK_MEGABYTES = 1024;
const SETTLE_LIMIT_MS = 300_000;
const END_LIMIT_MS = 240_000;

interface Options {
  readonly streams: boolean;
  readonly bulkBytes: number;
  readonly filter: string;
}

function parseOptions(args: readonly string[]): Options {
  let streams = false;
  let bulkMegabytes = BULK_MEGABYTES;
  let filter = "";
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--streams") streams = true;
    else if (args[i] === "--bulk") bulkMegabytes = Number(args[++i]);
    else filter = args[i];
  }
  return { streams, bulkBytes: bulkMegabytes * 1024 * 1024, filter };
}

/** The bundle for Node 20 stands elsewhere, so the folder may be told. */
function readFixtures(): TlsFixtures {
  const told = process.env.CONFORMANCE_FIXTURES;
  const read = (name: string): string =>
    readFileSync(told === undefined ? new URL(`./fixtures/${name}`, import.meta.url) : join(told, name), "utf8");
  return {
    authorityPem: read("authority.pem"),
    serverCertificatePem: read("server.pem"),
    serverKeyPem: read("server.key.pem"),
    clientCertificatePem: read("client.pem"),
    clientKeyPem: read("client.key.pem"),
    clientCommonName: "tester",
    strangerCertificatePem: read("stranger.pem"),
    strangerKeyPem: read("stranger.key.pem"),
    encryptedServerKeyPem: read("server.key.encrypted.pem"),
    passphrase: "open sesame",
  };
}

function withStreams(platform: Platform): Platform {
  const traits: StreamTraits = { readBuffer: new Uint8Array(65_536), tlsReadGate: null };
  return {
    ...platform,
    net: {
      listen: (options, accept) => listenStream(options, accept, traits, null),
      connect: (options, handler) => connectStream(options, handler, traits),
    },
  };
}

function settle<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error("waited too long for a promise")), SETTLE_LIMIT_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(limit));
  });
}

function advance(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

const platform = createPlatform();
const options = parseOptions(platform.process.arguments);
const root = mkdtempSync(join(tmpdir(), "conf-"));
const common: Omit<Environment, "directory"> = {
  platform: options.streams ? withStreams(platform) : platform,
  capabilities: { tls: true, unix: process.platform !== "win32", realTime: true },
  bulkBytes: options.bulkBytes,
  tls: readFixtures(),
  settle,
  advance,
};

/** @returns the line to print. */
async function runCase(item: ConformanceCase, index: number): Promise<string> {
  const missing = item.needs?.find((capability) => !common.capabilities[capability]);
  if (missing !== undefined) return `skip ${item.name}: no ${missing} here`;
  const directory = join(root, String(index));
  mkdirSync(directory);
  const start = performance.now();
  try {
    await item.run({ ...common, directory });
    return `ok ${item.name} (${Math.round(performance.now() - start)} ms)`;
  } catch (error) {
    return `not ok ${item.name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const counts = { ok: 0, "not ok": 0, skip: 0 };
for (const [index, item] of conformanceCases.entries()) {
  if (!item.name.includes(options.filter)) continue;
  const line = await runCase(item, index);
  counts[/^(ok|not ok|skip)/.exec(line)?.[0] as keyof typeof counts]++;
  console.log(line);
}
rmSync(root, { recursive: true });
console.log(
  `${platform.name} ${platform.process.runtimeVersion}: ${counts.ok} ok, ${counts["not ok"]} not ok, ${counts.skip} skipped`,
);
process.exitCode = counts["not ok"] === 0 ? 0 : 1;
const lingering = setTimeout(() => {
  console.log("not ok the process ends by itself: something is still open");
  process.exit(1);
}, END_LIMIT_MS);
lingering.unref();
// A failed case may leave sockets behind; that is no second failure.
if (counts["not ok"] > 0) process.exit(1);
