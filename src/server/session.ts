/**
 * One connection: bytes in, commands run, bytes out.
 *
 * A chunk is parsed where it lies, every complete command in it is executed, and at the end of the turn one write
 * carries all the replies. Not before: what was read from others in the same turn is served first, and the writes
 * follow each other, so that whoever waits on the other side of many connections is woken once. Against writing after
 * each chunk that is a fifth of the CPU time of a pipelined GET. Many KB are sent at once: the other side reads them while
 * the next client is served, which made LRANGE of 600 elements a tenth to a fifth faster.
 *
 * A client that does not read its replies is not read from either, past a bound; one that sends nonsense gets Redis's
 * error and is closed after it; one that sends too much without completing a command is closed. Whatever it does, it
 * holds up nobody else.
 */
import { OUTPUT_UNLIMITED_BYTES } from "../base/limits.ts";
import { OutputWatch } from "../base/output-limit.ts";
import {
  ClientState,
  MODE_NO_TOUCH,
  MODE_REPLY_OFF,
  MODE_REPLY_SKIP,
  MODE_REPLY_SKIP_NEXT,
  type Outbox,
} from "../commands/client-state.ts";
import type { Arguments } from "../commands/context.ts";
import { ArgumentCopy } from "../commands/transaction-state.ts";
import type { PlatformError, Socket, SocketHandler } from "../platform/index.ts";
import { ReplyBuffer } from "../protocol/reply-writer.ts";
import { COMMAND, PROTOCOL_ERROR, RequestParser } from "../protocol/request-parser.ts";
import type { Server } from "./server.ts";
import type { DeferredTask, TurnTask } from "./turn.ts";

/** Replies of a chunk beyond this are sent before the rest of it is executed. */
const FLUSH_BYTES = 256 * 1024;
/** Replies of a chunk from this on do not wait for the end of the turn: the client has enough to do with them. */
const LARGE_REPLIES_BYTES = 8 * 1024;
/** With this much unsent the client is not served any further until it has read. */
export const OUTPUT_PAUSE_BYTES = 64 * 1024 * 1024;
/** What a client may send behind a command that waits, before it is read no further. */
const WAITING_INPUT_BYTES_MAX = 1024 * 1024;
/** What may wait for a client that has not authenticated, beyond what the system takes. As Redis. */
const OUTPUT_UNAUTHENTICATED_BYTES_MAX = 1024;
/** A session with its parser, reply buffer, client state and socket, measured on the heap. */
export const CLIENT_OBJECT_BYTES = 3072;

/** Confirmations of subscriptions are messages, which CLIENT REPLY does not silence. */
const ANSWERED_BY_MESSAGE = /^[ps]?(un)?subscribe$/;

const NO_CHUNK = new Uint8Array(0);

const WAITS_FOR_OUTPUT = 1;
const WAITS_FOR_REPLY = 2;
const WAITS_FOR_TURN = 4;
/** For the end of a CLIENT PAUSE. */
const WAITS_FOR_PAUSE = 8;

export class Session implements SocketHandler, Outbox, TurnTask, DeferredTask {
  readonly client: ClientState;
  /** A small number that no other connection has at the same time. */
  readonly descriptor: number;
  readonly #server: Server;
  readonly #socket: Socket;
  readonly #parser: RequestParser;
  readonly reply: ReplyBuffer;
  /** Why commands wait in the parser: the WAITS bits. */
  #waits = 0;
  /** The chunk that is being served, and whether it is worth looking ahead in. */
  #chunk: Uint8Array = NO_CHUNK;
  #chunkEnd = 0;
  #skims = false;
  readonly #outputWatch = new OutputWatch();
  /** The client has finished sending while its commands waited. */
  #ended = false;
  #closed = false;
  /** A command of this client is being executed. */
  #executing = false;
  /** Messages that wait for its reply. */
  #pushes: ((reply: ReplyBuffer) => void)[] = [];
  #flushesAtTurnEnd = false;
  /** A command that the pause has held back. */
  #postponed: ArgumentCopy | null = null;
  /** Where the answer to a parked command begins, and what to go back to after it: see `beginAnswer`. */
  #answerMark = 0;
  #outerTouches = true;

  constructor(server: Server, socket: Socket, client: ClientState) {
    this.client = client;
    this.descriptor = server.descriptors.take();
    this.#server = server;
    this.#socket = socket;
    this.#parser = new RequestParser(server.parserLimits, server.spareBuffers);
    this.reply = new ReplyBuffer(server.outputBlocks);
    client.outbox = this;
    this.authenticationChanged();
  }

  /** Bytes of buffers that belong to this client. */
  get bufferBytes(): number {
    return this.#parser.capacityBytes + this.reply.totalBytes();
  }

  get queryBufferBytes(): number {
    return this.#parser.pendingBytes;
  }

  get outputBytes(): number {
    return this.reply.totalBytes();
  }

  /** What waits in the input; while a command runs, that command. */
  get inputBytes(): number {
    const { commandStart, commandEnd, pendingBytes } = this.#parser;
    return this.#executing && commandStart >= 0 ? commandEnd - commandStart : pendingBytes;
  }

  get inputCapacityBytes(): number {
    return this.#parser.capacityBytes;
  }

  /** The arguments of a command that waits. */
  get parkedBytes(): number {
    return (this.#postponed?.sizeBytes ?? 0) + this.#server.engine.blocking.bytesOf(this.client);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get isExecuting(): boolean {
    return this.#executing;
  }

  /** Its last command is not answered yet, and what follows waits. */
  get isParked(): boolean {
    return (this.#waits & (WAITS_FOR_REPLY | WAITS_FOR_PAUSE)) !== 0;
  }

  get isUnix(): boolean {
    return this.#socket.local.kind === "unix";
  }

  get isRead(): boolean {
    return (this.#waits & (WAITS_FOR_OUTPUT | WAITS_FOR_TURN)) === 0;
  }

  // ---- socket events --------------------------------------------------------------------------------------------

  onOpen(): void {}

  onData(buffer: Uint8Array, start: number, end: number): void {
    if (this.#closed || this.client.closeAfterReply) return;
    const { network, turn } = this.#server;
    network.inputBytes += end - start;
    network.reads++;
    turn.enter();
    this.#parser.begin(buffer, start, end);
    if (this.#waits === 0) {
      this.#skim(buffer, start, end);
      this.#serve();
      return;
    }
    this.#parser.finish();
    this.#checkQueryBuffer();
    if (this.#parser.pendingBytes > WAITING_INPUT_BYTES_MAX && !this.#closed) this.#socket.pause();
  }

  onDrain(): void {
    if (this.#closed) return;
    this.#server.turn.enter();
    this.reply.drained();
    if (!this.#flush()) return;
    if (this.client.closeAfterReply) this.close();
    else this.#stopWaiting(WAITS_FOR_OUTPUT);
  }

  onEnd(): void {
    // As Redis: a client that has finished sending is a client that has gone, once what it has sent is done.
    if ((this.#waits & WAITS_FOR_TURN) !== 0) {
      this.#ended = true;
      return;
    }
    this.#flush();
    this.close();
  }

  onClose(_error: PlatformError | null): void {
    this.#closed = true;
    this.reply.discard();
    this.#server.forget(this);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
  }

  authenticationChanged(): void {
    this.#parser.setAuthenticated(this.client.authenticated);
  }

  // ---- messages -------------------------------------------------------------------------------------------------

  push(write: (reply: ReplyBuffer) => void): void {
    if (this.#closed) return;
    if (this.#executing) {
      this.#pushes.push(write);
      return;
    }
    write(this.reply);
    this.#flushAtTurnEnd();
  }

  park(): void {
    this.#waits |= WAITS_FOR_REPLY;
  }

  resume(write: (reply: ReplyBuffer) => void): void {
    if (this.#closed) return;
    this.#server.turn.enter();
    const mark = this.reply.mark();
    write(this.reply);
    if (this.client.modes !== 0) this.#silence(mark);
    if (this.#pushes.length > 0) this.#writePushes();
    this.#stopWaiting(WAITS_FOR_REPLY);
  }

  beginAnswer(): boolean {
    if (this.#closed) return false;
    const { keyspace, turn } = this.#server;
    turn.enter();
    this.#executing = true;
    this.#answerMark = this.reply.mark();
    this.#outerTouches = keyspace.touches;
    keyspace.touches = (this.client.modes & MODE_NO_TOUCH) === 0;
    return true;
  }

  endAnswer(answered: boolean): void {
    const { client } = this;
    const { keyspace, platform, turn } = this.#server;
    keyspace.touches = this.#outerTouches;
    this.#executing = false;
    if (this.#closed) return;
    if (answered && client.modes !== 0) this.#silence(this.#answerMark);
    if (this.#pushes.length > 0) this.#writePushes();
    this.#flushAtTurnEnd();
    if (!answered) return;
    client.lastActiveUs = platform.clock.monotonicUs();
    this.#waits &= ~WAITS_FOR_REPLY;
    // Somebody else is being served: what this client has sent in the meantime has a turn of its own.
    if (this.#waits !== 0 || this.#parser.pendingBytes === 0) return;
    this.#wait(WAITS_FOR_TURN);
    turn.defer(this);
  }

  postpone(parked: ArgumentCopy | null = null): void {
    this.#waits |= WAITS_FOR_PAUSE;
    if (parked === null) return;
    this.#postponed = parked;
    this.#waits &= ~WAITS_FOR_REPLY;
  }

  /** The pause is over, or has become less strict: what it has held back is tried again. */
  retry(): void {
    if (this.#closed || this.#postponed === null) return;
    this.#server.turn.enter();
    this.#stopWaiting(WAITS_FOR_PAUSE);
  }

  /** @returns whether the client can be served further. */
  #executePostponed(args: ArgumentCopy): boolean {
    const { engine } = this.#server;
    this.#postponed = null;
    engine.beginBatch();
    this.#execute(args);
    engine.endBatch();
    if ((this.#waits & WAITS_FOR_PAUSE) !== 0) this.#postponed = args;
    else this.#endOfChunk();
    return this.#waits === 0 && !this.client.closeAfterReply && !this.#closed;
  }

  /** The turn's budget was used up; this is a later turn. */
  proceed(): void {
    if (!this.#closed) this.#stopWaiting(WAITS_FOR_TURN);
  }

  /** A reason to wait is gone: with the last one, goes on with what has come in the meantime. */
  #stopWaiting(reason: number): void {
    if ((this.#waits & reason) === 0) return;
    this.#waits &= ~reason;
    if (this.#waits !== 0) return;
    if (this.#postponed !== null && !this.#executePostponed(this.#postponed)) return;
    this.#parser.resume();
    this.#serve();
    if (this.#waits !== 0 || this.#closed) return;
    if (this.#ended) this.close();
    else this.#socket.resume();
  }

  /** Serves the client no further, and reads no more from it, until the reason is gone. */
  #wait(reason: number): void {
    this.#waits |= reason;
    this.#socket.pause();
  }

  /** Closes a client that has said nothing since then and waits for nothing. Replicas, subscribers, monitors listen. */
  closeIfIdleSince(sinceUs: number): void {
    const { client } = this;
    if (client.lastActiveUs > sinceUs || this.#waits !== 0 || client.subscriptionCount > 0 || client.isReplica) return;
    if (this.#server.monitors.has(client)) return;
    this.#server.log.verbose("Closing idle client");
    this.close();
  }

  #flushAtTurnEnd(): void {
    if (this.#flushesAtTurnEnd) return;
    this.#flushesAtTurnEnd = true;
    this.#server.turn.add(this);
  }

  atTurnEnd(): void {
    this.#flushesAtTurnEnd = false;
    if (this.#closed) return;
    if (!this.#flush()) this.#checkUnauthenticatedOutput();
    else if (this.client.closeAfterReply) this.close();
  }

  #writePushes(): void {
    const pushes = this.#pushes;
    this.#pushes = [];
    for (const write of pushes) write(this.reply);
  }

  // ---- the chunk ------------------------------------------------------------------------------------------------

  /** Executes all complete commands that the parser holds. */
  #serve(): void {
    const parser = this.#parser;
    const reply = this.reply;
    const { engine, turn, keyspace } = this.#server;
    const { lookAhead } = keyspace;
    engine.beginBatch();
    for (;;) {
      const result = parser.next();
      if (result === COMMAND) {
        this.#execute(parser);
        if (this.client.closeAfterReply || this.#waits !== 0) break;
        if (reply.queuedBytes > FLUSH_BYTES && !this.#relieve()) break;
        if (this.#skims && lookAhead.isSpent) this.#skim(parser.buffer, parser.commandEnd, this.#chunkEnd);
        if (engine.lastUs < turn.deadlineUs) continue;
        this.#wait(WAITS_FOR_TURN);
        turn.defer(this);
        break;
      }
      if (result === PROTOCOL_ERROR) this.#protocolError();
      break;
    }
    engine.endBatch();
    // What was hashed ahead holds for this chunk's bytes only.
    this.#skims = false;
    lookAhead.forget();
    if ((this.#waits & WAITS_FOR_PAUSE) !== 0) this.#postponed = new ArgumentCopy(parser);
    parser.finish();
    this.#endOfChunk();
  }

  #execute(args: Arguments): void {
    this.#executing = true;
    if (this.client.modes === 0) this.#server.engine.execute(args, this.client, this.reply);
    else this.#executeInMode(args);
    this.#executing = false;
    if (this.#pushes.length > 0) this.#writePushes();
  }

  /** For a client that does without replies, or that leaves no trace on the keys it looks at. */
  #executeInMode(args: Arguments): void {
    const { client, reply } = this;
    const { engine, keyspace } = this.#server;
    if (client.isReplica) {
      this.#executeOfReplica(args);
      return;
    }
    client.setMode(MODE_REPLY_SKIP, (client.modes & MODE_REPLY_SKIP_NEXT) !== 0);
    client.setMode(MODE_REPLY_SKIP_NEXT, false);
    const mark = reply.mark();
    keyspace.touches = (client.modes & MODE_NO_TOUCH) === 0;
    engine.execute(args, client, reply);
    keyspace.touches = true;
    if ((this.#waits & WAITS_FOR_PAUSE) !== 0) {
      client.setMode(MODE_REPLY_SKIP_NEXT, (client.modes & MODE_REPLY_SKIP) !== 0);
    } else if ((this.#waits & WAITS_FOR_REPLY) === 0) {
      this.#silence(mark);
    }
  }

  /** A replica may tell something, but no answer has a place in its stream: who asks for one is closed, as in Redis. */
  #executeOfReplica(args: Arguments): void {
    const { client, reply } = this;
    const mark = reply.mark();
    this.#server.engine.execute(args, client, reply);
    if (reply.mark() === mark || this.#closed) return;
    reply.rewindTo(mark);
    this.#server.log.warning(
      `Replica generated a reply to command '${client.lastCommand}', disconnecting it: ${this.#describe()}`,
    );
    client.closeAfterReply = true;
    this.close();
  }

  /** Takes back the reply written since the mark, if the client wants none. */
  #silence(mark: number): void {
    const { client, reply } = this;
    const isSilent = (client.modes & (MODE_REPLY_OFF | MODE_REPLY_SKIP)) !== 0;
    if (isSilent && !ANSWERED_BY_MESSAGE.test(client.lastCommand)) reply.rewindTo(mark);
    client.setMode(MODE_REPLY_SKIP, false);
  }

  /** Looks ahead in a chunk that a request begins in. */
  #skim(buffer: Uint8Array, start: number, end: number): void {
    if (this.#skims) {
      // On the way through the chunk: not where the parser is still busy with bytes kept from the last one.
      if (buffer !== this.#chunk || start < 0) return;
    } else {
      this.#chunk = buffer;
      this.#chunkEnd = end;
    }
    const { keyspace } = this.#server;
    this.#skims = keyspace.lookAhead.skim(keyspace.databases[this.client.databaseIndex], buffer, start, end);
  }

  #endOfChunk(): void {
    this.client.lastActiveUs = this.#server.engine.lastUs;
    if (this.reply.queuedBytes >= LARGE_REPLIES_BYTES) this.#flush();
    this.#flushAtTurnEnd();
    this.#checkQueryBuffer();
  }

  /** Who is a stranger and does not read gets no memory. */
  #checkUnauthenticatedOutput(): void {
    if (this.client.authenticated || this.reply.totalBytes() <= OUTPUT_UNAUTHENTICATED_BYTES_MAX) return;
    this.#server.log.warning(
      `Client ${this.#describe()} scheduled to be closed ASAP for overcoming of output buffer limits.`,
    );
    this.close();
  }

  #checkQueryBuffer(): void {
    const pending = this.#parser.pendingBytes;
    if (pending <= this.#server.parserLimits.queryBufferLimit) return;
    this.#server.log.warning(
      `Closing client that reached max query buffer length: ${this.#describe()} (qbuf bytes: ${pending})`,
    );
    this.close();
  }

  /** Sends what has piled up. @returns false when the client must read before it is served further. */
  #relieve(): boolean {
    this.#flush();
    if (this.#closed) return false;
    if (this.reply.totalBytes() <= OUTPUT_PAUSE_BYTES) return true;
    this.#wait(WAITS_FOR_OUTPUT);
    return false;
  }

  /** @returns whether everything written so far has been taken by the socket. */
  #flush(): boolean {
    if (this.#closed) return false;
    const { network } = this.#server;
    const reply = this.reply;
    const before = reply.queuedBytes;
    if (before === 0) return !reply.isBlocked;
    if (before > OUTPUT_UNLIMITED_BYTES && this.closeIfOverLimit()) return false;
    const done = reply.flush(this.#socket);
    network.outputBytes += before - reply.queuedBytes;
    network.writes++;
    if (done) this.#outputWatch.reset();
    return done;
  }

  /**
   * `client-output-buffer-limit`. Asked before replies of some size are sent, whether the client reads or not, and now
   * and then of those that do not. Replicas are held to theirs by `replication`.
   * @returns whether the client has been closed.
   */
  closeIfOverLimit(): boolean {
    const { client, reply } = this;
    const { outputLimits, log, platform } = this.#server;
    if (client.isReplica || this.#closed) return false;
    const limit = client.subscriptionCount > 0 ? outputLimits.pubsub : outputLimits.normal;
    if (!this.#outputWatch.exceeds(reply.totalBytes(), limit, platform.clock.monotonicUs())) return false;
    log.warning(`Client ${this.#describe()} scheduled to be closed ASAP for overcoming of output buffer limits.`);
    this.close();
    return true;
  }

  #protocolError(): void {
    const text = this.#parser.error;
    this.#server.log.verbose(`Protocol error (${text}) from client: ${this.#describe()}`);
    this.reply.error(`ERR ${text}`);
    this.client.closeAfterReply = true;
  }

  #describe(): string {
    return `id=${this.client.id} addr=${this.client.address}`;
  }
}

/** A new client's state, from its socket. */
export function clientOf(socket: Socket, id: number, nowUs: number): ClientState {
  const { remote, local } = socket;
  const peer = remote.kind === "unix" ? `${local.host}:0` : formatAddress(remote.host, remote.port);
  const own = local.kind === "unix" ? `${local.host}:0` : formatAddress(local.host, local.port);
  return new ClientState(id, peer, own, nowUs);
}

function formatAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
