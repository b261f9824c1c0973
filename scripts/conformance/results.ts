/**
 * Results as tables: of one run, of Redis itself (`baseline.tsv`, what there is to reach), and of the last run of each
 * unit (`results.tsv`, what docs/compatibility.md shows).
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { UnitResult } from "./unit-run.ts";

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
export const BASELINE_FILE = file("baseline.tsv");
export const RESULTS_FILE = file("results.tsv");

export interface UnitScore {
  readonly passed: number;
  /** Errors and exceptions. */
  readonly failed: number;
  readonly skipped: number;
}

export type Scores = ReadonlyMap<string, UnitScore>;

const HEADER = "unit\tpassed\tfailed\tskipped";

export function readScores(path: string): Map<string, UnitScore> {
  const scores = new Map<string, UnitScore>();
  if (!existsSync(path)) return scores;
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line === "" || line.startsWith("#") || line === HEADER) continue;
    const [unit, passed, failed, skipped] = line.split("\t");
    scores.set(unit, { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) });
  }
  return scores;
}

/** @param about what the file is, for its first line. */
export function writeScores(path: string, about: string, scores: Scores): void {
  const lines = [...scores]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([unit, { passed, failed, skipped }]) => `${unit}\t${passed}\t${failed}\t${skipped}`);
  writeFileSync(path, `# ${about}\n${HEADER}\n${lines.join("\n")}\n`);
}

export function scoreOf({ tests }: UnitResult): UnitScore {
  const count = (...statuses: string[]): number => tests.filter(({ status }) => statuses.includes(status)).length;
  return { passed: count("ok"), failed: count("err", "exception"), skipped: count("skip") };
}

/** Tests that Redis passes and that were not even tried: behind an exception, or after a hang. */
export function notRun(score: UnitScore, baseline: UnitScore | undefined): number {
  if (baseline === undefined) return 0;
  return Math.max(0, baseline.passed - score.passed - score.failed);
}

/** What counts for the total: no unit counts more than Redis passes in it. */
export function counted(score: UnitScore, baseline: UnitScore): number {
  return Math.min(score.passed, baseline.passed);
}

const GROUPS: readonly (readonly [name: string, units: RegExp])[] = [
  ["strings and numbers", /^unit\/type\/(string|incr)$/],
  ["lists", /^unit\/type\/list/],
  ["sets", /^unit\/type\/set$/],
  ["sorted sets", /^unit\/type\/zset$/],
  ["hashes", /^unit\/type\/hash$/],
  ["streams", /^unit\/type\/stream/],
  ["keys, expiry, scan, sort, dump", /^unit\/(keyspace|expire|scan|sort|dump|lazyfree)$/],
  ["bits, geo, hyperloglog", /^unit\/(bitops|bitfield|geo|hyperloglog)$/],
  ["scripts and functions", /^unit\/(scripting|functions|cluster-scripting|cluster\/scripting)$/],
  ["publish and subscribe", /^unit\/pubsub/],
  ["access control", /^unit\/(acl|acl-v2|auth)$/],
  [
    "transactions, tracking, introspection",
    /^unit\/(multi|tracking|introspection.*|info.*|slowlog|latency-monitor|pause)$/,
  ],
  [
    "memory and limits",
    /^unit\/(maxmemory|memefficiency|client-eviction|obuf-limits|.*querybuf|replybufsize|limits|oom-score-adj|violations)$/,
  ],
  ["append-only file", /^(unit\/aofrw|integration\/aof.*)$/],
  ["snapshots", /^integration\/(rdb|corrupt-dump.*|convert-.*|dismiss-mem)$/],
  ["replication", /^(integration\/(replication.*|psync2.*|block-repl|failover)|unit\/wait)$/],
  ["command-line tools", /^integration\/redis-(cli|benchmark)$/],
  ["cluster", /^unit\/cluster/],
  ["protocol, networking, other", /./],
];

export function groupOf(unit: string): string {
  return GROUPS.find(([, units]) => units.test(unit))?.[0] ?? unit;
}

/** The table of units that have been run, as text for a terminal. */
export function renderTable(scores: Scores, baseline: Scores): string {
  const rows = [["unit", "passed", "failed", "not run", "of Redis's"]];
  let passed = 0;
  let total = 0;
  for (const [unit, score] of scores) {
    const theirs = baseline.get(unit);
    rows.push([unit, score.passed, score.failed, notRun(score, theirs), theirs?.passed ?? "?"].map(String));
    if (theirs === undefined) continue;
    passed += counted(score, theirs);
    total += theirs.passed;
  }
  const share = total === 0 ? "" : ` (${((100 * passed) / total).toFixed(1)} %)`;
  const width = Math.max(...rows.map(([unit]) => unit.length));
  const lines = rows.map(
    ([unit, ...figures]) => `${unit.padEnd(width)}${figures.map((text) => text.padStart(11)).join("")}`,
  );
  return `${lines.join("\n")}\n${passed} of ${total}${share}`;
}

/** The table by groups for docs/compatibility.md. */
export function resultsMarkdown(scores: Scores, baseline: Scores): string {
  const groups = new Map(GROUPS.map(([name]) => [name, { passed: 0, total: 0, ran: 0, units: 0 }]));
  for (const [unit, theirs] of baseline) {
    const group = groups.get(groupOf(unit));
    if (group === undefined || theirs.passed === 0) continue;
    const score = scores.get(unit);
    group.units++;
    group.total += theirs.passed;
    if (score === undefined) continue;
    group.ran++;
    group.passed += counted(score, theirs);
  }
  const figures = [...groups].filter(([, { units }]) => units > 0);
  const sum = (of: (group: { passed: number; total: number }) => number): number =>
    figures.reduce((total, [, group]) => total + of(group), 0);
  const lines = figures.map(([name, { passed, total, ran, units }]) => {
    return `| ${name} | ${passed} | ${total} | ${ran === units ? "" : `${ran} of ${units} units tried`} |`;
  });
  return [
    "| Tests of | passed | that Redis passes | |",
    "|---|--:|--:|---|",
    ...lines,
    `| **all** | **${sum(({ passed }) => passed)}** | **${sum(({ total }) => total)}** | |`,
  ].join("\n");
}
