/**
 * A private copy of the suite, in which `src/redis-server` starts the server that is judged: several can be judged at
 * once, and the unpacked tree stays as it was. The launcher replaces itself by the server, since the suite watches the
 * process that it has started.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";

const TOOLS = ["redis-cli", "redis-benchmark", "redis-check-aof", "redis-check-rdb"];
/** Folders of tests/ that the runner does not need or makes itself. */
const LEFT_OUT = new Set(["tmp", "modules", "tls", "cluster/tmp", "sentinel/tmp"]);

/**
 * @param server program and arguments, in front of which nothing and behind which the suite's arguments are put.
 * @param findTool path of one of Redis's programs; those that are missing are left out.
 * @returns the folder of the copy, which the caller removes.
 */
export function makeWorkCopy(
  suite: string,
  server: readonly string[],
  findTool: (name: string) => string | undefined,
): string {
  const copy = mkdtempSync(join(tmpdir(), "conformance-"));
  const tests = join(suite, "tests");
  cpSync(tests, join(copy, "tests"), {
    recursive: true,
    filter: (path) => !LEFT_OUT.has(relative(tests, path)) && !/\.(o|so|xo)$/.test(basename(path)),
  });
  const programs = join(copy, "src");
  mkdirSync(programs);
  writeLauncher(join(programs, "redis-server"), server);
  writeLauncher(join(programs, "redis-sentinel"), server, "--sentinel");
  for (const name of TOOLS) {
    const tool = findTool(name);
    if (tool !== undefined) symlinkSync(tool, join(programs, name));
  }
  if (!existsSync(join(copy, "tests", "test_helper.tcl"))) {
    throw new Error(`the copy of the suite is not complete: ${readdirSync(copy).join(" ")}`);
  }
  return copy;
}

function writeLauncher(path: string, command: readonly string[], ...behind: readonly string[]): void {
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  writeFileSync(path, `#!/bin/sh\nexec ${words.join(" ")} "$@" ${behind.join(" ")}\n`);
  chmodSync(path, 0o755);
}
