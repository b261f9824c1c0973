/**
 * `npm start -- [arguments of the server]`: installs what is missing, builds, runs the server with the user's own
 * Node and ends as the server ends.
 *
 * The server gets a process group of its own, so that a Ctrl-C at the terminal reaches it once, through here, and
 * not three times (from the terminal, from npm and from here): a second one means "at once, without saving".
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { build } from "./build.mjs";
import { installIfNeeded, root, userNode } from "./setup.mjs";

/** Signals of one kind that arrive closer together than this are one: npm repeats what the terminal sent. */
const SAME_SIGNAL_WITHIN_MS = 500;

await installIfNeeded();
await build();

const server = spawn(userNode, [join(root, "dist", "redpoll.js"), ...process.argv.slice(2)], {
  stdio: "inherit",
  detached: true,
  cwd: process.env.INIT_CWD ?? process.cwd(),
});

const lastSentMs = new Map();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    const nowMs = Date.now();
    if (nowMs - (lastSentMs.get(signal) ?? 0) < SAME_SIGNAL_WITHIN_MS) return;
    lastSentMs.set(signal, nowMs);
    server.kill(signal);
  });
}
server.on("error", (error) => {
  console.error(`could not start ${userNode}: ${error.message}`);
  process.exit(1);
});
server.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal ?? ""] ?? 0)));
