/** The servers that the wire cases judge, as commands to start them. The simulated one has a file of its own. */
import { fileURLToPath } from "node:url";
import { userNode } from "../../scripts/setup.mjs";
import { ORACLE_COMMAND } from "../oracle.ts";
import type { TargetName } from "./environment.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const path = (name: string): string => `${ROOT}${name}`;
const installed = (name: string): string => path(`node_modules/.bin/${name}`);

/** Bundles the sources for Node 20. */
export const BUILD_COMMAND: readonly [string, ...string[]] = [userNode, path("scripts/build.mjs")];

export type ProcessTarget = Exclude<TargetName, "sim">;

export const SERVER_COMMANDS: Readonly<Record<ProcessTarget, readonly string[]>> = {
  node20: [userNode, path("dist/redpoll.js")],
  "node-current": [installed("node"), path("runtime/node/main.ts")],
  deno: [installed("deno"), "run", "-A", path("mod.ts")],
  bun: [installed("bun"), path("mod.ts")],
  redis: ORACLE_COMMAND,
};

const EMBEDDED = path("test/wire/embedded.mjs");

/** How each runtime runs the server as a library. */
export const EMBEDDED_COMMANDS: Readonly<Record<Exclude<ProcessTarget, "redis">, readonly string[]>> = {
  node20: [userNode, EMBEDDED, path("dist/index.js")],
  "node-current": [installed("node"), EMBEDDED, path("mod.ts")],
  deno: [installed("deno"), "run", "-A", EMBEDDED, path("mod.ts")],
  bun: [installed("bun"), EMBEDDED, path("mod.ts")],
};
