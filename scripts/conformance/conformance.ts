/** Runs units of the suite against a server, some at a time. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { UnitResult, UnitRunOptions } from "./unit-run.ts";
import { runUnit } from "./unit-run.ts";
import { makeWorkCopy } from "./work-copy.ts";

export interface ConformanceOptions extends Omit<UnitRunOptions, "copy" | "logFolder"> {
  readonly suite: string;
  readonly findTool: (name: string) => string | undefined;
  /** Units at a time, each in a work copy of its own. */
  readonly jobs: number;
  /** Where logs and failures go. */
  readonly out: string;
  readonly onUnit?: (result: UnitResult) => void;
}

export async function runConformance(
  units: readonly string[],
  options: ConformanceOptions,
): Promise<readonly UnitResult[]> {
  const logFolder = join(options.out, "logs");
  mkdirSync(logFolder, { recursive: true });
  const results = new Map<string, UnitResult>();
  const waiting = [...units];
  const work = async (): Promise<void> => {
    const copy = makeWorkCopy(options.suite, options.server, options.findTool);
    try {
      for (let unit = waiting.shift(); unit !== undefined; unit = waiting.shift()) {
        const result = await runUnit(unit, { ...options, copy, logFolder });
        results.set(unit, result);
        writeFailures(join(options.out, "failures.txt"), [...results.values()]);
        options.onUnit?.(result);
      }
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(options.jobs, units.length)) }, work));
  return units.flatMap((unit) => results.get(unit) ?? []);
}

function writeFailures(path: string, results: readonly UnitResult[]): void {
  const lines: string[] = [];
  for (const { unit, tests } of results) {
    for (const { status, name, details } of tests) {
      if (status !== "err" && status !== "exception") continue;
      lines.push(
        `## ${unit} [${status}] ${name}`,
        ...details.filter((line) => line.trim() !== "").map((line) => `    ${line}`),
      );
    }
  }
  writeFileSync(path, `${lines.join("\n")}\n`);
}
