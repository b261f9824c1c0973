/** Addresses and what goes wrong with them: ports, paths, refusals, resets. */
import type { PlatformError } from "../../../src/platform/index.ts";
import { check, equal, isKind } from "./assert.ts";
import { type ConformanceCase, type Environment, until } from "./environment.ts";
import {
  closeHub,
  closePair,
  connectPeer,
  judge,
  LOOPBACK,
  openHub,
  openPair,
  Peer,
  type Transport,
  tcp,
  unix,
} from "./peer.ts";

/** How the attempt to listen fails; null when it does not. */
async function listenError(env: Environment, options: Parameters<typeof openHub>[1]): Promise<unknown> {
  const attempt = env.platform.net
    .listen(options, () => null)
    .then(
      (listener) => listener.close().then(() => null),
      (error: unknown) => error,
    );
  return env.settle(attempt);
}

async function connectError(env: Environment, peer: Peer): Promise<PlatformError | null> {
  await until(env, "the connection fails", () => peer.closes === 1);
  equal(peer.opens, 0, "onOpen of a connection that failed");
  judge(peer);
  return peer.error;
}

async function picksPorts(env: Environment): Promise<void> {
  const first = await openHub(env, tcp.listenOptions(env));
  const second = await openHub(env, tcp.listenOptions(env));
  for (const hub of [first, second]) {
    equal(hub.address.kind, "tcp", "kind of the address");
    equal(hub.address.host, LOOPBACK, "host of the address");
    check(hub.address.port > 0 && hub.address.port < 65_536, `a port was picked, got ${hub.address.port}`);
  }
  check(first.address.port !== second.address.port, "two listeners have two ports");
  await closeHub(env, first);
  await closeHub(env, second);
}

async function refusesTakenPorts(env: Environment): Promise<void> {
  const hub = await openHub(env, tcp.listenOptions(env));
  const error = await listenError(env, { kind: "tcp", host: LOOPBACK, port: hub.address.port, backlog: 1 });
  isKind(error, "a port that is taken", "address-in-use");
  await closeHub(env, hub);
  const again = await openHub(env, { kind: "tcp", host: LOOPBACK, port: hub.address.port, backlog: 1 });
  equal(again.address.port, hub.address.port, "the port, once it is free");
  await closeHub(env, again);
}

/** `::` takes IPv4 as well, unless told not to. */
async function separatesIpVersions(env: Environment): Promise<void> {
  const { net } = env.platform;
  const v6 = { kind: "tcp", host: "::", backlog: 16 } as const;
  // A machine without IPv6 has nothing to separate.
  if ((await listenError(env, { ...v6, port: 0 })) !== null) return;
  const only = await openHub(env, { ...v6, port: 0, ipv6Only: true });
  const { port } = only.address;
  const refused = new Peer();
  refused.whenEnd = () => refused.live.destroy();
  refused.socket = net.connect({ kind: "tcp", host: LOOPBACK, port }, refused);
  await until(env, "a connection over IPv4 is refused", () => refused.closes === 1);
  equal(only.accepted.length, 0, "connections over IPv4");
  const client = new Peer();
  client.socket = net.connect({ kind: "tcp", host: "::1", port }, client);
  await until(env, "a connection over IPv6 is open", () => client.opens === 1 && only.accepted.length === 1);
  await closePair(env, { hub: only, client, server: only.accepted[0] });
  await listensBeside(env);
}

/** A port that IPv4 has already can be had for IPv6, or the runtime says that it cannot separate the two. */
async function listensBeside(env: Environment): Promise<void> {
  const hub = await openHub(env, { kind: "tcp", host: "0.0.0.0", port: 0, backlog: 16 });
  const { port } = hub.address;
  const error = await listenError(env, { kind: "tcp", host: "::", port, backlog: 16, ipv6Only: true });
  if (error !== null) isKind(error, "IPv6 beside IPv4", "unsupported");
  await closeHub(env, hub);
}

async function refusesForeignAddresses(env: Environment): Promise<void> {
  // 192.0.2.0/24 is reserved for documentation (RFC 5737): no machine has it.
  const error = await listenError(env, { kind: "tcp", host: "192.0.2.1", port: 0, backlog: 1 });
  isKind(error, "an address of another machine", "address-unavailable");
}

async function refusesConnections(env: Environment): Promise<void> {
  const hub = await openHub(env, tcp.listenOptions(env));
  await closeHub(env, hub);
  const client = connectPeer(env, tcp, hub.address);
  equal(client.closes, 0, "onClose from within connect");
  isKind(await connectError(env, client), "a port where nobody listens", "connection-refused");
}

async function failsOnUnknownHosts(env: Environment): Promise<void> {
  // `.invalid` is reserved (RFC 2606): no name below it resolves.
  const client = new Peer();
  client.socket = env.platform.net.connect({ kind: "tcp", host: "nobody.invalid", port: 6379 }, client);
  isKind(await connectError(env, client), "a host without an address", "host-not-found");
}

async function connectsByName(env: Environment): Promise<void> {
  const hub = await openHub(env, tcp.listenOptions(env));
  const client = new Peer();
  client.socket = env.platform.net.connect({ kind: "tcp", host: "localhost", port: hub.address.port }, client);
  await until(env, "the connection is open", () => client.opens === 1 && hub.accepted.length === 1);
  await closePair(env, { hub, client, server: hub.accepted[0] });
}

async function tellsAddresses(env: Environment): Promise<void> {
  const pair = await openPair(env, tcp);
  const { client, server, hub } = pair;
  equal(client.live.remote.port, hub.address.port, "the client's remote port");
  equal(server.live.local.port, hub.address.port, "the server's local port");
  equal(server.live.remote.port, client.live.local.port, "the server's remote port");
  for (const peer of [client, server]) {
    for (const address of [peer.live.remote, peer.live.local]) {
      equal(address.kind, "tcp", "kind");
      equal(address.host, LOOPBACK, "host");
    }
    equal(peer.live.peerCertificate, null, "certificate without TLS");
    peer.live.setNoDelay(false);
    peer.live.setNoDelay(true);
    peer.live.setKeepAlive(60);
    peer.live.setKeepAlive(0);
  }
  await closePair(env, pair);
}

async function tellsPaths(env: Environment): Promise<void> {
  const pair = await openPair(env, unix);
  const path = `${env.directory}/s`;
  equal(pair.hub.address.kind, "unix", "kind of the listener's address");
  equal(pair.hub.address.host, path, "the listener's path");
  equal(pair.hub.address.port, 0, "the listener's port");
  equal(pair.client.live.remote.kind, "unix", "kind of the client's remote address");
  equal(pair.client.live.remote.host, path, "the client's remote path");
  equal(pair.server.live.remote.kind, "unix", "kind of the server's remote address");
  equal(pair.server.live.local.host, path, "the server's local path");
  for (const peer of [pair.client, pair.server]) {
    peer.live.setNoDelay(true);
    peer.live.setKeepAlive(60);
  }
  await closePair(env, pair);
}

async function removesPaths(env: Environment): Promise<void> {
  const { files } = env.platform;
  const path = `${env.directory}/s`;
  const hub = await openHub(env, { kind: "unix", path, mode: 0o700 });
  equal(files.stat(path)?.kind, "other", "what stands at the path");
  await closeHub(env, hub);
  equal(files.stat(path), null, "what stands at the path after the close");
  const again = await openHub(env, { kind: "unix", path });
  await closeHub(env, again);
}

async function refusesTakenPaths(env: Environment): Promise<void> {
  const hub = await openHub(env, unix.listenOptions(env));
  const error = await listenError(env, unix.listenOptions(env));
  isKind(error, "a path that is taken", "address-in-use");
  const client = connectPeer(env, unix, hub.address);
  await until(env, "the first listener still serves", () => client.opens === 1 && hub.accepted.length === 1);
  await closePair(env, { hub, client, server: hub.accepted[0] });
}

async function refusesMissingPaths(env: Environment): Promise<void> {
  const address = { kind: "unix", host: `${env.directory}/nobody`, port: 0 } as const;
  const error = await connectError(env, connectPeer(env, unix, address));
  isKind(error, "a path where nobody listens", "not-found", "connection-refused");
  const missing = await listenError(env, { kind: "unix", path: `${env.directory}/no/such` });
  isKind(missing, "a directory that does not exist", "not-found", "permission");
}

async function seesResets(env: Environment): Promise<void> {
  const pair = await openPair(env, tcp);
  pair.client.call((socket) => socket.reset());
  equal(pair.client.closes, 0, "onClose from within reset");
  await until(env, "both ends are closed", () => pair.client.closes === 1 && pair.server.closes === 1);
  equal(pair.client.error, null, "error of the one that resets");
  isKind(pair.server.error, "the other end", "connection-reset");
  equal(pair.server.ends, 0, "an end before the reset");
  await closeHub(env, pair.hub);
  judge(pair.client, pair.server);
}

/**
 * Bytes that arrived before the reset may be delivered first. After them some systems report an end instead of the
 * reset (libuv as in Node 20, when the last read was a short one): then answering the end closes the connection.
 */
async function resetsWithDataPending(env: Environment): Promise<void> {
  const pair = await openPair(env, tcp, (server) => server.live.pause());
  const block = new Uint8Array(4_000_000);
  for (let i = 0; i < 8; i++) pair.client.write(block);
  pair.client.call((socket) => socket.reset());
  await until(env, "the resetting end is closed", () => pair.client.closes === 1);
  pair.server.whenData = () => {};
  pair.server.whenEnd = () => pair.server.live.end();
  pair.server.live.resume();
  await until(env, "the other end is closed", () => pair.server.closes === 1);
  if (pair.server.ends === 0) isKind(pair.server.error, "the other end", "connection-reset");
  equal(pair.client.error, null, "error of the one that resets");
  await closeHub(env, pair.hub);
  judge(pair.client, pair.server);
}

/** Writing to a peer that has closed without reading: the error arrives in onClose, whichever call meets it. */
async function failsWritesToTheDead(env: Environment, transport: Transport): Promise<void> {
  const pair = await openPair(env, transport);
  pair.server.call((socket) => socket.destroy());
  await until(env, "the client sees the end", () => pair.client.ends === 1);
  for (let i = 0; i < 50 && pair.client.closes === 0; i++) {
    pair.client.send("anybody there?");
    await env.advance(1);
  }
  await until(env, "the client is closed", () => pair.client.closes === 1);
  isKind(pair.client.error, "writing to a closed peer", "connection-reset", "broken-pipe");
  await closeHub(env, pair.hub);
  judge(pair.client, pair.server);
}

export const addressCases: readonly ConformanceCase[] = [
  { name: "tcp: port 0 picks a free port", run: picksPorts },
  { name: "tcp: a taken port is refused, and free after the close", run: refusesTakenPorts },
  { name: "tcp: IPv6 without IPv4", needs: ["realTime"], run: separatesIpVersions },
  { name: "tcp: an address of another machine is refused", needs: ["realTime"], run: refusesForeignAddresses },
  { name: "tcp: connecting where nobody listens", run: refusesConnections },
  { name: "tcp: connecting to a host that does not exist", needs: ["realTime"], run: failsOnUnknownHosts },
  { name: "tcp: connecting by name", run: connectsByName },
  { name: "tcp: both ends know both addresses", run: tellsAddresses },
  { name: "tcp: a reset is seen as one", run: seesResets },
  { name: "tcp: a reset with data pending", run: resetsWithDataPending },
  { name: "tcp: writing to a closed peer fails", run: (env) => failsWritesToTheDead(env, tcp) },
  { name: "unix: writing to a closed peer fails", needs: ["unix"], run: (env) => failsWritesToTheDead(env, unix) },
  { name: "unix: both ends know the path", needs: ["unix"], run: tellsPaths },
  { name: "unix: the path goes with the listener", needs: ["unix"], run: removesPaths },
  { name: "unix: a taken path is refused", needs: ["unix"], run: refusesTakenPaths },
  { name: "unix: connecting where nobody listens", needs: ["unix"], run: refusesMissingPaths },
];
