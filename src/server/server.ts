/**
 * The server: the composition root. Everything is made here and handed what it needs; no room below knows of another
 * but through what it was given. Several servers live in one process.
 */
import { assert } from "../base/assert.ts";
import { KeyedHash } from "../base/keyed-hash.ts";
import { ACCEPT_BACKLOG_DEFAULT, CLIENTS_DEFAULT, DATABASES_DEFAULT } from "../base/limits.ts";
import { Prng } from "../base/prng.ts";
import { asciiBytes } from "../base/text.ts";
import { CONNECTION_ROWS } from "../commands/connection/rows.ts";
import type { Context, Services } from "../commands/context.ts";
import { GENERIC_ROWS } from "../commands/generic/rows.ts";
import { STRING_ROWS } from "../commands/string/rows.ts";
import { Engine } from "../engine/engine.ts";
import { endTransaction, transactionRows } from "../engine/transaction-rows.ts";
import { Unit } from "../engine/unit.ts";
import { Keyspace } from "../keyspace/keyspace.ts";
import type { Address, Listener, Platform, Socket, SocketHandler } from "../platform/index.ts";
import { OutputBlockPool } from "../protocol/output-blocks.ts";
import { defaultParserLimits, type ParserLimits } from "../protocol/request-parser.ts";
import { Background } from "./background.ts";
import { commandRows } from "./commands/command-rows.ts";
import { serverRows } from "./commands/server-rows.ts";
import { Log } from "./log.ts";
import { NetworkStatistics } from "./network-statistics.ts";
import { PubSub } from "./pubsub/pubsub.ts";
import { pubsubRows } from "./pubsub/rows.ts";
import { clientOf, Session } from "./session.ts";
import { Turn } from "./turn.ts";

const TOO_MANY_CLIENTS = asciiBytes("-ERR max number of clients reached\r\n");

export interface ServerOptions {
  /** TCP port; 0 picks a free one; null listens on none. */
  readonly port?: number | null;
  readonly hosts?: readonly string[];
  readonly unixSocket?: string;
  readonly databases?: number;
  readonly maxClients?: number;
  /** Where log lines go. Default: nowhere. */
  readonly logSink?: (line: Uint8Array) => void;
}

export class Server {
  readonly platform: Platform;
  readonly log: Log;
  readonly keyspace: Keyspace;
  readonly engine: Engine;
  readonly pubsub: PubSub;
  readonly turn: Turn;
  readonly background: Background;
  readonly parserLimits: ParserLimits = defaultParserLimits();
  readonly outputBlocks = new OutputBlockPool();
  readonly network = new NetworkStatistics();
  readonly sessions: Set<Session> = new Set();
  readonly startedAtMs: number;
  readonly runId: string;
  maxClients: number;
  /** `used_memory` right after start, and at its highest; the peak is sampled by cron and INFO. */
  startupMemoryBytes = 0;
  peakMemoryBytes = 0;
  /** Called by SHUTDOWN: ends the process, or closes an embedded server. */
  onShutdown: () => void = () => {};
  /** Addresses that are listened on. */
  readonly addresses: Address[] = [];

  readonly #options: ServerOptions;
  readonly #listeners: Listener[] = [];
  #nextClientId = 1;
  #closing: Promise<void> | null = null;

  constructor(platform: Platform, options: ServerOptions) {
    this.platform = platform;
    this.#options = options;
    this.maxClients = options.maxClients ?? CLIENTS_DEFAULT;
    this.startedAtMs = platform.clock.wallMs();
    this.log = new Log(platform.clock, platform.process.pid, options.logSink ?? (() => {}));
    this.turn = new Turn(platform.clock, platform.timers);
    const secret = new Int32Array(8);
    platform.random.fill(new Uint8Array(secret.buffer));
    this.runId = Array.from(new Uint8Array(secret.buffer, 12, 20), (byte) => byte.toString(16).padStart(2, "0")).join(
      "",
    );
    const unit = new Unit();
    this.keyspace = new Keyspace(
      {
        allocate: (sizeBytes) => new ArrayBuffer(sizeBytes),
        release: (buffer) => platform.memory.release(buffer),
      },
      new KeyedHash(secret[0], secret[1]),
      new Prng(secret[2], secret[0]),
      options.databases ?? DATABASES_DEFAULT,
      unit,
    );
    this.pubsub = new PubSub(this.keyspace);
    this.engine = new Engine(this.keyspace, unit, platform.clock, this.#services(), this.pubsub);
    this.engine.define(this.#rows());
    this.background = new Background(this);
    this.startupMemoryBytes = this.usedMemoryBytes;
    this.peakMemoryBytes = this.startupMemoryBytes;
  }

  #rows() {
    return [
      ...CONNECTION_ROWS,
      ...STRING_ROWS,
      ...GENERIC_ROWS,
      ...transactionRows(this.engine),
      ...pubsubRows(this.pubsub),
      ...serverRows(this),
      ...commandRows(this),
    ];
  }

  #services(): Services {
    return {
      authenticate: (context: Context): boolean => {
        context.fail(
          "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
        );
        return false;
      },
    };
  }

  // ---- listening ------------------------------------------------------------------------------------------------

  /** Starts to listen. Rejects with the platform's error when an address cannot be had; nothing is left open then. */
  async listen(): Promise<void> {
    const { port = 6379, hosts = ["127.0.0.1"], unixSocket } = this.#options;
    try {
      if (port !== null) {
        let chosen = port;
        for (const host of hosts) {
          const { address } = await this.#listenOn({
            kind: "tcp",
            host,
            port: chosen,
            backlog: ACCEPT_BACKLOG_DEFAULT,
          });
          chosen = address.port;
        }
      }
      if (unixSocket !== undefined) await this.#listenOn({ kind: "unix", path: unixSocket });
    } catch (error) {
      await this.close();
      throw error;
    }
    this.background.start();
  }

  async #listenOn(options: Parameters<Platform["net"]["listen"]>[0]): Promise<Listener> {
    const listener = await this.platform.net.listen(options, (socket) => this.#accept(socket));
    this.#listeners.push(listener);
    this.addresses.push(listener.address);
    return listener;
  }

  #accept(socket: Socket): SocketHandler | null {
    this.turn.enter();
    if (this.#closing !== null) return null;
    if (this.sessions.size >= this.maxClients) {
      this.network.rejected++;
      socket.write(TOO_MANY_CLIENTS);
      return null;
    }
    this.network.accepted++;
    const session = new Session(
      this,
      socket,
      clientOf(socket, this.#nextClientId++, this.platform.clock.monotonicUs()),
    );
    this.sessions.add(session);
    return session;
  }

  forget(session: Session): void {
    endTransaction(session, this.engine);
    this.pubsub.forget(session.client);
    this.sessions.delete(session);
  }

  /** Closes listeners and connections and cancels timers; resolves when nothing is left open. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    this.background.stop();
    for (const session of [...this.sessions]) session.close();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    assert(this.keyspace.isQuiet, "no command is left in the middle");
  }

  // ---- memory ---------------------------------------------------------------------------------------------------

  /** Bytes of clients: their buffers, and a constant for each connection's objects. */
  get clientBytes(): number {
    let bytes = 0;
    for (const session of this.sessions) bytes += session.bufferBytes + CLIENT_OBJECT_BYTES;
    return bytes;
  }

  /** INFO `used_memory`: data, tables, buffers, and constants for what the JavaScript heap holds. */
  get usedMemoryBytes(): number {
    return this.keyspace.usedBytes + this.overheadBytes;
  }

  /** What of used memory is not entries: the server's own objects, clients, pooled buffers. */
  get overheadBytes(): number {
    return SERVER_OBJECT_BYTES + this.clientBytes + this.outputBlocks.pooledBytes + this.keyspace.arena.overheadBytes;
  }
}

/** A session with its parser, reply buffer, client state and socket, measured on the heap. */
const CLIENT_OBJECT_BYTES = 3072;
/** A server without data or clients: rows, table, engine, platform. */
const SERVER_OBJECT_BYTES = 768 * 1024;
