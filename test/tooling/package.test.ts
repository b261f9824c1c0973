/**
 * What users get: `import { createServer } from "redpoll"` on every runtime and in TypeScript, `npm start`'s script
 * with its arguments, signals and exit code, and the sources run as they are.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server } from "../../scripts/bench/servers.ts";
import { ROOT } from "./fixture-tree.ts";

const installed = (command: string) => join(ROOT, "node_modules", ".bin", command);

/** A runtime, the command that runs a script with it, and what it runs as a server: the bundle, and the sources. */
const runtimes: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["node 20 or what runs the tests", [process.execPath], ["dist/redpoll.js"]],
  ["node, current", [installed("node")], ["dist/redpoll.js", "runtime/node/main.ts"]],
  ["bun", [installed("bun")], ["dist/redpoll.js", "mod.ts", "runtime/bun/main.ts"]],
  ["deno", [installed("deno"), "run", "-A"], ["dist/redpoll.js", "mod.ts", "runtime/deno/main.ts"]],
];

/** A project with the package installed, as `npm install redpoll` would leave it. */
const project = mkdtempSync(join(tmpdir(), "redpoll-user-"));

beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/build.mjs"], { cwd: ROOT, encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const home = join(project, "node_modules", "redpoll");
  mkdirSync(home, { recursive: true });
  cpSync(join(ROOT, "package.json"), join(home, "package.json"));
  // Another test may be building at this moment: what it has not put in its place yet is left out, and soon gone.
  cpSync(join(ROOT, "dist"), join(home, "dist"), { recursive: true, filter: (path) => !path.endsWith(".tmp") });
  writeFileSync(join(project, "package.json"), `{ "type": "module", "dependencies": { "redpoll": "*" } }`);
  writeFileSync(
    join(project, "use.mjs"),
    `import { createServer } from "redpoll";
     const server = await createServer({ port: 0 });
     console.log(server.port > 0 ? "listening" : "not listening");
     await server.close();
     console.log("closed");`,
  );
});

afterAll(() => rmSync(project, { recursive: true }));

describe.each(runtimes)("%s", (_name, command, mains) => {
  const [program, ...before] = command as [string, ...string[]];

  test("imports the library, opens a server, closes it and ends", (context) => {
    context.skip(!existsSync(program), `${program} is not installed`);
    const { stdout, stderr } = spawnSync(program, [...before, "use.mjs"], {
      cwd: project,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(stdout).toBe("listening\nclosed\n");
  });

  test.for(mains)("runs %s as a server", async (main, context) => {
    context.skip(!existsSync(program), `${program} is not installed`);
    const server = await Server.start([...command, join(ROOT, main), "--port", "{port}"]);
    expect(await server.stop()).toBe(0);
  });
});

test("npm start passes arguments, signals and the exit code", async () => {
  const server = await Server.start([process.execPath, join(ROOT, "scripts", "start.mjs"), "--port", "{port}"]);
  expect(await server.stop()).toBe(0);
});

test("deno task start runs the server, beside installed npm packages too", async (context) => {
  const deno = installed("deno");
  context.skip(!existsSync(deno), `${deno} is not installed`);
  const server = await Server.start([deno, "task", "--cwd", ROOT, "start", "--port", "{port}"]);
  await server.stop();
});

test("TypeScript finds the types, in a project that has no others", () => {
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const run = (cwd: string, ...args: string[]) =>
    spawnSync(process.execPath, [compiler, ...args], { cwd, encoding: "utf8" }).stdout;
  const types = join(project, "node_modules", "redpoll", "dist", "types");
  expect(run(ROOT, "--project", "tsconfig.build.json", "--outDir", types)).toBe("");
  writeFileSync(
    join(project, "use.ts"),
    `import { createServer, type RunningServer } from "redpoll";
     export const server: RunningServer = await createServer({ port: 0 });
     // @ts-expect-error A port is a number.
     export const refused = createServer({ port: "6379" });`,
  );
  const settings = ["--noEmit", "--strict", "--target", "ES2022", "--lib", "ES2023"];
  expect(run(project, ...settings, "--module", "NodeNext", "use.ts")).toBe("");
});
