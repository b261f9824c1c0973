/**
 * A vitest reporter beside the default one: says why tests were skipped (a skip carries its reason) and hands the
 * totals to scripts/test.mjs.
 */
export default class Totals {
  onTestRunEnd(modules, unhandledErrors) {
    const totals = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const skips = new Map();
    for (const module of modules) {
      if (module.errors().length > 0) totals.failed += 1; // The file itself did not load.
      for (const test of module.children.allTests()) {
        const { state, note = "no reason given" } = test.result();
        totals[state === "pending" ? "failed" : state] += 1;
        if (state === "skipped") skips.set(note, [...(skips.get(note) ?? []), test]);
      }
    }
    for (const [reason, tests] of skips) console.log(`skipped ${tests.length}: ${reason} (${filesOf(tests)})`);
    process.send?.({ totals });
  }
}

function filesOf(tests) {
  return [...new Set(tests.map((test) => test.module.relativeModuleId))].join(", ");
}
