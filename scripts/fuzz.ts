/**
 * Fuzzing by hand: `node scripts/fuzz.ts <target> [--seconds N] [--seed S]`, and `--round R` to play one round again.
 * Without a seed it takes a fresh one. Ends with 1 when something was found.
 */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { fuzz, reproduction } from "../test/fuzz/fuzz.ts";
import { targets } from "../test/fuzz/targets.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "10" },
    seed: { type: "string" },
    round: { type: "string" },
  },
});

const target = targets.find(({ name }) => name === positionals[0]);
if (target === undefined) {
  console.error(
    `usage: node scripts/fuzz.ts ${targets.map(({ name }) => name).join("|")} [--seconds N] [--seed S] [--round R]`,
  );
  process.exit(2);
}

const seed = Number(values.seed ?? randomInt(2 ** 31));
const endMs = performance.now() + Number(values.seconds) * 1000;
const { rounds, failure } =
  values.round === undefined
    ? fuzz(target, { seed, goesOn: () => performance.now() < endMs })
    : fuzz(target, { seed, from: Number(values.round), goesOn: (played) => played < 1 });

console.log(`${target.name}: ${rounds} rounds, seed ${seed}`);
if (failure !== null) {
  console.error(reproduction(target, failure));
  process.exit(1);
}
