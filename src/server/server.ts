/**
 * The server: the composition root. Everything is made here and handed what it needs; no room below knows of another
 * but through what it was given. Several servers live in one process.
 */
import { assert } from "../base/assert.ts";
import { KeyedHash } from "../base/keyed-hash.ts";
import { CLIENTS_DEFAULT, OUTPUT_LIMIT_NORMAL, OUTPUT_LIMIT_PUBSUB, OUTPUT_LIMIT_REPLICA } from "../base/limits.ts";
import { Prng } from "../base/prng.ts";
import { asciiBytes } from "../base/text.ts";
import { REDIS_VERSION } from "../commands/connection/hello.ts";
import { Engine } from "../engine/engine.ts";
import { LATENCY_HISTOGRAM_BYTES } from "../engine/statistics.ts";
import { endTransaction } from "../engine/transaction-rows.ts";
import { Unit } from "../engine/unit.ts";
import { Keyspace } from "../keyspace/keyspace.ts";
import { SpareBuffers } from "../memory/spare-buffers.ts";
import { DumpCodec } from "../persistence/dump.ts";
import { RdbSettings } from "../persistence/rdb-settings.ts";
import type { Address, Platform, Socket, SocketHandler } from "../platform/index.ts";
import { OutputBlockPool } from "../protocol/output-blocks.ts";
import { defaultParserLimits, type ParserLimits } from "../protocol/request-parser.ts";
import { RawSync } from "../replication/raw-sync.ts";
import { applyConfig } from "./apply-config.ts";
import { Authentication } from "./auth.ts";
import { Background } from "./background.ts";
import { BufferReleases } from "./buffer-releases.ts";
import { ClientDescriptors } from "./commands/client-descriptors.ts";
import { ClientPause } from "./commands/client-pause.ts";
import { DebugSettings } from "./commands/debug-settings.ts";
import type { Config } from "./config/config.ts";
import type { OutputLimits } from "./config/special-kinds.ts";
import { Listeners } from "./listeners.ts";
import { Log } from "./log.ts";
import { Monitors } from "./monitors.ts";
import { NetworkStatistics } from "./network-statistics.ts";
import { configOf, type ServerOptions } from "./options.ts";
import { isProtectedFrom, PROTECTED } from "./protected-mode.ts";
import { PubSub } from "./pubsub/pubsub.ts";
import { allRows } from "./rows.ts";
import { CLIENT_OBJECT_BYTES, clientOf, Session } from "./session.ts";
import { Turn } from "./turn.ts";

export type { ServerOptions } from "./options.ts";

const TOO_MANY_CLIENTS = asciiBytes("-ERR max number of clients reached\r\n");

export class Server {
  readonly platform: Platform;
  readonly config: Config;
  readonly log: Log;
  readonly keyspace: Keyspace;
  readonly bufferReleases: BufferReleases;
  readonly spareBuffers: SpareBuffers;
  readonly engine: Engine;
  readonly pubsub: PubSub;
  readonly monitors: Monitors;
  readonly turn: Turn;
  readonly background: Background;
  readonly debug = new DebugSettings();
  readonly parserLimits: ParserLimits = defaultParserLimits();
  readonly outputBlocks = new OutputBlockPool();
  readonly network = new NetworkStatistics();
  readonly sessions: Set<Session> = new Set();
  readonly descriptors = new ClientDescriptors();
  readonly authentication = new Authentication();
  readonly pause: ClientPause;
  readonly rawSync: RawSync;
  readonly rdb = new RdbSettings();
  readonly dumps: DumpCodec;
  readonly startedAtMs: number;
  readonly runId: string;
  /** The name of this server's history of changes, 40 hexadecimal digits: INFO `master_replid`. */
  replicationId = "";
  /** `used_memory` right after start, and at its highest; the peak is sampled by cron and INFO. */
  startupMemoryBytes = 0;
  peakMemoryBytes = 0;
  /** Called by SHUTDOWN: ends the process, or closes an embedded server. */
  onShutdown: () => void = () => {};

  // Settings that follow the configuration: `apply-config.ts`.
  maxClients = CLIENTS_DEFAULT;
  outputLimits: OutputLimits = {
    normal: OUTPUT_LIMIT_NORMAL,
    replica: OUTPUT_LIMIT_REPLICA,
    pubsub: OUTPUT_LIMIT_PUBSUB,
  };
  idleSecondsMax = 0;
  keepAliveSeconds = 300;
  protectedMode = true;

  readonly #listeners: Listeners;
  #nextClientId = 1;
  #closing: Promise<void> | null = null;

  /** @param options of a library's server, or a configuration that has been loaded. */
  constructor(platform: Platform, options: ServerOptions) {
    this.platform = platform;
    this.startedAtMs = platform.clock.wallMs();
    this.log = new Log(platform.clock, platform.process.pid, options.logSink ?? (() => {}));
    this.config = configOf(platform, options, this.log);
    this.turn = new Turn(platform.clock, platform.timers);
    const secret = new Int32Array(8);
    platform.random.fill(new Uint8Array(secret.buffer));
    this.runId = Array.from(new Uint8Array(secret.buffer, 12, 20), hexadecimal).join("");
    this.beginHistory();
    const unit = new Unit();
    this.bufferReleases = new BufferReleases(platform.memory);
    this.spareBuffers = new SpareBuffers({
      allocate: (sizeBytes) => platform.memory.allocate(sizeBytes),
      release: (buffer) => this.bufferReleases.release(buffer),
    });
    this.keyspace = new Keyspace(
      this.spareBuffers,
      new KeyedHash(secret[0], secret[1]),
      new Prng(secret[2], secret[0]),
      this.config.values.databases,
      unit,
    );
    this.dumps = new DumpCodec(this.keyspace, this.rdb);
    this.pubsub = new PubSub(this.keyspace);
    this.engine = new Engine(this.keyspace, unit, platform.clock, platform.timers, this.authentication, this.pubsub);
    this.monitors = new Monitors(this.engine, platform.clock);
    this.engine.define(allRows(this), this.config.directives.renamedCommands);
    this.background = new Background(this);
    this.rawSync = new RawSync({
      keyspace: this.keyspace,
      commands: unit.log,
      clock: platform.clock,
      redisVersion: REDIS_VERSION,
      rdb: this.rdb,
      usedMemoryBytes: () => this.usedMemoryBytes,
      outputLimit: () => this.outputLimits.replica,
      backlogBytes: () => this.config.values.replBacklogSize,
      pingSeconds: () => this.config.values.replPingReplicaPeriod,
      wake: () => this.background.wake(),
      notice: (text) => this.log.notice(text),
      warning: (text) => this.log.warning(text),
    });
    this.background.tasks.push(this.rawSync, this.bufferReleases);
    this.pause = new ClientPause(this);
    this.#listeners = new Listeners(platform.net, this.log, (socket) => this.#accept(socket));
    applyConfig(this, this.config);
    this.startupMemoryBytes = this.usedMemoryBytes;
    this.peakMemoryBytes = this.startupMemoryBytes;
  }

  /** From here on the history of changes goes by another name. */
  beginHistory(): void {
    const history = new Uint8Array(20);
    this.platform.random.fill(history);
    this.replicationId = Array.from(history, hexadecimal).join("");
  }

  // ---- listening ------------------------------------------------------------------------------------------------

  /** Addresses that are listened on. */
  get addresses(): Address[] {
    return this.#listeners.addresses;
  }

  /** The TCP port that is listened on, 0 for none. */
  get port(): number {
    return this.#listeners.port;
  }

  /**
   * Starts to listen. Rejects with the platform's error when an address cannot be had; nothing is left open then.
   * @param anyPort whether port 0 asks for a free one instead of none.
   */
  async listen(anyPort = false): Promise<void> {
    const { bind, port, unixsocket, unixsocketperm } = this.config.values;
    try {
      if (port !== 0 || anyPort) await this.listenTcp(bind, port);
      if (unixsocket !== "") await this.#listeners.listenUnix(unixsocket, unixsocketperm);
    } catch (error) {
      await this.close();
      throw error;
    }
    this.background.start();
  }

  /** Moves the TCP listeners; on failure they stay where they were. */
  listenTcp(hosts: readonly string[], port: number): Promise<void> {
    return this.#listeners.listenTcp({ hosts, port, backlog: this.config.values.tcpBacklog });
  }

  #accept(socket: Socket): SocketHandler | null {
    this.turn.enter();
    if (this.#closing !== null) return null;
    if (this.sessions.size >= this.maxClients) return this.#turnAway(socket, TOO_MANY_CLIENTS);
    if (isProtectedFrom(this, socket)) return this.#turnAway(socket, PROTECTED);
    this.network.accepted++;
    if (this.keepAliveSeconds > 0) socket.setKeepAlive(this.keepAliveSeconds);
    const client = clientOf(socket, this.#nextClientId++, this.platform.clock.monotonicUs());
    this.authentication.greet(client);
    this.pause.restrict(client);
    const session = new Session(this, socket, client);
    this.sessions.add(session);
    return session;
  }

  #turnAway(socket: Socket, reason: Uint8Array): null {
    this.network.rejected++;
    socket.write(reason);
    return null;
  }

  /** CONFIG RESETSTAT. */
  resetStatistics(): void {
    this.engine.resetStatistics();
    this.keyspace.stats.reset();
    this.network.reset();
    this.turn.reset();
    this.peakMemoryBytes = this.usedMemoryBytes;
  }

  /** A connection has ended. May be said twice. */
  forget(session: Session): void {
    if (!this.sessions.has(session)) return;
    this.descriptors.give(session.descriptor);
    endTransaction(session, this.engine);
    this.engine.blocking.forget(session.client);
    this.pubsub.forget(session.client);
    this.monitors.forget(session.client);
    this.rawSync.forget(session.client);
    this.sessions.delete(session);
  }

  /** Closes listeners and connections and cancels timers; resolves when nothing is left open. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    this.background.stop();
    this.pause.stop();
    for (const session of [...this.sessions]) session.close();
    await this.#listeners.close();
    await this.config.settled();
    assert(this.keyspace.isQuiet, "no command is left in the middle");
  }

  // ---- memory ---------------------------------------------------------------------------------------------------

  /** Bytes of clients: their buffers, and a constant for each connection's objects. Replicas are counted apart. */
  get clientBytes(): number {
    return this.#bytesOfClients(false) + this.engine.blocking.sizeBytes;
  }

  /** Bytes of clients that have sent SYNC, without what they share: that is `rawSync.bufferBytes`. */
  get replicaBytes(): number {
    return this.#bytesOfClients(true);
  }

  #bytesOfClients(replicas: boolean): number {
    let bytes = 0;
    for (const { client, bufferBytes } of this.sessions) {
      if (client.isReplica !== replicas) continue;
      bytes += bufferBytes + CLIENT_OBJECT_BYTES - (replicas ? this.rawSync.sharedBytesOf(client) : 0);
    }
    return bytes;
  }

  /** INFO `used_memory`: data, tables, buffers, and constants for what the JavaScript heap holds. */
  get usedMemoryBytes(): number {
    return this.keyspace.usedBytes + this.overheadBytes;
  }

  /** What of used memory is not entries: the server's own objects, clients, pooled buffers. */
  get overheadBytes(): number {
    const { engine, keyspace, outputBlocks, rawSync } = this;
    const clients = this.clientBytes + this.replicaBytes + rawSync.bufferBytes;
    const histograms = engine.table.timedCount * LATENCY_HISTOGRAM_BYTES;
    const observed = histograms + engine.slowLog.sizeBytes;
    return SERVER_OBJECT_BYTES + clients + observed + outputBlocks.pooledBytes + keyspace.arena.overheadBytes;
  }
}

/** A server without data or clients: rows, table, engine, platform. */
const SERVER_OBJECT_BYTES = 768 * 1024;

function hexadecimal(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
