/**
 * The differential test by hand, as long as wanted:
 *
 *     node scripts/differential.ts [--commands 1000000] [--seed 1] [--round 0] [--findings 10] [--runtime node-current]
 *
 * `--round` begins there, so that `--round R --commands 1` plays again what was found in round R. Needs redis-server.
 */
import { parseArgs } from "node:util";
import { showFinding } from "../test/differential/rounds.ts";
import { runDifferential } from "../test/differential/run.ts";
import { missingOracle } from "../test/oracle.ts";
import { type ProcessTarget, SERVER_COMMANDS } from "../test/wire/targets.ts";

const { values } = parseArgs({
  options: {
    commands: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    round: { type: "string", default: "0" },
    findings: { type: "string", default: "10" },
    runtime: { type: "string", default: "node-current" },
  },
});

const missing = missingOracle();
if (missing !== undefined) {
  console.error(missing);
  process.exit(1);
}
const isTerminal = process.stderr.isTTY;
const startMs = performance.now();
const { findings, explained, rounds } = await runDifferential({
  seed: Number(values.seed),
  commands: Number(values.commands),
  firstRound: Number(values.round),
  findingsMax: Number(values.findings),
  command: SERVER_COMMANDS[values.runtime as ProcessTarget],
  onRound: (done, all) => {
    if (isTerminal) process.stderr.write(`\r${done} of ${all} rounds`);
  },
});
if (isTerminal) process.stderr.write("\r\x1b[K");
for (const finding of findings) console.log(`${showFinding(finding)}\n`);
for (const [what, count] of explained) console.log(`deliberate, ${count} times: ${what}`);
const seconds = Math.round((performance.now() - startMs) / 1000);
console.log(`${findings.length} unexplained differences in up to ${rounds} rounds of 1,000 commands, ${seconds} s`);
process.exitCode = findings.length === 0 ? 0 : 1;
