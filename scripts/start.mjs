/**
 * `npm start -- [arguments of the server]`: installs what is missing, builds, runs the server with the user's own
 * Node and ends as the server ends. (package.json starts this with `exec`, or the shell that npm puts in between
 * would take the signals and pass none on.)
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { build } from "./build.mjs";
import { installIfNeeded, root, userNode } from "./setup.mjs";

const PARENT_CHECK_MS = 250;

await installIfNeeded();
if (!(await build())) process.exit(1);

const server = spawn(userNode, [join(root, "dist", "redpoll.js"), ...process.argv.slice(2)], {
  stdio: "inherit",
  cwd: process.env.INIT_CWD ?? process.cwd(),
});
server.on("error", (error) => {
  console.error(`could not start ${userNode}: ${error.message}`);
  process.exit(1);
});
server.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal ?? ""] ?? 0)));

process.on("SIGTERM", () => server.kill("SIGTERM"));
process.on("SIGHUP", () => server.kill("SIGHUP"));
process.on("SIGINT", () => {
  // A terminal sends Ctrl-C to the server too, and a second one would mean "at once, without saving".
  if (!process.stdin.isTTY) server.kill("SIGINT");
});

// Killed outright, npm passes nothing on: the server ends with it all the same.
const parent = process.ppid;
const parentCheck = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(parentCheck);
  server.kill("SIGTERM");
}, PARENT_CHECK_MS);
