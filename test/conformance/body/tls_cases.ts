/** TLS: who is believed and who is turned away. What TLS has in common with other transports is tested with them. */
import type { TlsClientOptions } from "../../../src/platform/index.ts";
import { check, equal, isKind } from "./assert.ts";
import { type ConformanceCase, type Environment, until } from "./environment.ts";
import { closeHub, closePair, connectTls, fixtures, type Hub, judge, openHub, Peer, tlsListenOptions } from "./peer.ts";

function connect(env: Environment, hub: Hub, options: Partial<TlsClientOptions>): Peer {
  const peer = new Peer();
  peer.socket = connectTls(env, hub.address, peer, options);
  return peer;
}

/** A connection that comes to be and carries bytes both ways. */
async function isServed(env: Environment, hub: Hub, client: Peer): Promise<Peer> {
  const before = hub.accepted.length;
  await until(env, "the connection is open", () => client.opens === 1 && hub.accepted.length > before);
  const server = hub.accepted[before];
  client.send("ping");
  server.send("pong");
  await until(env, "bytes both ways", () => client.receivedBytes === 4 && server.receivedBytes === 4);
  equal(server.receivedText(), "ping", "what the server received");
  return server;
}

/**
 * A client that finds fault with the server. The server may have been shown the connection before, since in TLS 1.3 the
 * client's last word can be under way when it looks at the certificate; then it sees the end.
 */
async function turnsAway(env: Environment, hub: Hub, client: Peer): Promise<void> {
  await until(env, "the connection is closed", () => client.closes === 1);
  equal(client.opens, 0, "onOpen of a connection that did not verify");
  isKind(client.error, "the client's error", "tls");
  await env.advance(20);
  for (const peer of hub.accepted) peer.live.destroy();
  await until(env, "the server's ends are closed", () => hub.accepted.every((peer) => peer.closes === 1));
  judge(client, ...hub.accepted);
}

function clientCertificate(env: Environment): Partial<TlsClientOptions> {
  const { clientCertificatePem, clientKeyPem } = fixtures(env);
  return { certificatePem: clientCertificatePem, privateKeyPem: clientKeyPem };
}

function strangersCertificate(env: Environment): Partial<TlsClientOptions> {
  const { strangerCertificatePem, strangerKeyPem } = fixtures(env);
  return { certificatePem: strangerCertificatePem, privateKeyPem: strangerKeyPem };
}

async function servesWithoutCertificates(env: Environment): Promise<void> {
  const hub = await openHub(env, tlsListenOptions(env, "none"));
  const client = connect(env, hub, {});
  const server = await isServed(env, hub, client);
  equal(server.live.peerCertificate, null, "certificate of a client that has none");
  const seen = client.live.peerCertificate;
  check(seen !== null, "the client sees the server's certificate");
  equal(seen.commonName, "localhost", "the server's name");
  equal(seen.authorized, true, "the server's certificate verifies");
  await closePair(env, { hub, client, server });
}

async function requiresCertificates(env: Environment): Promise<void> {
  const hub = await openHub(env, tlsListenOptions(env, "require"));
  await refusesEmptyHanded(env, hub, connect(env, hub, {}));
  await refusesEmptyHanded(env, hub, connect(env, hub, strangersCertificate(env)));
  const client = connect(env, hub, clientCertificate(env));
  const server = await isServed(env, hub, client);
  const seen = server.live.peerCertificate;
  check(seen !== null, "the server sees the client's certificate");
  equal(seen.commonName, fixtures(env).clientCommonName, "the client's name");
  equal(seen.authorized, true, "the client's certificate verifies");
  await closePair(env, { hub, client, server });
}

/** In TLS 1.3 the client is done before the server has looked at its certificate: it may be open for a moment. */
async function refusesEmptyHanded(env: Environment, hub: Hub, client: Peer): Promise<void> {
  client.whenEnd = () => client.live.end();
  await until(env, "the connection is closed", () => client.closes === 1);
  equal(hub.accepted.length, 0, "connections the server was shown");
  equal(client.receivedBytes, 0, "bytes sent to a client that was turned away");
  judge(client);
}

async function asksForCertificates(env: Environment): Promise<void> {
  const hub = await openHub(env, tlsListenOptions(env, "optional"));
  const expected = [
    { options: {}, authorized: null, commonName: null },
    { options: clientCertificate(env), authorized: true, commonName: fixtures(env).clientCommonName },
    { options: strangersCertificate(env), authorized: false, commonName: "stranger" },
  ];
  for (const { options, authorized, commonName } of expected) {
    const client = connect(env, hub, options);
    const server = await isServed(env, hub, client);
    const seen = server.live.peerCertificate;
    equal(seen?.authorized ?? null, authorized, "whether the client's certificate verifies");
    equal(seen?.commonName ?? null, commonName, "the client's name");
    client.live.end();
    server.live.end();
    await until(env, "both are closed", () => client.closes === 1 && server.closes === 1);
    judge(client, server);
  }
  await closeHub(env, hub);
}

async function clientsVerify(env: Environment): Promise<void> {
  const hub = await openHub(env, tlsListenOptions(env, "none"));
  const stranger = fixtures(env).strangerCertificatePem;
  await turnsAway(env, hub, connect(env, hub, { authoritiesPem: stranger }));
  await turnsAway(env, hub, connect(env, hub, { serverName: "elsewhere.example" }));
  const client = connect(env, hub, { authoritiesPem: stranger, serverName: "elsewhere.example", verify: false });
  const server = await isServed(env, hub, client);
  equal(client.live.peerCertificate?.authorized, false, "an unverified server that was let pass");
  await closePair(env, { hub, client, server });
}

async function unlocksKeys(env: Environment): Promise<void> {
  const { encryptedServerKeyPem, passphrase } = fixtures(env);
  const secret = { privateKeyPem: encryptedServerKeyPem, privateKeyPassphrase: passphrase };
  const hub = await openHub(env, tlsListenOptions(env, "none", secret));
  const client = connect(env, hub, {});
  const server = await isServed(env, hub, client);
  await closePair(env, { hub, client, server });
}

async function refusesBadSecrets(env: Environment): Promise<void> {
  const { encryptedServerKeyPem } = fixtures(env);
  const secrets = [
    { privateKeyPem: encryptedServerKeyPem, privateKeyPassphrase: "wrong" },
    { privateKeyPem: "not a key" },
  ];
  for (const secret of secrets) {
    const listening = env.platform.net
      .listen(tlsListenOptions(env, "none", secret), () => null)
      .then(
        () => null,
        (error: unknown) => error,
      );
    isKind(await env.settle(listening), "a key that cannot be read", "tls");
  }
  const hub = await openHub(env, tlsListenOptions(env, "none"));
  const bad = connect(env, hub, { ...clientCertificate(env), privateKeyPem: "not a key" });
  equal(bad.closes, 0, "onClose from within connect");
  await until(env, "the connection fails", () => bad.closes === 1);
  isKind(bad.error, "a client's key that cannot be read", "tls");
  await closeHub(env, hub);
}

async function survivesPlainClients(env: Environment): Promise<void> {
  const hub = await openHub(env, tlsListenOptions(env, "none"));
  const plain = new Peer();
  const { port } = hub.address;
  plain.socket = env.platform.net.connect({ kind: "tcp", host: "127.0.0.1", port }, plain);
  await until(env, "the plain connection is open", () => plain.opens === 1);
  plain.send("PING\r\nPING\r\nPING\r\nPING\r\n");
  plain.whenEnd = () => plain.live.end();
  await until(env, "the plain client is turned away", () => plain.closes === 1);
  equal(hub.accepted.length, 0, "connections the server was shown");
  const client = connect(env, hub, {});
  const server = await isServed(env, hub, client);
  await closePair(env, { hub, client, server });
  judge(plain);
}

export const tlsCases: readonly ConformanceCase[] = [
  {
    name: "tls: clients without a certificate, where none is asked for",
    needs: ["tls"],
    run: servesWithoutCertificates,
  },
  { name: "tls: client certificates required", needs: ["tls"], run: requiresCertificates },
  { name: "tls: client certificates optional", needs: ["tls"], run: asksForCertificates },
  { name: "tls: the client verifies the server", needs: ["tls"], run: clientsVerify },
  { name: "tls: a private key with a passphrase", needs: ["tls"], run: unlocksKeys },
  { name: "tls: secrets that cannot be read", needs: ["tls"], run: refusesBadSecrets },
  { name: "tls: a client that speaks no TLS", needs: ["tls"], run: survivesPlainClients },
];
