/**
 * SYNC: a client asks for the dataset and then for everything that changes it, without the handshake of a replica.
 *
 *     client            server
 *     SYNC        →     a snapshot begins; from this instant on the log is kept
 *                       … the RDB is written to memory, in slices of the background …
 *                 ←     $<length> CR LF <RDB>
 *                 ←     what the log has kept, then what it is given, as it comes
 *
 * The length stands in front, so the whole RDB is in memory before the first byte leaves, and is bounded by
 * RDB_BYTES_MAX (large values are not copied into it but pinned where they lie). Transfers that end with a mark and go
 * out while they are written belong to the handshake.
 *
 * There is one snapshot at a time. Who comes while one runs waits; all who wait share the next: one walk, one RDB, one
 * list of what was kept, sent to each without copying.
 *
 * Backpressure is the connection's: what its socket does not take stays in its output. What may pile up of the stream
 * there, or here while the RDB is written, is bounded by `client-output-buffer-limit replica`; the RDB does not count,
 * as in Redis, where it comes from a file. A limit below `repl-backlog-size` is raised to that, as in Redis.
 *
 * Memory is counted once: what several connections have queued and this room holds for all of them is this room's
 * (`bufferBytes`), and `sharedBytesOf` says how much of a connection's output is that.
 *
 * A client says by REPLCONF who it is and what it wants: its port and address are for INFO and ROLE, `rdb-only` is an
 * RDB without the stream behind it, after which the connection is closed.
 */
import { assert } from "../base/assert.ts";
import { ByteQueue } from "../base/byte-queue.ts";
import { type OutputLimit, OutputWatch } from "../base/output-limit.ts";
import { asciiBytes } from "../base/text.ts";
import { type ClientState, MODE_REPLICA } from "../commands/client-state.ts";
import type { Log, LogReader } from "../engine/log.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { Snapshot } from "../keyspace/snapshot.ts";
import type { RdbSettings } from "../persistence/rdb-settings.ts";
import { RdbWriter } from "../persistence/rdb-writer.ts";
import type { Clock } from "../platform/index.ts";
import type { ReplyBuffer } from "../protocol/reply-writer.ts";

/** A dataset whose RDB is longer is refused: it would stand in memory twice. */
export const RDB_BYTES_MAX: number = 1024 * 1024 * 1024;
/** Steps of the snapshot, and bytes to be summed, between two looks at the clock: each some 50 µs. */
const STEPS_A_LOOK = 64;
const SUMMED_BYTES_A_STEP = 16 * 1024;

const NO_BYTES = new Uint8Array(0);
const MICROSECONDS = 1_000_000;
/** A sign of life, which is part of the stream. */
const PING = asciiBytes("*1\r\n$4\r\nPING\r\n");

/** What a client has said about itself by REPLCONF. */
export interface ReplicaFacts {
  /** Where it listens as a server; 0 until it says. */
  port: number;
  /** The address it wants to be known by; empty: that of its connection. */
  host: string;
  wantsRdbOnly: boolean;
}

/** How far a client has come: waits for the RDB or gets it, and follows the log. Names as INFO has them. */
export type ReplicaState = "wait_bgsave" | "send_bulk" | "online";

/** A client as INFO and ROLE show it. */
export interface ReplicaOverview {
  readonly host: string;
  readonly port: number;
  readonly state: ReplicaState;
  /** The offset it has confirmed. */
  readonly offset: number;
  /** Since it has said something, s. */
  readonly lagSeconds: number;
}

/** What SYNC needs of its server. */
export interface RawSyncHost {
  readonly keyspace: Keyspace;
  readonly commands: Log;
  readonly clock: Clock;
  readonly redisVersion: string;
  readonly rdb: RdbSettings;
  readonly usedMemoryBytes: () => number;
  /** Of the class of replicas. */
  readonly outputLimit: () => OutputLimit;
  /** `repl-backlog-size` and `repl-ping-replica-period`. */
  readonly backlogBytes: () => number;
  readonly pingSeconds: () => number;
  /** Has `step` called soon. */
  readonly wake: () => void;
  readonly notice: (text: string) => void;
  readonly warning: (text: string) => void;
}

/** An RDB that is ready and the stream kept behind it, shared by those to whom they are sent. */
class Payload {
  readonly rdbBytes: number;
  readonly kept: ByteQueue;
  /** Memory that is held for it. */
  readonly heldBytes: number;
  readonly #writer: RdbWriter;
  readonly #onRelease: (payload: Payload) => void;
  /** Those in whose output it is, and whoever made it until it has been queued for all. */
  #readers = 1;

  constructor(writer: RdbWriter, kept: ByteQueue, onRelease: (payload: Payload) => void) {
    this.rdbBytes = writer.sizeBytes;
    this.kept = kept;
    this.heldBytes = writer.ownBytes + kept.sizeBytes;
    this.#writer = writer;
    this.#onRelease = onRelease;
  }

  /** Queues it for one reader. */
  writeTo(reply: ReplyBuffer, withStream: boolean): void {
    this.#readers++;
    reply.raw(asciiBytes(`$${this.rdbBytes}\r\n`));
    const pieces = withStream ? [...this.#writer.pieces, ...this.kept.pieces] : this.#writer.pieces;
    const last = pieces.length - 1;
    pieces.forEach((piece, index) => {
      reply.appendForeign(piece, index === last ? this : null);
    });
  }

  /** One reader has sent its last piece or has gone. */
  unpin(): void {
    this.#readers--;
    if (this.#readers > 0) return;
    this.#writer.release();
    this.#onRelease(this);
  }
}

/** A client that has got its RDB and follows the log. */
class Follower implements LogReader {
  readonly client: ClientState;
  /** Bytes of what it shares with others, and of its own stream since. */
  #sharedBytes = 0;
  #streamBytes = 0;
  #keptBytes = 0;
  readonly #watch = new OutputWatch();
  readonly #owner: RawSync;
  #bytes: Uint8Array = NO_BYTES;
  #start = 0;
  #end = 0;
  readonly #write = (reply: ReplyBuffer): void => reply.append(this.#bytes, this.#start, this.#end - this.#start);

  constructor(client: ClientState, owner: RawSync) {
    this.client = client;
    this.#owner = owner;
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.client.outbox.push(this.#write);
    this.#bytes = NO_BYTES;
    this.#streamBytes += end - start;
    this.#owner.check(this);
  }

  /** Sends the RDB and, if it is to follow, what was kept while that was written. */
  begin(payload: Payload, withStream: boolean): void {
    this.client.outbox.push((reply) => payload.writeTo(reply, withStream));
    this.#keptBytes = withStream ? payload.kept.sizeBytes : 0;
    this.#sharedBytes = payload.rdbBytes + this.#keptBytes;
  }

  /** Of its output, what is held for all who share it. */
  get sharedBytes(): number {
    return Math.min(this.#sharedBytes, Math.max(0, this.client.outbox.outputBytes - this.#streamBytes));
  }

  get hasAll(): boolean {
    return this.client.outbox.outputBytes === 0;
  }

  /** Whether it is still being sent the RDB. */
  get isReceiving(): boolean {
    return this.sharedBytes > this.#keptBytes;
  }

  /** Whether more of the stream waits than may, or has waited for longer. */
  exceeds(limit: OutputLimit, nowUs: number): boolean {
    // The stream comes last, so what has not left yet is the stream as far as there is that much of it.
    const waiting = Math.min(this.client.outbox.outputBytes, this.#keptBytes + this.#streamBytes);
    return this.#watch.exceeds(waiting, limit, nowUs);
  }
}

/** One snapshot for one or more clients, and the log since its instant. */
class Transfer implements LogReader {
  readonly clients: Set<ClientState>;
  readonly writer: RdbWriter;
  readonly kept = new ByteQueue();
  readonly #snapshot: Snapshot;
  readonly #watch = new OutputWatch();
  #walked = false;

  constructor(host: RawSyncHost, clients: Set<ClientState>) {
    const { keyspace, clock, rdb, redisVersion } = host;
    this.clients = clients;
    const createdSeconds = Math.floor(clock.wallMs() / 1000);
    const usedMemoryBytes = host.usedMemoryBytes();
    this.writer = new RdbWriter(keyspace, rdb, { redisVersion, createdSeconds, usedMemoryBytes });
    this.#snapshot = new Snapshot(keyspace, this.writer);
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    this.kept.append(bytes, start, end - start);
  }

  /** Whether more of the stream has been kept than may, or for longer. */
  exceeds(limit: OutputLimit, nowUs: number): boolean {
    return this.#watch.exceeds(this.kept.sizeBytes, limit, nowUs);
  }

  /** Some 50 µs of work. @returns false when the RDB is complete. */
  step(): boolean {
    const { writer } = this;
    if (!this.#walked) {
      if (this.#snapshot.step(STEPS_A_LOOK)) return true;
      this.#walked = true;
      writer.end();
      return true;
    }
    if (writer.checksum(SUMMED_BYTES_A_STEP)) return true;
    writer.complete();
    return false;
  }

  /** Gives up. @returns the snapshot if it must be stepped to its end. */
  abandon(): Snapshot | null {
    const ended = this.#walked || this.#snapshot.abandon();
    this.writer.release();
    return ended ? null : this.#snapshot;
  }
}

/** What is known of a client that has sent SYNC. */
interface Confirmation {
  offset: number;
  /** When it last said something, monotonic µs. */
  atUs: number;
}

export class RawSync {
  readonly #host: RawSyncHost;
  /** What clients have said about themselves, whether they ask for anything or not. */
  readonly #facts: Map<ClientState, ReplicaFacts> = new Map();
  /** All who have asked, in their order. */
  readonly #replicas: Map<ClientState, Confirmation> = new Map();
  /** Who has asked while a snapshot was running. */
  #waiting: Set<ClientState> = new Set();
  #transfer: Transfer | null = null;
  readonly #followers: Map<ClientState, Follower> = new Map();
  /** Payloads that somebody is still being sent. */
  readonly #payloads: Set<Payload> = new Set();
  /** A snapshot that nobody reads any more and that must come to its end. */
  #abandoned: Snapshot | null = null;
  #pingedUs = 0;

  constructor(host: RawSyncHost) {
    this.#host = host;
  }

  /** Memory held here for all. */
  get bufferBytes(): number {
    let bytes = this.#transfer === null ? 0 : this.#transfer.writer.ownBytes + this.#transfer.kept.sizeBytes;
    for (const { heldBytes } of this.#payloads) bytes += heldBytes;
    return bytes;
  }

  /** Of a client's output, what is no memory of its own. */
  sharedBytesOf(client: ClientState): number {
    return this.#followers.get(client)?.sharedBytes ?? 0;
  }

  /** Clients that asked, whatever they have got so far. */
  get clientCount(): number {
    return this.#replicas.size;
  }

  /** Those clients, in the order in which they asked. */
  overview(): ReplicaOverview[] {
    const nowUs = this.#host.clock.monotonicUs();
    return [...this.#replicas].map(([client, { offset, atUs }]) => {
      const facts = this.#facts.get(client);
      const follower = this.#followers.get(client);
      const state = follower === undefined ? "wait_bgsave" : follower.isReceiving ? "send_bulk" : "online";
      return {
        host: facts === undefined || facts.host === "" ? hostOf(client.address) : facts.host,
        port: facts?.port ?? 0,
        state,
        offset,
        lagSeconds: state === "online" ? Math.floor((nowUs - atUs) / MICROSECONDS) : 0,
      };
    });
  }

  /** What the client has said about itself so far, to be added to. */
  factsOf(client: ClientState): ReplicaFacts {
    let facts = this.#facts.get(client);
    if (facts === undefined) {
      facts = { port: 0, host: "", wantsRdbOnly: false };
      this.#facts.set(client, facts);
    }
    return facts;
  }

  /** REPLCONF ACK: the client has got everything up to the offset. */
  acknowledge(client: ClientState, offset: number): void {
    const confirmation = this.#replicas.get(client);
    if (confirmation === undefined) return;
    confirmation.offset = Math.max(confirmation.offset, offset);
    confirmation.atUs = this.#host.clock.monotonicUs();
  }

  /** SYNC. What the client says from here on is not answered. */
  start(client: ClientState): void {
    assert(!client.isReplica, "a client asks once");
    client.setMode(MODE_REPLICA, true);
    this.#host.notice(`Replica ${client.address} asks for synchronization`);
    this.#replicas.set(client, { offset: 0, atUs: this.#host.clock.monotonicUs() });
    this.#waiting.add(client);
    this.#begin();
    this.#host.wake();
  }

  /** A client has gone. Everything kept for it is given back. */
  forget(client: ClientState): void {
    this.#facts.delete(client);
    if (!this.#replicas.delete(client)) return;
    const follower = this.#followers.get(client);
    if (follower !== undefined) {
      this.#followers.delete(client);
      this.#host.commands.removeReader(follower);
    }
    this.#waiting.delete(client);
    const transfer = this.#transfer;
    if (transfer === null || !transfer.clients.delete(client) || transfer.clients.size > 0) return;
    this.#abandon(transfer);
  }

  /** One slice. @returns whether more is to be done at once. */
  step(untilUs: number): boolean {
    const { clock } = this.#host;
    if (this.#followers.size > 0) this.#tend();
    this.#begin();
    while (this.#isBusy()) {
      if (this.#transfer !== null) this.#advance(this.#transfer);
      else if (this.#abandoned?.step(STEPS_A_LOOK) === false) this.#abandoned = null;
      if (this.#transfer === null) this.#begin();
      if (clock.monotonicUs() >= untilUs) break;
    }
    return this.#isBusy();
  }

  #isBusy(): boolean {
    return this.#transfer !== null || this.#abandoned !== null;
  }

  /** Closes a follower that is too far behind. */
  check(follower: Follower): void {
    if (follower.exceeds(this.#limit(), this.#host.clock.monotonicUs())) this.#closeOverLimit(follower.client);
  }

  /** Limits, ends of transfers without a stream, and signs of life. */
  #tend(): void {
    const { clock, commands, pingSeconds } = this.#host;
    for (const follower of [...this.#followers.values()]) {
      if (this.#wantsRdbOnly(follower.client) && follower.hasAll) this.#close(follower.client);
      else this.check(follower);
    }
    const nowUs = clock.monotonicUs();
    if (nowUs - this.#pingedUs < pingSeconds() * MICROSECONDS || this.#followers.size === 0) return;
    this.#pingedUs = nowUs;
    commands.appendRaw(PING);
  }

  #wantsRdbOnly(client: ClientState): boolean {
    return this.#facts.get(client)?.wantsRdbOnly === true;
  }

  #limit(): OutputLimit {
    const { backlogBytes, outputLimit } = this.#host;
    const limit = outputLimit();
    const leastBytes = backlogBytes();
    return limit.hardBytes === 0 || limit.hardBytes >= leastBytes ? limit : { ...limit, hardBytes: leastBytes };
  }

  /** Starts a transfer for all who wait, unless a snapshot is running. */
  #begin(): void {
    const { keyspace, commands } = this.#host;
    if (this.#waiting.size === 0 || this.#transfer !== null || keyspace.snapshot !== null) return;
    this.#transfer = new Transfer(this.#host, this.#waiting);
    this.#waiting = new Set();
    commands.addReader(this.#transfer);
  }

  #advance(transfer: Transfer): void {
    const more = transfer.step();
    if (transfer.writer.sizeBytes > RDB_BYTES_MAX) {
      this.#host.warning(`The dataset is too large for SYNC: its RDB would be longer than ${RDB_BYTES_MAX} bytes`);
      for (const client of [...transfer.clients]) this.#close(client);
    } else if (transfer.exceeds(this.#limit(), this.#host.clock.monotonicUs())) {
      for (const client of [...transfer.clients]) this.#closeOverLimit(client);
    } else if (!more) {
      this.#deliver(transfer);
    }
  }

  /** The RDB is there: from here on each client follows the log by itself. */
  #deliver(transfer: Transfer): void {
    const { commands, notice, clock } = this.#host;
    const { clients, writer, kept } = transfer;
    this.#transfer = null;
    commands.removeReader(transfer);
    kept.seal();
    const payload = new Payload(writer, kept, (sent) => this.#payloads.delete(sent));
    this.#payloads.add(payload);
    if (this.#followers.size === 0) this.#pingedUs = clock.monotonicUs();
    for (const client of clients) {
      const follower = new Follower(client, this);
      const followsLog = !this.#wantsRdbOnly(client);
      this.#followers.set(client, follower);
      follower.begin(payload, followsLog);
      if (followsLog) commands.addReader(follower);
      this.acknowledge(client, 0);
      notice(`Synchronization with replica ${client.address} succeeded`);
    }
    // A connection that is just being closed has taken nothing.
    payload.unpin();
  }

  #abandon(transfer: Transfer): void {
    this.#transfer = null;
    this.#host.commands.removeReader(transfer);
    this.#abandoned = transfer.abandon();
    if (this.#abandoned !== null || this.#waiting.size > 0) this.#host.wake();
  }

  #closeOverLimit(client: ClientState): void {
    this.#host.warning(
      `Client id=${client.id} addr=${client.address} scheduled to be closed ASAP for overcoming of output buffer limits.`,
    );
    this.#close(client);
  }

  #close(client: ClientState): void {
    client.outbox.close();
    this.forget(client);
  }
}

/** The address without its port; IPv6 without its brackets. */
function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":")).replace(/^\[|\]$/g, "");
}
