/**
 * The same generated commands to Redpoll and to a real Redis 7.0.15: replies to the byte, and from time to time the
 * whole dataset. More of it by hand: `node scripts/differential.ts --commands 1000000 --seed 7`.
 */
import { describe, expect, test } from "vitest";
import { missingOracle, oracleVersion } from "../oracle.ts";
import { SERVER_COMMANDS } from "../wire/targets.ts";
import { ORACLE_VERSION } from "./generator.ts";
import { showFinding } from "./rounds.ts";
import { runDifferential } from "./run.ts";

const missing = missingOracle() ?? (oracleVersion() === ORACLE_VERSION ? undefined : `not Redis ${ORACLE_VERSION}`);
const SEED = 20_240_229;
const COMMANDS = 150_000;
/** Only ends a run that hangs. */
const LIMIT_MS = 1_800_000;

describe("generated commands", () => {
  test("Redpoll and Redis answer alike", { timeout: LIMIT_MS }, async (context) => {
    context.skip(missing !== undefined, missing);
    const { findings } = await runDifferential({
      seed: SEED,
      commands: COMMANDS,
      findingsMax: 3,
      command: SERVER_COMMANDS["node-current"],
    });
    expect(findings.map(showFinding).join("\n\n")).toBe("");
  });
});
