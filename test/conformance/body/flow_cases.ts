/** Flow of bytes: backpressure, pausing, ownership of buffers, and a gigabyte through one socket. */
import { check, equal } from "./assert.ts";
import { type ConformanceCase, type Environment, until } from "./environment.ts";
import { checkPattern, patternBytes, wholePeriods } from "./pattern.ts";
import { ascii, closeHub, closePair, judge, openPair, type Peer, type Transport, tcp, tls, unix } from "./peer.ts";

const BLOCK_BYTES = wholePeriods(256 * 1024);

/** More than any system buffers for a socket. */
const BLOCKS_FILL = 192;

/**
 * Writes blocks of the pattern, so many that some have to wait until the peer reads: how long the system takes to fill
 * its buffers makes no difference then. @returns how many were written.
 */
async function fill(env: Environment, peer: Peer, block: Uint8Array): Promise<number> {
  let hasWaited = false;
  for (let count = 1; count <= BLOCKS_FILL; count++) hasWaited = !peer.write(block) || hasWaited;
  await env.advance(10);
  check(hasWaited && peer.live.bufferedBytes > 0, "a write to a peer that does not read never had to wait");
  return BLOCKS_FILL;
}

async function pushesBack(env: Environment, transport: Transport): Promise<void> {
  const pair = await openPair(env, transport, (server) => server.live.pause());
  const block = patternBytes(BLOCK_BYTES);
  let count = await fill(env, pair.client, block);
  const drainsBefore = pair.client.drains;
  const before = pair.client.live.bufferedBytes;
  for (let i = 0; i < 4; i++) {
    equal(pair.client.write(block), false, "a write behind one that waits");
    count++;
  }
  const after = pair.client.live.bufferedBytes;
  check(after >= before + 3 * BLOCK_BYTES, `bufferedBytes grows with what waits: ${before}, then ${after}`);
  await env.advance(20);
  equal(pair.client.drains, drainsBefore, "onDrain while the peer does not read");
  equal(pair.server.receivedBytes, 0, "bytes delivered while paused");
  let position = 0;
  pair.server.whenData = (buffer, start, end) => {
    checkPattern(buffer, start, end, position, 13);
    position += end - start;
  };
  pair.server.live.resume();
  await until(env, "everything has arrived", () => position === count * BLOCK_BYTES);
  await until(env, "onDrain has come", () => pair.client.drains > drainsBefore);
  equal(pair.client.live.bufferedBytes, 0, "bufferedBytes after onDrain");
  await closePair(env, pair);
}

async function destroysWithDataPending(env: Environment, transport: Transport): Promise<void> {
  const pair = await openPair(env, transport, (server) => server.live.pause());
  await fill(env, pair.client, patternBytes(BLOCK_BYTES));
  const drainsBefore = pair.client.drains;
  pair.client.call((socket) => socket.destroy());
  equal(pair.client.closes, 0, "onClose from within destroy");
  await until(env, "the destroyed end is closed", () => pair.client.closes === 1);
  equal(pair.client.error, null, "error after destroy");
  equal(pair.client.drains, drainsBefore, "onDrain after destroy");
  equal(pair.client.live.bufferedBytes, 0, "bufferedBytes after destroy");
  pair.server.whenData = () => {};
  pair.server.live.resume();
  await until(env, "the other end hears of it", () => pair.server.ends + pair.server.closes > 0);
  pair.server.live.destroy();
  await until(env, "the other end is closed", () => pair.server.closes === 1);
  await closeHub(env, pair.hub);
  judge(pair.client, pair.server);
}

async function pausesInsideOnData(env: Environment, transport: Transport): Promise<void> {
  const pair = await openPair(env, transport, (server) => {
    const keep = (buffer: Uint8Array, start: number, end: number): void => {
      checkPattern(buffer, start, end, server.receivedBytes - (end - start));
      server.call((socket) => socket.pause());
    };
    server.whenData = keep;
  });
  const sizeBytes = 300_000;
  pair.client.write(patternBytes(sizeBytes));
  let deliveries = 0;
  while (pair.server.receivedBytes < sizeBytes) {
    await until(env, "a delivery", () => pair.server.deliveries > deliveries);
    equal(pair.server.deliveries, deliveries + 1, "deliveries after a pause");
    deliveries = pair.server.deliveries;
    await env.advance(2);
    equal(pair.server.deliveries, deliveries, "deliveries while paused");
    pair.server.call((socket) => {
      socket.resume();
      // Only the last word counts.
      socket.pause();
      socket.pause();
      socket.resume();
    });
  }
  equal(pair.server.receivedBytes, sizeBytes, "bytes delivered");
  pair.server.live.resume();
  await closePair(env, pair);
}

/** A pause that is taken back at once, in the middle of more than one turn of bytes. */
async function pausesForNoTime(env: Environment, transport: Transport): Promise<void> {
  let position = 0;
  const pair = await openPair(env, transport, (server) => {
    server.whenData = (buffer, start, end) => {
      checkPattern(buffer, start, end, position, 7);
      position += end - start;
      server.call((socket) => {
        socket.pause();
        socket.resume();
      });
    };
  });
  const sizeBytes = 3_000_000;
  pair.client.write(patternBytes(sizeBytes));
  await until(env, "everything has arrived", () => position === sizeBytes);
  await closePair(env, pair);
}

async function pausesBeforeTheFirstByte(env: Environment, transport: Transport): Promise<void> {
  const pair = await openPair(env, transport, (server) => server.live.pause());
  pair.client.send("waiting");
  await env.advance(20);
  equal(pair.server.deliveries, 0, "deliveries while paused");
  pair.server.call((socket) => socket.resume());
  await until(env, "the bytes arrive", () => pair.server.receivedBytes === 7);
  await closePair(env, pair);
}

/** One buffer serves all writes that say they are done with it; the receiver is slow from time to time. */
async function leavesBuffersAlone(env: Environment, transport: Transport): Promise<void> {
  const pair = await openPair(env, transport);
  const { client, server } = pair;
  const chunkBytes = 9973;
  const total = chunkBytes * 600;
  let position = 0;
  server.whenData = (buffer, start, end) => {
    checkPattern(buffer, start, end, position, 5);
    position += end - start;
    if (server.deliveries % 40 === 0) {
      server.live.pause();
      env.platform.timers.once(1, () => server.live.resume());
    }
  };
  const buffer = new Uint8Array(chunkBytes);
  let sent = 0;
  const sendMore = (): void => {
    while (sent < total) {
      buffer.set(patternBytes(chunkBytes, sent));
      sent += chunkBytes;
      if (!client.write(buffer)) return;
      buffer.fill(255);
    }
  };
  client.whenDrain = sendMore;
  sendMore();
  await until(env, "everything has arrived", () => position === total);
  await closePair(env, pair);
}

/** Answers of a few bytes, written from one reused buffer and from within onData, as a server does. */
async function reusesSmallBuffers(env: Environment, transport: Transport): Promise<void> {
  const answer = new Uint8Array(64);
  const pair = await openPair(env, transport, (server) => {
    server.whenData = (buffer, start, end) => {
      for (let i = start; i < end; i++) {
        answer.fill(buffer[i]);
        // A write that waits keeps its bytes: the next answer takes a buffer of its own.
        const bytes = server.live.bufferedBytes > 0 ? answer.slice() : answer;
        if (server.write(bytes) && bytes === answer) answer.fill(0);
      }
    };
  });
  const rounds = 50;
  for (let round = 0; round < rounds; round++) {
    const before = pair.client.receivedBytes;
    pair.client.write(ascii(String.fromCharCode(65 + (round % 26))));
    await until(env, "the answer", () => pair.client.receivedBytes === before + 64);
  }
  const received = pair.client.received();
  const wrong = received.findIndex((byte, i) => byte !== 65 + ((i >> 6) % 26));
  equal(wrong, -1, "place of a wrong byte in the answers");
  await closePair(env, pair);
}

/** Heap that bulk transfer may add, whatever its size; collections are not forced. */
const BULK_HEAP_BYTES_MAX = 96 * 1024 * 1024;

async function movesBulk(env: Environment, transport: Transport, sizeBytes: number): Promise<void> {
  const { memory } = env.platform;
  const blocks = Math.ceil(sizeBytes / BLOCK_BYTES);
  let position = 0;
  let heapBytesMax = 0;
  const heapBytesBefore = memory.heapUsedBytes();
  const pair = await openPair(env, transport, (server) => {
    server.whenData = (buffer, start, end) => {
      checkPattern(buffer, start, end, position, 4099);
      position += end - start;
    };
  });
  const { client } = pair;
  const block = patternBytes(BLOCK_BYTES);
  let sent = 0;
  let bufferedBytesMax = 0;
  const sendMore = (): void => {
    while (sent < blocks) {
      sent++;
      if (sent % 64 === 0) heapBytesMax = Math.max(heapBytesMax, memory.heapUsedBytes());
      const done = client.write(block);
      bufferedBytesMax = Math.max(bufferedBytesMax, client.live.bufferedBytes);
      if (!done) return;
    }
  };
  client.whenDrain = sendMore;
  sendMore();
  await env.settle(
    new Promise<void>((resolve, reject) => {
      const watch = env.platform.timers.every(20, () => {
        if (position < blocks * BLOCK_BYTES && client.closes + pair.server.closes === 0) return;
        watch.cancel();
        if (position === blocks * BLOCK_BYTES) resolve();
        else reject(new Error(`closed after ${position} bytes: ${client.error} / ${pair.server.error}`));
      });
    }),
  );
  check(bufferedBytesMax <= 2 * BLOCK_BYTES, `bufferedBytes stays bounded, was ${bufferedBytesMax}`);
  const heapGrowth = heapBytesMax - heapBytesBefore;
  if (env.capabilities.realTime) check(heapGrowth < BULK_HEAP_BYTES_MAX, `the heap grew by ${heapGrowth} bytes`);
  await closePair(env, pair);
}

type Run = (env: Environment, transport: Transport) => Promise<void>;

const CASES: readonly (readonly [name: string, run: Run])[] = [
  ["a reader that does not read is felt by the writer", pushesBack],
  ["destroy with data pending", destroysWithDataPending],
  ["pause inside onData holds at once", pausesInsideOnData],
  ["pause and resume inside onData", pausesForNoTime],
  ["pause before the first byte", pausesBeforeTheFirstByte],
  ["a buffer may be reused when write said so", leavesBuffersAlone],
  ["small answers from one buffer", reusesSmallBuffers],
  ["bulk through one socket, in bounded memory", (env, transport) => movesBulk(env, transport, bulkOf(env, transport))],
];

/** The whole bulk over TCP; the other ways show that they are no different in kind. */
function bulkOf(env: Environment, transport: Transport): number {
  return transport.name === "tcp" ? env.bulkBytes : env.bulkBytes / 8;
}

export const flowCases: readonly ConformanceCase[] = [tcp, unix, tls].flatMap((transport) =>
  CASES.map(([name, run]) => ({
    name: `${transport.name}: ${name}`,
    needs: transport.needs,
    run: (env: Environment) => run(env, transport),
  })),
);
