/** Registers the wire cases for one target: a server for all of them, emptied before each. */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, test } from "vitest";
import { missingOracle } from "../oracle.ts";
import { ServerProcess } from "../server-process.ts";
import { wireCases } from "./cases/index.ts";
import { WireClient } from "./client.ts";
import type { Capability, Wire, WireCase } from "./environment.ts";
import { lifecycleSuite } from "./lifecycle.ts";
import { tcpStreams } from "./stream.ts";
import { BUILD_COMMAND, type ProcessTarget, SERVER_COMMANDS } from "./targets.ts";
import { toolSuite } from "./tools.ts";

/** The first capability that a case needs and the target has not, with the reason; or undefined. */
export function missingCapability(wire: Wire, item: WireCase): string | undefined {
  return Object.entries(item.needs ?? {}).find(([capability]) => !wire.has(capability as Capability))?.[1];
}

export function wireSuite(target: ProcessTarget): void {
  const missing = target === "redis" ? missingOracle() : undefined;

  describe.skipIf(missing !== undefined)(`wire: ${target}`, () => {
    let server: ServerProcess;
    let wire: Wire;

    beforeAll(async () => {
      await prepare(target);
      server = await ServerProcess.start(SERVER_COMMANDS[target]);
      wire = await processWire(target, server);
    });

    afterAll(async () => {
      await server?.stop();
    });

    for (const item of wireCases) {
      test(item.name, async (context) => {
        const reason = missingCapability(wire, item);
        context.skip(reason !== undefined, reason);
        await empty(wire);
        await item.run(wire);
      });
    }

    toolSuite(() => server.port);
    lifecycleSuite(target);
  });
}

/** The bundle is built anew, so that a run of these tests alone judges the sources as they are. */
export async function prepare(target: ProcessTarget): Promise<void> {
  const [program, ...args] = BUILD_COMMAND;
  if (target === "node20") await promisify(execFile)(program, args);
}

/** A wire to a running process. */
export async function processWire(target: ProcessTarget, server: ServerProcess): Promise<Wire> {
  const open = tcpStreams(server.port);
  const capabilities = new Set<Capability>(["real"]);
  if (target !== "redis") capabilities.add("ours");
  if (process.env.WIRE_HUGE === "1") capabilities.add("huge");
  const client = await WireClient.connect(open);
  if ((await client.call("CONFIG", "GET", "maxclients")).kind === "array") capabilities.add("config");
  client.destroy();
  return {
    target,
    has: (capability) => capabilities.has(capability),
    connect: () => WireClient.connect(open),
    sleep: (ms) => sleep(ms),
  };
}

export async function empty(wire: Wire): Promise<void> {
  const client = await wire.connect();
  await client.call("FLUSHALL");
  client.destroy();
  await client.closed;
}
