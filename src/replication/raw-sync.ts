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
 * as in Redis, where it comes from a file.
 */
import { assert } from "../base/assert.ts";
import { ByteQueue } from "../base/byte-queue.ts";
import { asciiBytes } from "../base/text.ts";
import { type ClientState, MODE_REPLICA } from "../commands/client-state.ts";
import type { Log, LogReader } from "../engine/log.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { Snapshot } from "../keyspace/snapshot.ts";
import { RdbWriter } from "../persistence/rdb-writer.ts";
import type { Clock } from "../platform/index.ts";
import type { ReplyBuffer } from "../protocol/reply-writer.ts";

/** A dataset whose RDB is longer is refused: it would stand in memory twice. */
export const RDB_BYTES_MAX: number = 1024 * 1024 * 1024;
/** Entries, and bytes to be summed, between two looks at the clock: each some 50 µs. */
const ENTRIES_A_STEP = 64;
const SUMMED_BYTES_A_STEP = 16 * 1024;

const NO_BYTES = new Uint8Array(0);
const MICROSECONDS = 1_000_000;

/** `client-output-buffer-limit` of a class; 0 is none. */
export interface OutputLimit {
  readonly hardBytes: number;
  readonly softBytes: number;
  readonly softSeconds: number;
}

/** What SYNC needs of its server. */
export interface RawSyncHost {
  readonly keyspace: Keyspace;
  readonly commands: Log;
  readonly clock: Clock;
  readonly redisVersion: string;
  readonly usedMemoryBytes: () => number;
  readonly outputLimit: () => OutputLimit;
  /** Has `step` called soon. */
  readonly wake: () => void;
  readonly notice: (text: string) => void;
  readonly warning: (text: string) => void;
}

/** An RDB that is ready, shared by those to whom it is sent. */
class Payload {
  readonly pieces: readonly Uint8Array[];
  readonly sizeBytes: number;
  readonly #writer: RdbWriter;
  #readers: number;

  constructor(writer: RdbWriter, readers: number) {
    this.pieces = writer.pieces;
    this.sizeBytes = writer.sizeBytes;
    this.#writer = writer;
    this.#readers = readers;
  }

  /** One reader has sent its last piece or has gone. */
  unpin(): void {
    this.#readers--;
    if (this.#readers === 0) this.#writer.release();
  }
}

/** A client that follows the log. */
class Follower implements LogReader {
  readonly client: ClientState;
  /** Bytes of the stream given to the connection since the RDB. */
  #streamBytes = 0;
  /** When the soft limit was passed, monotonic µs; NaN while it is not. */
  #softSinceUs = Number.NaN;
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

  /** Sends the RDB and what was kept while it was written. */
  begin(payload: Payload, kept: ByteQueue): void {
    this.client.outbox.push((reply) => {
      reply.raw(asciiBytes(`$${payload.sizeBytes}\r\n`));
      const last = payload.pieces.length - 1;
      payload.pieces.forEach((piece, index) => {
        reply.appendForeign(piece, index === last ? payload : null);
      });
      for (const piece of kept.pieces) reply.appendForeign(piece, null);
    });
    this.#streamBytes = kept.sizeBytes;
  }

  /** Whether more of the stream waits than may, or has waited for longer. */
  exceeds(limit: OutputLimit, clock: Clock): boolean {
    // The stream comes last, so what has not left yet is the stream as far as there is that much of it.
    const waiting = Math.min(this.client.outbox.outputBytes, this.#streamBytes);
    if (limit.hardBytes > 0 && waiting > limit.hardBytes) return true;
    if (limit.softBytes === 0 || waiting <= limit.softBytes) {
      this.#softSinceUs = Number.NaN;
      return false;
    }
    const nowUs = clock.monotonicUs();
    if (Number.isNaN(this.#softSinceUs)) this.#softSinceUs = nowUs;
    return nowUs - this.#softSinceUs > limit.softSeconds * MICROSECONDS;
  }
}

/** One snapshot for one or more clients, and the log since its instant. */
class Transfer implements LogReader {
  readonly clients: Set<ClientState>;
  readonly writer: RdbWriter;
  readonly kept = new ByteQueue();
  readonly #snapshot: Snapshot;
  #walked = false;

  constructor(host: RawSyncHost, clients: Set<ClientState>) {
    const { keyspace, clock, redisVersion } = host;
    this.clients = clients;
    const createdSeconds = Math.floor(clock.wallMs() / 1000);
    this.writer = new RdbWriter(keyspace, { redisVersion, createdSeconds, usedMemoryBytes: host.usedMemoryBytes() });
    this.#snapshot = new Snapshot(keyspace, this.writer);
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    this.kept.append(bytes, start, end - start);
  }

  /** Some 50 µs of work. @returns false when the RDB is complete. */
  step(): boolean {
    const { writer } = this;
    if (!this.#walked) {
      if (this.#snapshot.step(ENTRIES_A_STEP)) return true;
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

export class RawSync {
  readonly #host: RawSyncHost;
  /** Who has asked while a snapshot was running. */
  #waiting: Set<ClientState> = new Set();
  #transfer: Transfer | null = null;
  readonly #followers: Map<ClientState, Follower> = new Map();
  /** A snapshot that nobody reads any more and that must come to its end. */
  #abandoned: Snapshot | null = null;

  constructor(host: RawSyncHost) {
    this.#host = host;
  }

  /** Bytes that wait here: what has been handed to connections counts as theirs. */
  get bufferBytes(): number {
    return this.#transfer === null ? 0 : this.#transfer.writer.sizeBytes + this.#transfer.kept.sizeBytes;
  }

  /** Clients that asked, whatever they have got so far. */
  get clientCount(): number {
    return this.#followers.size + this.#waiting.size + (this.#transfer?.clients.size ?? 0);
  }

  /** SYNC. The client is none any more that commands are executed for. */
  start(client: ClientState): void {
    assert(!client.isReplica, "a client asks once");
    client.setMode(MODE_REPLICA, true);
    this.#host.notice(`Replica ${client.address} asks for synchronization`);
    this.#waiting.add(client);
    this.#begin();
    this.#host.wake();
  }

  /** A client has gone. Everything kept for it is given back. */
  forget(client: ClientState): void {
    if (!client.isReplica) return;
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
    for (const follower of [...this.#followers.values()]) this.check(follower);
    this.#begin();
    while (this.#transfer !== null || this.#abandoned !== null) {
      if (this.#transfer !== null) this.#advance(this.#transfer);
      else if (this.#abandoned?.step(ENTRIES_A_STEP) === false) this.#abandoned = null;
      if (this.#transfer === null) this.#begin();
      if (clock.monotonicUs() >= untilUs) break;
    }
    return this.#transfer !== null || this.#abandoned !== null;
  }

  /** Closes a follower that is too far behind. */
  check(follower: Follower): void {
    if (!follower.exceeds(this.#host.outputLimit(), this.#host.clock)) return;
    this.#close(follower.client);
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
    const { hardBytes } = this.#host.outputLimit();
    if (transfer.writer.sizeBytes > RDB_BYTES_MAX) {
      this.#host.warning(`The dataset is too large for SYNC: its RDB would be longer than ${RDB_BYTES_MAX} bytes`);
      this.#closeAll(transfer);
    } else if (hardBytes > 0 && transfer.kept.sizeBytes > hardBytes) {
      this.#closeAll(transfer);
    } else if (!more) {
      this.#deliver(transfer);
    }
  }

  /** The RDB is there: from here on each client follows the log by itself. */
  #deliver(transfer: Transfer): void {
    const { commands, notice } = this.#host;
    this.#transfer = null;
    commands.removeReader(transfer);
    transfer.kept.seal();
    const payload = new Payload(transfer.writer, transfer.clients.size);
    for (const client of transfer.clients) {
      const follower = new Follower(client, this);
      this.#followers.set(client, follower);
      follower.begin(payload, transfer.kept);
      commands.addReader(follower);
      notice(`Synchronization with replica ${client.address} succeeded`);
    }
  }

  #abandon(transfer: Transfer): void {
    this.#transfer = null;
    this.#host.commands.removeReader(transfer);
    this.#abandoned = transfer.abandon();
    if (this.#abandoned !== null || this.#waiting.size > 0) this.#host.wake();
  }

  #closeAll(transfer: Transfer): void {
    for (const client of [...transfer.clients]) this.#close(client);
  }

  #close(client: ClientState): void {
    this.#host.warning(
      `Client id=${client.id} addr=${client.address} scheduled to be closed ASAP for overcoming of output buffer limits.`,
    );
    client.outbox.close();
    this.forget(client);
  }
}
