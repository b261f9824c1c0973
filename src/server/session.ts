/**
 * One connection: bytes in, commands run, bytes out.
 *
 * A chunk is parsed where it lies, every complete command in it is executed, and one write carries all the replies.
 * A client that does not read its replies is not read from either, past a bound; one that sends nonsense gets Redis's
 * error and is closed after it; one that sends too much without completing a command is closed. Whatever it does, it
 * holds up nobody else.
 */
import { ClientState, type Outbox } from "../commands/client-state.ts";
import type { PlatformError, Socket, SocketHandler } from "../platform/index.ts";
import { ReplyBuffer } from "../protocol/reply-writer.ts";
import { COMMAND, PROTOCOL_ERROR, RequestParser } from "../protocol/request-parser.ts";
import type { Server } from "./server.ts";
import type { DeferredTask, TurnTask } from "./turn.ts";

/** Replies of a chunk beyond this are sent before the rest of it is executed. */
const FLUSH_BYTES = 256 * 1024;
/** With this much unsent the client is not served any further until it has read. */
export const OUTPUT_PAUSE_BYTES = 64 * 1024 * 1024;

const WAITS_FOR_OUTPUT = 1;
const WAITS_FOR_REPLY = 2;
const WAITS_FOR_TURN = 4;

export class Session implements SocketHandler, Outbox, TurnTask, DeferredTask {
  readonly client: ClientState;
  readonly #server: Server;
  readonly #socket: Socket;
  readonly #parser: RequestParser;
  readonly reply: ReplyBuffer;
  /** Why commands wait in the parser: the WAITS bits. */
  #waits = 0;
  /** The client has finished sending while its commands waited. */
  #ended = false;
  #closed = false;
  /** A command of this client is being executed. */
  #executing = false;
  /** Messages that wait for its reply. */
  #pushes: ((reply: ReplyBuffer) => void)[] = [];
  #flushesAtTurnEnd = false;

  constructor(server: Server, socket: Socket, client: ClientState) {
    this.client = client;
    this.#server = server;
    this.#socket = socket;
    this.#parser = new RequestParser(server.parserLimits);
    this.reply = new ReplyBuffer(server.outputBlocks);
    client.outbox = this;
    if (!client.authenticated) this.#parser.setAuthenticated(false);
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

  // ---- socket events --------------------------------------------------------------------------------------------

  onOpen(): void {}

  onData(buffer: Uint8Array, start: number, end: number): void {
    if (this.#closed) return;
    const { network, turn } = this.#server;
    network.inputBytes += end - start;
    network.reads++;
    turn.enter();
    this.#parser.begin(buffer, start, end);
    if (this.#waits === 0) {
      this.#serve();
      return;
    }
    this.#parser.finish();
    this.#checkQueryBuffer();
  }

  onDrain(): void {
    if (this.#closed) return;
    this.#server.turn.enter();
    this.reply.drained();
    if (this.#flush()) this.#stopWaiting(WAITS_FOR_OUTPUT);
  }

  onEnd(): void {
    // As Redis: a client that has finished sending is a client that has gone, once what it has sent is done.
    if ((this.#waits & WAITS_FOR_TURN) !== 0) this.#ended = true;
    else this.close();
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

  // ---- messages -------------------------------------------------------------------------------------------------

  push(write: (reply: ReplyBuffer) => void): void {
    if (this.#closed) return;
    if (this.#executing) {
      this.#pushes.push(write);
      return;
    }
    write(this.reply);
    if (this.#flushesAtTurnEnd) return;
    this.#flushesAtTurnEnd = true;
    this.#server.turn.add(this);
  }

  park(): void {
    this.#waits |= WAITS_FOR_REPLY;
  }

  resume(write: (reply: ReplyBuffer) => void): void {
    if (this.#closed) return;
    this.#server.turn.enter();
    write(this.reply);
    if (this.#pushes.length > 0) this.#writePushes();
    this.#stopWaiting(WAITS_FOR_REPLY);
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

  /** Closes a client that has said nothing since then and waits for nothing. */
  closeIfIdleSince(sinceUs: number): void {
    if (this.client.lastActiveUs > sinceUs || this.#waits !== 0 || this.client.subscriptionCount > 0) return;
    this.#server.log.verbose("Closing idle client");
    this.close();
  }

  atTurnEnd(): void {
    this.#flushesAtTurnEnd = false;
    if (!this.#closed) this.#flush();
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
    const { engine, turn } = this.#server;
    engine.beginBatch();
    for (;;) {
      const result = parser.next();
      if (result === COMMAND) {
        this.#executing = true;
        engine.execute(parser, this.client, reply);
        this.#executing = false;
        if (this.#pushes.length > 0) this.#writePushes();
        if (this.client.closeAfterReply || this.#waits !== 0) break;
        if (reply.queuedBytes > FLUSH_BYTES && !this.#relieve()) break;
        if (engine.lastUs < turn.deadlineUs) continue;
        this.#wait(WAITS_FOR_TURN);
        turn.defer(this);
        break;
      }
      if (result === PROTOCOL_ERROR) this.#protocolError();
      break;
    }
    engine.endBatch();
    parser.finish();
    this.#endOfChunk();
  }

  #endOfChunk(): void {
    this.client.lastActiveUs = this.#server.engine.lastUs;
    if (this.#flush() && this.client.closeAfterReply) {
      this.close();
      return;
    }
    this.#checkQueryBuffer();
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
    if (this.reply.totalBytes() <= OUTPUT_PAUSE_BYTES) return true;
    this.#wait(WAITS_FOR_OUTPUT);
    return false;
  }

  /** @returns whether everything written so far has been taken by the socket. */
  #flush(): boolean {
    const { network } = this.#server;
    const reply = this.reply;
    const before = reply.queuedBytes;
    if (before === 0) return !reply.isBlocked;
    const done = reply.flush(this.#socket);
    network.outputBytes += before - reply.queuedBytes;
    network.writes++;
    return done;
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
