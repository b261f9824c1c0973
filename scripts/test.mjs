/**
 * `npm test [-- arguments of vitest]`: installs what is missing, then types, lint, floors and the build side by side,
 * then every test. A check that holds is one line, a check that fails shows what it found; the last line counts.
 */
import { build } from "./build.mjs";
import { installIfNeeded, packageBin, root, run, userNode } from "./setup.mjs";

await installIfNeeded();

const tool = (packageName, command, ...args) => run(userNode, [packageBin(packageName, command), ...args]);

const everything = ["mod.ts", "src", "runtime", "test", "scripts"];

const checks = [
  ["types", () => tool("typescript", "tsc", "--project", ".")],
  ["format and lint", () => tool("@biomejs/biome", "biome", "check", "--error-on-warnings", "--colors=off")],
  ["floors", () => tool("dependency-cruiser", "depcruise", "--output-type", "err-long", ...everything)],
  ["build", async () => ({ code: (await build()) ? 0 : 1, output: "" })],
];

async function report([name, check]) {
  const startMs = performance.now();
  const { code, output } = await check();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(code === 0 ? ` ✓ ${name} ${seconds} s` : ` × ${name}\n${output.trimEnd()}\n`);
  return code === 0;
}

/** Runs vitest, whose reporter (scripts/totals.mjs) sends the totals over the channel between the processes. */
async function runTests(args) {
  let totals;
  const colour = process.stdout.isTTY ? {} : { NO_COLOR: "1" };
  const { code } = await run(userNode, [packageBin("vitest", "vitest"), "run", "--root", root, ...args], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: { ...process.env, ...colour },
    onMessage: (message) => {
      totals = message.totals ?? totals;
    },
  });
  return { code, totals: totals ?? { passed: 0, failed: 1, skipped: 0 } };
}

const failedChecks = (await Promise.all(checks.map(report))).filter((holds) => !holds).length;
const { code, totals } = await runTests(process.argv.slice(2));
const failed = totals.failed + failedChecks;
console.log(`\n${totals.passed} passed, ${failed} failed, ${totals.skipped} skipped`);
process.exit(code !== 0 || failed > 0 ? 1 : 0);
