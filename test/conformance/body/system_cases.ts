/** Random bytes, memory, the process, and the end of a turn seen from the network. */
import { check, equal, throwsKind } from "./assert.ts";
import { type ConformanceCase, type Environment, until } from "./environment.ts";
import { closeHub, connectPeer, judge, openHub, type Peer, tcp } from "./peer.ts";

const MEGABYTE = 1024 * 1024;

async function fillsWithRandom(env: Environment): Promise<void> {
  const { random } = env.platform;
  const sizeBytes = 200_003;
  const bytes = new Uint8Array(sizeBytes + 20);
  random.fill(bytes.subarray(10, 10 + sizeBytes));
  random.fill(new Uint8Array(0));
  check(
    bytes.subarray(0, 10).every((byte) => byte === 0) && bytes.subarray(10 + sizeBytes).every((byte) => byte === 0),
    "fill stays within bounds",
  );
  const counts = new Uint32Array(256);
  for (let i = 10; i < 10 + sizeBytes; i++) counts[bytes[i]]++;
  const expected = sizeBytes / 256;
  // Six standard deviations: a fair source fails this once in millions of runs.
  const spread = 6 * Math.sqrt(expected);
  for (const count of counts) check(Math.abs(count - expected) < spread, `a byte came ${count} times of ${expected}`);
  const more = new Uint8Array(32);
  random.fill(more);
  check(
    more.some((byte, i) => byte !== bytes[10 + i]),
    "two fills differ",
  );
}

async function readsMemory(env: Environment): Promise<void> {
  const { memory } = env.platform;
  check(memory.heapUsedBytes() > 0, "some heap is used");
  check(memory.residentBytes() >= memory.heapUsedBytes() / 4, "the resident set holds the heap");
  check(memory.totalSystemBytes() > memory.residentBytes(), "the machine is larger than the process");
  memory.collect();
  memory.release(new ArrayBuffer(16));
  memory.release(new ArrayBuffer(0));
}

async function allocatesZeros(env: Environment): Promise<void> {
  const { memory } = env.platform;
  memory.prepare();
  for (const sizeBytes of [0, 1, 100_003, 9 * MEGABYTE + 1]) {
    const bytes = new Uint8Array(memory.allocate(sizeBytes));
    equal(bytes.length, sizeBytes, "the size of a new buffer");
    check(
      bytes.every((byte) => byte === 0),
      "a new buffer is all zeros",
    );
    bytes.fill(255);
    memory.release(bytes.buffer);
  }
}

async function heapExcludesBuffers(env: Environment): Promise<void> {
  const { memory } = env.platform;
  memory.collect();
  const before = memory.heapUsedBytes();
  const buffers = touchedBuffers(env, 4, 32 * MEGABYTE);
  const after = memory.heapUsedBytes();
  check(after - before < 16 * MEGABYTE, `128 MB of buffers add ${after - before} bytes to the heap`);
  for (const buffer of buffers) memory.release(buffer);
}

function touchedBuffers(env: Environment, count: number, sizeBytes: number): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (let i = 0; i < count; i++) {
    const buffer = env.platform.memory.allocate(sizeBytes);
    new Uint8Array(buffer).fill(i + 1);
    buffers.push(buffer);
  }
  return buffers;
}

/** A function of its own, so that nothing on the stack refers to the buffers any more. @returns resident bytes between. */
function touchAndRelease(env: Environment): number {
  const { memory } = env.platform;
  const buffers = touchedBuffers(env, 6, 64 * MEGABYTE);
  const full = memory.residentBytes();
  for (const buffer of buffers) memory.release(buffer);
  return full;
}

async function givesMemoryBack(env: Environment): Promise<void> {
  const { memory } = env.platform;
  memory.collect();
  const full = touchAndRelease(env);
  check(full > 384 * MEGABYTE, `with 384 MB of touched buffers ${full} bytes are resident`);
  memory.collect();
  // Judged by what goes, not by what was there before: what other cases have left is freed on other threads meanwhile.
  await until(env, "most of it is no longer resident", () => memory.residentBytes() < full - 284 * MEGABYTE);
}

async function describesTheProcess(env: Environment): Promise<void> {
  const { process, name } = env.platform;
  check(name !== "", "the platform has a name");
  check(Number.isInteger(process.pid) && process.pid > 0, "a process has a number");
  check(Array.isArray(process.arguments), "arguments are a list");
  check(process.executable !== "", "the program has a path");
  check(
    process.osDescription.split(" ").length >= 3,
    `the system is described as uname -srm: ${process.osDescription}`,
  );
  check(process.runtimeVersion !== "", "the runtime has a version");
  check(process.architectureBits === 64 || process.architectureBits === 32, "32 or 64 bits");
  equal(process.environment("REDPOLL_SURELY_NOT_SET"), undefined, "a variable that is not set");
  const before = process.cpuUsage();
  let sum = 0;
  for (let i = 0; i < 2_000_000; i++) sum = (sum + i * 31) | 0;
  const after = process.cpuUsage();
  check(after.userUs + after.systemUs >= before.userUs + before.systemUs && sum !== 1, "used time never shrinks");
  process.writeOut(new Uint8Array(0));
  process.writeError(new Uint8Array(0));
}

async function changesDirectory(env: Environment): Promise<void> {
  const { process, files } = env.platform;
  const before = process.workingDirectory();
  throwsKind("a directory that is not there", () => process.changeDirectory(`${env.directory}/no`), "not-found");
  equal(process.workingDirectory(), before, "the directory after a failure");
  process.changeDirectory(env.directory);
  try {
    files.open("relative", "create").close();
    equal(files.stat(`${env.directory}/relative`)?.kind, "file", "a relative path");
  } finally {
    process.changeDirectory(before);
  }
  equal(process.workingDirectory(), before, "the directory at the end");
}

async function watchesSignals(env: Environment): Promise<void> {
  const { process } = env.platform;
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"] as const) {
    const stop = process.onSignal(signal, () => {});
    stop();
    stop();
  }
}

/**
 * What lies ready on several sockets is handed out before the end of the turn: this is what lets a server answer all
 * clients of a turn after one write to its log.
 */
async function turnEndFollowsIo(env: Environment): Promise<void> {
  const { timers } = env.platform;
  const count = 20;
  const clients: Peer[] = [];
  let turnEnds = 0;
  let sinceTurnEnd = 0;
  const batches: number[] = [];
  const hub = await openHub(env, tcp.listenOptions(env), (server) => {
    server.whenData = () => {
      if (sinceTurnEnd++ > 0) return;
      timers.atTurnEnd(() => {
        turnEnds++;
        batches.push(sinceTurnEnd);
        sinceTurnEnd = 0;
      });
    };
  });
  for (let i = 0; i < count; i++) clients.push(connectPeer(env, tcp, hub.address));
  await until(env, "all are open", () => hub.accepted.length === count && clients.every((peer) => peer.opens === 1));
  for (const client of clients) client.send("now");
  await until(env, "all have arrived", () => hub.accepted.every((peer) => peer.receivedBytes === 3));
  await until(env, "the turn has ended", () => sinceTurnEnd === 0);
  equal(
    batches.reduce((sum, batch) => sum + batch, 0),
    count,
    "deliveries followed by an end of turn",
  );
  check(turnEnds < count / 2, `${count} ready sockets took ${turnEnds} turns: ${batches}`);
  const all = [...clients, ...hub.accepted];
  for (const peer of all) peer.call((socket) => socket.destroy());
  await until(env, "all are closed", () => all.every((peer) => peer.closes === 1));
  await closeHub(env, hub);
  judge(...all);
}

export const systemCases: readonly ConformanceCase[] = [
  { name: "random: fills any length, evenly", run: fillsWithRandom },
  { name: "memory: readings", run: readsMemory },
  { name: "memory: buffers of zeros", run: allocatesZeros },
  { name: "memory: buffers are no part of the heap", needs: ["realTime"], run: heapExcludesBuffers },
  { name: "memory: a released buffer goes back to the system", needs: ["realTime"], run: givesMemoryBack },
  { name: "process: describes itself", run: describesTheProcess },
  { name: "process: working directory", needs: ["realTime"], run: changesDirectory },
  { name: "process: signal handlers come and go", run: watchesSignals },
  { name: "turn end: after the I/O that was ready", run: turnEndFollowsIo },
];
