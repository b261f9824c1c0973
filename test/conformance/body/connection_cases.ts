/** Life of a connection, over every transport: bytes, ends, closes, and what may not be called when. */
import { check, equal, isKind } from "./assert.ts";
import { type ConformanceCase, type Environment, until } from "./environment.ts";
import { checkPattern, patternBytes } from "./pattern.ts";
import {
  ascii,
  closeHub,
  closePair,
  connectPeer,
  judge,
  openHub,
  openPair,
  type Peer,
  type Transport,
  tcp,
  tls,
  unix,
} from "./peer.ts";

/** Sends back whatever a peer receives. */
function echo(peer: Peer): void {
  peer.whenData = (buffer, start, end) => {
    // A copy, since the buffer is ours only during the call and the write may keep it.
    peer.write(buffer.slice(start, end));
  };
}

async function echoes(env: Environment, transport: Transport): Promise<void> {
  const pair = await openPair(env, transport, echo);
  pair.client.send("hello");
  await until(env, "the echo is back", () => pair.client.receivedBytes === 5);
  equal(pair.client.receivedText(), "hello", "echo");
  equal(pair.server.opens, 0, "onOpen of an accepted socket");
  equal(pair.client.opens, 1, "onOpen of a connecting socket");
  check(pair.client.write(new Uint8Array(0)), "writing nothing is done at once");
  await closePair(env, pair);
}

async function keepsOrder(env: Environment, transport: Transport): Promise<void> {
  const pair = await openPair(env, transport, echo);
  const sizeBytes = 1_000_000;
  let sent = 0;
  for (let pieceBytes = 1; sent < sizeBytes; pieceBytes = (pieceBytes * 7 + 3) % 20_011) {
    const length = Math.min(pieceBytes, sizeBytes - sent);
    pair.client.write(patternBytes(length, sent));
    sent += length;
  }
  await until(env, "everything is back", () => pair.client.receivedBytes === sizeBytes);
  checkPattern(pair.client.received(), 0, sizeBytes, 0);
  await closePair(env, pair);
}

async function writesWhileOpening(env: Environment, transport: Transport): Promise<void> {
  const hub = await openHub(env, transport.listenOptions(env), echo);
  const client = connectPeer(env, transport, hub.address);
  const early = ascii("early ");
  client.write(early);
  client.send("bird");
  await until(env, "the echo is back", () => client.receivedBytes === 10);
  equal(client.receivedText(), "early bird", "what was written while opening");
  await closePair(env, { hub, client, server: hub.accepted[0] });
}

async function writesInsideOnData(env: Environment, transport: Transport): Promise<void> {
  const pair = await openPair(env, transport, (server) => {
    server.whenData = (buffer, start, end) => {
      for (let i = start; i < end; i++) {
        server.send(`${String.fromCharCode(buffer[i])},`);
        server.send(";");
      }
    };
  });
  pair.client.send("abc");
  pair.client.send("def");
  await until(env, "six answers", () => pair.client.receivedBytes === 18);
  equal(pair.client.receivedText(), "a,;b,;c,;d,;e,;f,;", "answers in order");
  await closePair(env, pair);
}

async function halfCloses(env: Environment, transport: Transport, first: "client" | "server"): Promise<void> {
  const pair = await openPair(env, transport);
  const ender = pair[first];
  const other = first === "client" ? pair.server : pair.client;
  ender.send("last words");
  ender.call((socket) => socket.end());
  await until(env, "the end arrives", () => other.ends === 1);
  equal(other.receivedText(), "last words", "what came before the end");
  equal(other.closes, 0, "closes at the end of one side");
  other.send("still");
  other.send(" here");
  await until(env, "writing after the peer's end", () => ender.receivedBytes === 10);
  equal(ender.receivedText(), "still here", "what came the other way");
  equal(ender.closes, 0, "closes before the other side ends");
  other.call((socket) => socket.end());
  await until(env, "both ends are closed", () => ender.closes === 1 && other.closes === 1);
  equal(ender.ends, 1, "ends seen by the one that ended first");
  equal(ender.error, null, "error of an orderly close");
  equal(other.error, null, "error of an orderly close");
  await closeHub(env, pair.hub);
  judge(ender, other);
}

/** Both sides have ended, but one has not read yet: what was sent to it must not get lost with the connection. */
async function keepsUnreadBytes(env: Environment, transport: Transport): Promise<void> {
  const pair = await openPair(env, transport, (server) => {
    server.whenEnd = () => {
      server.write(patternBytes(100_000));
      server.call((socket) => socket.end());
    };
  });
  pair.client.live.pause();
  pair.client.call((socket) => socket.end());
  await until(env, "the server sees the end", () => pair.server.ends === 1);
  await env.advance(20);
  equal(pair.client.deliveries + pair.client.ends + pair.client.closes, 0, "callbacks while paused");
  pair.client.call((socket) => socket.resume());
  await until(env, "both ends are closed", () => pair.client.closes === 1 && pair.server.closes === 1);
  equal(pair.client.receivedBytes, 100_000, "bytes that lay unread");
  checkPattern(pair.client.received(), 0, 100_000, 0);
  equal(pair.client.ends, 1, "ends seen by the client");
  equal(pair.client.error, null, "the client's error");
  equal(pair.server.error, null, "the server's error");
  await closeHub(env, pair.hub);
  judge(pair.client, pair.server);
}

/** A peer that sends and closes at once, to one that is not reading just then. */
async function deliversLastWords(env: Environment, transport: Transport): Promise<void> {
  const pair = await openPair(env, transport, (server) => server.live.pause());
  pair.server.whenEnd = () => pair.server.live.end();
  pair.client.write(patternBytes(5000));
  await env.advance(5);
  pair.client.call((socket) => socket.destroy());
  await env.advance(20);
  equal(pair.server.deliveries + pair.server.ends, 0, "callbacks while paused");
  pair.server.call((socket) => socket.resume());
  await until(env, "both ends are closed", () => pair.client.closes === 1 && pair.server.closes === 1);
  equal(pair.server.receivedBytes, 5000, "bytes sent before the close");
  equal(pair.server.ends, 1, "ends seen by the server");
  await closeHub(env, pair.hub);
  judge(pair.client, pair.server);
}

async function endsWithinOnEnd(env: Environment, transport: Transport): Promise<void> {
  const pair = await openPair(env, transport, (server) => {
    server.whenEnd = () => server.call((socket) => socket.end());
  });
  pair.client.call((socket) => socket.end());
  await until(env, "both ends are closed", () => pair.client.closes === 1 && pair.server.closes === 1);
  equal(pair.client.error, null, "the client's error");
  equal(pair.server.error, null, "the server's error");
  equal(pair.client.ends, 1, "ends seen by the client");
  await closeHub(env, pair.hub);
  judge(pair.client, pair.server);
}

async function destroysInsideOnData(env: Environment, transport: Transport): Promise<void> {
  const pair = await openPair(env, transport, (server) => {
    server.whenData = () => {
      server.call((socket) => socket.destroy());
      server.whenData = () => {
        server.offence ??= "onData after destroy";
      };
    };
  });
  pair.client.whenEnd = () => pair.client.live.end();
  for (let i = 0; i < 20; i++) pair.client.send("x".repeat(1000));
  await until(env, "both ends are closed", () => pair.client.closes === 1 && pair.server.closes === 1);
  equal(pair.server.error, null, "error of the one that destroyed");
  equal(pair.server.ends, 0, "ends after destroy");
  await closeHub(env, pair.hub);
  judge(pair.client, pair.server);
}

async function ignoresCallsAfterClose(env: Environment, transport: Transport): Promise<void> {
  const pair = await openPair(env, transport);
  pair.client.whenEnd = () => pair.client.live.end();
  pair.server.call((socket) => socket.destroy());
  for (let round = 0; round < 2; round++) {
    for (const peer of [pair.server, ...(round === 1 ? [pair.client] : [])]) {
      check(peer.send("into the void"), "write after a close answers true");
      peer.call((socket) => {
        socket.pause();
        socket.resume();
        socket.end();
        socket.setNoDelay(false);
        socket.setKeepAlive(10);
        socket.destroy();
        socket.reset();
      });
      equal(peer.live.bufferedBytes, 0, "bufferedBytes after a close");
    }
    await until(env, "both ends are closed", () => pair.client.closes === 1 && pair.server.closes === 1);
  }
  await env.advance(5);
  equal([pair.client.closes, pair.server.closes], [1, 1], "onClose, exactly once");
  await closeHub(env, pair.hub);
  judge(pair.client, pair.server);
}

async function destroysWhileOpening(env: Environment, transport: Transport): Promise<void> {
  const hub = await openHub(env, transport.listenOptions(env));
  const client = connectPeer(env, transport, hub.address);
  client.call((socket) => socket.destroy());
  await until(env, "the client is closed", () => client.closes === 1);
  equal(client.opens, 0, "onOpen after destroy");
  equal(client.error, null, "error after destroy");
  // The system may have made the connection before it heard of the change of mind.
  await env.advance(20);
  for (const peer of hub.accepted) peer.live.destroy();
  await until(env, "accepted ends are closed", () => hub.accepted.every((peer) => peer.closes === 1));
  await closeHub(env, hub);
  judge(client);
}

async function acceptMayRefuse(env: Environment, transport: Transport): Promise<void> {
  let calls = 0;
  const listener = await env.settle(
    env.platform.net.listen(transport.listenOptions(env), (socket) => {
      calls++;
      if (calls === 1) socket.write(ascii("-no room\r\n"));
      return null;
    }),
  );
  for (let round = 1; round <= 2; round++) {
    const client = connectPeer(env, transport, listener.address);
    await until(env, "the refused client sees the end", () => client.ends + client.closes > 0);
    if (round === 1) equal(client.receivedText(), "-no room\r\n", "what was written before the refusal");
    client.call((socket) => socket.destroy());
    await until(env, "the refused client is closed", () => client.closes === 1);
    judge(client);
  }
  equal(calls, 2, "connections offered");
  await env.settle(listener.close());
}

async function manyConnections(env: Environment, transport: Transport): Promise<void> {
  const count = transport.name === "tls" ? 30 : 250;
  const hub = await openHub(env, transport.listenOptions(env), echo);
  const clients: Peer[] = [];
  for (let i = 0; i < count; i++) clients.push(connectPeer(env, transport, hub.address));
  await until(env, "all are open", () => hub.accepted.length === count && clients.every((peer) => peer.opens === 1));
  for (let i = 0; i < count; i++) clients[i].send(`number ${i}`);
  await until(env, "all are answered", () => clients.every((peer, i) => peer.receivedText() === `number ${i}`));
  for (const client of clients) client.call((socket) => socket.end());
  await until(env, "all ends have arrived", () => hub.accepted.every((peer) => peer.ends === 1));
  for (const peer of hub.accepted) peer.call((socket) => socket.end());
  const all = [...clients, ...hub.accepted];
  await until(env, "all are closed", () => all.every((peer) => peer.closes === 1));
  await closeHub(env, hub);
  judge(...all);
}

async function listenerCloses(env: Environment, transport: Transport): Promise<void> {
  const pair = await openPair(env, transport, echo);
  const { address } = pair.hub;
  await closeHub(env, pair.hub);
  await closeHub(env, pair.hub);
  pair.client.send("still served");
  await until(env, "a living connection is served", () => pair.client.receivedBytes === 12);
  const late = connectPeer(env, transport, address);
  await until(env, "a late connection is refused", () => late.closes === 1);
  isKind(late.error, "the late connection", "connection-refused", "not-found");
  const again = await openHub(
    env,
    transport.name === "unix"
      ? { kind: "unix", path: address.host }
      : { kind: "tcp", host: address.host, port: address.port, backlog: 1 },
  );
  await closeHub(env, again);
  await closePair(env, pair);
  judge(late);
}

async function sendsAllBeforeTheEnd(env: Environment, transport: Transport): Promise<void> {
  const pair = await openPair(env, transport, (server) => server.live.pause());
  const blockBytes = 1_000_000;
  const blocks = 12;
  for (let i = 0; i < blocks; i++) pair.client.write(patternBytes(blockBytes, i * blockBytes));
  pair.client.call((socket) => socket.end());
  await env.advance(5);
  equal(pair.server.receivedBytes, 0, "bytes delivered while paused");
  let position = 0;
  pair.server.whenData = (buffer, start, end) => {
    checkPattern(buffer, start, end, position, 7);
    position += end - start;
  };
  pair.server.live.resume();
  await until(env, "everything and the end arrive", () => pair.server.ends === 1);
  equal(pair.server.receivedBytes, blocks * blockBytes, "bytes before the end");
  await closePair(env, pair);
}

type Run = (env: Environment, transport: Transport) => Promise<void>;

const CASES: readonly (readonly [name: string, run: Run])[] = [
  ["echoes", echoes],
  ["keeps order over writes of all sizes", keepsOrder],
  ["writes made while opening are sent", writesWhileOpening],
  ["writes from inside onData, in order", writesInsideOnData],
  ["end from inside onEnd", endsWithinOnEnd],
  ["destroy inside onData stops deliveries", destroysInsideOnData],
  ["calls after the close are ignored", ignoresCallsAfterClose],
  ["destroy while opening", destroysWhileOpening],
  ["accept may refuse, with a last word", acceptMayRefuse],
  ["many connections at once", manyConnections],
  ["closing the listener frees the address, connections live on", listenerCloses],
  ["everything written arrives before the end", sendsAllBeforeTheEnd],
];

/** TLS has no half-close that every implementation honours, so these are for the plain transports. */
const PLAIN_CASES: readonly (readonly [name: string, run: Run])[] = [
  ["half-close, client first", (env, transport) => halfCloses(env, transport, "client")],
  ["half-close, server first", (env, transport) => halfCloses(env, transport, "server")],
  ["both have ended, one has not read yet", keepsUnreadBytes],
  ["what a peer sent before it closed is delivered", deliversLastWords],
];

function casesOf(transport: Transport): ConformanceCase[] {
  const list = transport.name === "tls" ? CASES : [...CASES, ...PLAIN_CASES];
  return list.map(([name, run]) => ({
    name: `${transport.name}: ${name}`,
    needs: transport.needs,
    run: (env) => run(env, transport),
  }));
}

export const connectionCases: readonly ConformanceCase[] = [...casesOf(tcp), ...casesOf(unix), ...casesOf(tls)];
