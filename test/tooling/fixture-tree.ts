import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A small repository in a temporary folder, with files of the real one copied in, for a tool to be run on. */
export class FixtureTree {
  readonly path = mkdtempSync(join(tmpdir(), "redpoll-tooling-"));

  constructor(files: Readonly<Record<string, string>>, copied: readonly string[]) {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(this.path, dirname(name)), { recursive: true });
      writeFileSync(join(this.path, name), text);
    }
    for (const name of copied) cpSync(join(ROOT, name), join(this.path, name), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(this.path, "node_modules"));
  }

  /** Runs the script of an installed package here and returns everything it printed. */
  run(script: string, ...args: string[]): { code: number | null; output: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "node_modules", script), ...args], {
      cwd: this.path,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
    });
    return { code: status, output: stdout + stderr };
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}
