/**
 * A small program that does what only a process of its own can show; `conformance.test.ts` runs it.
 *
 *     probe.ts input a "b c"   arguments and standard input back on standard output, then exit code 7
 *     probe.ts signal          says `ready`, then `SIGTERM` when that comes, twice `SIGHUP`, and exits with 3
 *     probe.ts throw           throws in every kind of callback and prints which errors came out uncaught
 */
import nodeProcess from "node:process";
import { createPlatform } from "#runtime";
import type { SocketHandler } from "../../src/platform/index.ts";

const { net, process, timers } = createPlatform();

function say(text: string): void {
  process.writeOut(new TextEncoder().encode(`${text}\n`));
}

async function input(): Promise<void> {
  const bytes = await process.readInput();
  say(JSON.stringify(process.arguments));
  process.writeError(new TextEncoder().encode("to the error output\n"));
  process.writeOut(bytes);
  process.exit(7);
}

function signal(): void {
  const stay = timers.every(1000, () => {});
  let hangUps = 0;
  const stop = process.onSignal("SIGHUP", () => {
    say("SIGHUP");
    hangUps++;
    if (hangUps === 2) stop();
  });
  process.onSignal("SIGTERM", () => {
    say("SIGTERM");
    stay.cancel();
    process.exit(3);
  });
  say("ready");
}

const PLACES = [
  "accept",
  "server data",
  "server drain",
  "server end",
  "server close",
  "client open",
  "client data",
  "client drain",
  "client end",
  "client close",
  "once",
  "every",
  "turn end",
];
const LARGE = new Uint8Array(20_000_000);

const PATIENCE_MS = 30_000;

/**
 * What a callback throws is a bug of the core: it has to surface as an uncaught error, wherever it is thrown, never to
 * be swallowed. Each place throws once, on a connection of its own, and what surfaces is written down.
 */
async function fail(): Promise<void> {
  const seen = new Set<string>();
  nodeProcess.on("uncaughtException", (error) => seen.add(error.message));
  for (const place of PLACES) {
    await failAt(place);
    for (let ms = 0; ms < PATIENCE_MS && !seen.has(place); ms += 5) await pause(5);
  }
  say([...seen].join());
  process.exit(0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    timers.once(ms, resolve);
  });
}

/** Starts what will throw at `place`, once. */
async function failAt(place: string): Promise<void> {
  let armed = true;
  const reach = (here: string): void => {
    if (here !== place || !armed) return;
    armed = false;
    throw new Error(place);
  };
  const watch = (name: string): SocketHandler => ({
    onOpen: () => reach(`${name} open`),
    onData: () => reach(`${name} data`),
    onDrain: () => reach(`${name} drain`),
    onEnd: () => reach(`${name} end`),
    onClose: () => reach(`${name} close`),
  });
  timers.once(1, () => reach("once"));
  const every = timers.every(1, () => {
    every.cancel();
    reach("every");
  });
  timers.atTurnEnd(() => reach("turn end"));
  const listener = await net.listen({ kind: "tcp", host: "127.0.0.1", port: 0, backlog: 1 }, (socket) => {
    reach("accept");
    socket.write(LARGE);
    socket.end();
    return watch("server");
  });
  const target = { kind: "tcp", host: "127.0.0.1", port: listener.address.port } as const;
  const socket = net.connect(target, watch("client"));
  socket.write(LARGE);
  socket.end();
}

const mode = process.arguments[0];
if (mode === "input") await input();
else if (mode === "signal") signal();
else await fail();
