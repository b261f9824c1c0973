/**
 * A server without sockets for tests of commands: calls go straight to the engine and come back as values, time is
 * steered by hand, and what the log would carry is kept.
 */
import { createPlatform } from "../../runtime/node/platform.ts";
import { Prng } from "../../src/base/prng.ts";
import { ClientState } from "../../src/commands/client-state.ts";
import type { Arguments } from "../../src/commands/context.ts";
import { NOTIFY_KEYEVENT, NOTIFY_KEYSPACE } from "../../src/keyspace/notify-flags.ts";
import type { Platform } from "../../src/platform/index.ts";
import { REPLY_READY, type Reply, ReplyReader } from "../../src/protocol/reply-reader.ts";
import { ReplyBuffer } from "../../src/protocol/reply-writer.ts";
import { Server } from "../../src/server/server.ts";

export const START_MS = 1_700_000_000_000;

export type Argument = string | number | Uint8Array;

/** A reply as a plain value: errors as `{ error }`, nulls as null, everything else by its nature. */
export type Plain = string | number | bigint | boolean | null | { error: string } | Plain[] | Map<Plain, Plain>;

export class LocalServer {
  readonly server: Server;
  readonly client: LocalClient;
  /** What has been propagated, a command a line. */
  readonly effects: string[] = [];
  /** `event key` of every notification, database numbers other than 0 in front. */
  readonly events: string[] = [];
  readonly logged: string[] = [];
  /** The time, of which the wall clock shows whole milliseconds. */
  nowMs = START_MS;

  constructor(databases = 16) {
    const logSink = (line: Uint8Array): void => void this.logged.push(latin1(line));
    const directives = { "enable-debug-command": "yes" };
    this.server = new Server(this.#platform(), { port: null, databases, directives, logSink });
    this.client = this.connect();
    const { log } = this.server.engine.unit;
    log.addReader({ append: (bytes, start, end) => this.#read(bytes.subarray(start, end)) });
  }

  connect(): LocalClient {
    return new LocalClient(this);
  }

  call(...args: Argument[]): Plain {
    return this.client.call(...args);
  }

  /** The effects since the last time it was asked, without SELECT. */
  takeEffects(): string[] {
    return this.effects.splice(0).filter((line) => !line.startsWith("SELECT"));
  }

  /** Records every notification of these classes (bits) from now on. */
  listen(classes: number): void {
    const { unit } = this.server.engine;
    unit.wire(this.server.keyspace, this.server.engine.watches, {
      publish: (channel: Uint8Array, message: Uint8Array): number => {
        const [, database, event] = /^__keyevent@(\d+)__:(.*)$/.exec(latin1(channel)) ?? [];
        this.events.push(`${database === "0" ? "" : `${database}:`}${event} ${latin1(message)}`);
        return 0;
      },
    });
    unit.setNotifications((classes & ~NOTIFY_KEYSPACE) | NOTIFY_KEYEVENT);
  }

  takeEvents(): string[] {
    return this.events.splice(0);
  }

  /** Asserts what must hold of tables, indexes and accounting. */
  check(): void {
    const { keyspace } = this.server;
    keyspace.arena.check();
    for (const database of keyspace.databases) database.table.check();
  }

  #read(bytes: Uint8Array): void {
    const reader = new ReplyReader();
    reader.begin(bytes, 0, bytes.length);
    while (reader.next() === REPLY_READY) {
      const command = plain(reader.reply) as Plain[];
      this.effects.push(command.join(" "));
    }
    reader.finish();
  }

  #platform(): Platform {
    const clock = {
      wallMs: () => Math.floor(this.nowMs),
      wallUs: () => this.nowMs * 1000,
      monotonicUs: () => (this.nowMs - START_MS) * 1000,
    };
    const never = { cancel: () => {} };
    const timers = { once: () => never, every: () => never, atTurnEnd: () => {} };
    const seeded = new Prng(1);
    const random = {
      fill: (into: Uint8Array): void => {
        for (let index = 0; index < into.length; index++) into[index] = seeded.below(256);
      },
    };
    return { ...createPlatform(), clock, timers, random };
  }
}

export class LocalClient {
  readonly state: ClientState;
  readonly #owner: LocalServer;
  readonly #reply: ReplyBuffer;

  constructor(owner: LocalServer) {
    this.#owner = owner;
    this.state = new ClientState(1, "127.0.0.1:1", "127.0.0.1:2", 0);
    this.#reply = new ReplyBuffer(owner.server.outputBlocks);
  }

  call(...args: Argument[]): Plain {
    return plain(this.ask(...args));
  }

  /** The reply with its kind. */
  ask(...args: Argument[]): Reply {
    const bytes = this.raw(...args);
    const reader = new ReplyReader();
    reader.begin(bytes, 0, bytes.length);
    if (reader.next() !== REPLY_READY) throw new Error(`no reply in ${latin1(bytes)}`);
    return reader.reply;
  }

  /** The reply as it goes over the wire. */
  raw(...args: Argument[]): Uint8Array {
    const { engine } = this.#owner.server;
    const pieces: Uint8Array[] = [];
    engine.beginBatch();
    engine.execute(argumentsOf(args), this.state, this.#reply);
    this.#reply.flush({ write: (bytes) => pieces.push(bytes.slice()) > 0 });
    return joined(pieces);
  }
}

export function plain(reply: Reply): Plain {
  switch (reply.kind) {
    case "simple":
      return reply.text;
    case "error":
      return { error: reply.text };
    case "integer":
    case "boolean":
    case "double":
      return reply.value;
    case "bulk":
    case "verbatim":
      return latin1(reply.bytes);
    case "null":
      return null;
    case "bigNumber":
      return BigInt(reply.text);
    case "blobError":
      return { error: latin1(reply.bytes) };
    case "array":
    case "set":
    case "push":
      return reply.items.map(plain);
    case "map":
      return new Map(reply.entries.map(([key, value]) => [plain(key), plain(value)]));
    case "attributed":
      return plain(reply.reply);
  }
}

export function argumentsOf(args: readonly Argument[]): Arguments {
  const all = args.map((arg) => (arg instanceof Uint8Array ? arg : Buffer.from(String(arg), "latin1")));
  const buffer = joined(all);
  const argLength = Int32Array.from(all, (arg) => arg.length);
  const argStart = new Int32Array(all.length);
  for (let index = 1; index < all.length; index++) argStart[index] = argStart[index - 1] + argLength[index - 1];
  return { argc: all.length, argStart, argLength, buffer, bigCount: 0, bytesOf: () => buffer };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
