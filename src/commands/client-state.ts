import type { ReplyBuffer } from "../protocol/reply-writer.ts";
import type { ArgumentCopy, Transaction } from "./transaction-state.ts";

/** Bits of `ClientState.restrictions`: while any is set, commands pass the slow way through the gates. */
export const RESTRICTED_UNAUTHENTICATED = 1;
export const RESTRICTED_IN_MULTI = 2;
/** RESP2 with subscriptions: few commands are allowed. */
export const RESTRICTED_SUBSCRIBED = 4;
/** CLIENT PAUSE ALL, and CLIENT PAUSE WRITE. */
export const RESTRICTED_PAUSED = 8;
export const RESTRICTED_WRITES_PAUSED = 16;

/** Bits of `ClientState.modes`: while any is set, the connection executes commands in a slower way. */
export const MODE_REPLY_OFF = 1;
/** The reply of the command that runs is dropped. */
export const MODE_REPLY_SKIP = 2;
/** That of the next one is. */
export const MODE_REPLY_SKIP_NEXT = 4;
/** Keys that this client looks at do not count as used. */
export const MODE_NO_TOUCH = 8;
/** It is sent the dataset and its changes, and what it says is not executed. */
export const MODE_REPLICA = 16;

/** What a client listens to, by name as text, a character a byte. */
export interface Subscriptions {
  readonly channels: Set<string>;
  readonly patterns: Set<string>;
}

/** How a message reaches a client that has not asked for it just now. The client's connection implements it. */
export interface Outbox {
  /** For replies of the command that runs. */
  readonly reply: ReplyBuffer;
  /** Writes a message and has it sent at the end of the turn; after the reply if the client is being answered now. */
  push(write: (reply: ReplyBuffer) => void): void;
  /** The running command will be answered later: what the client sends until then waits. */
  park(): void;
  /** Answers a parked command, and goes on with what has come in the meantime. Nothing happens if the client is gone. */
  resume(write: (reply: ReplyBuffer) => void): void;
  /** The command that was asked for is kept, and tried again after `retry`. @param parked it, if it has been parked. */
  postpone(parked?: ArgumentCopy): void;
  /**
   * What is written from here on to `endAnswer` is the answer to the parked command. @returns false when the client is
   * gone: then nothing may be written.
   */
  beginAnswer(): boolean;
  /**
   * The answer is complete and leaves at the end of the turn; then what has come in the meantime is served.
   * @param answered false when there is none yet and the client stays parked.
   */
  endAnswer(answered: boolean): void;
  /** Bytes of output that have not left yet. */
  readonly outputBytes: number;
  /** Closes the connection at once. */
  close(): void;
  /** Whether the client is authenticated has changed: before that it may send little. */
  authenticationChanged(): void;
}

/** What the server knows about one client, as far as commands see it. The connection itself belongs to the server. */
export class ClientState {
  readonly id: number;
  /** Address of the peer, `ip:port` or a path with `:0`. */
  readonly address: string;
  readonly localAddress: string;
  /** When it connected, monotonic µs. */
  readonly connectedAtUs: number;
  /** Set by CLIENT SETNAME and HELLO SETNAME; bytes as one character each. */
  name = "";
  libraryName = "";
  libraryVersion = "";
  databaseIndex = 0;
  resp: 2 | 3 = 2;
  /** What keeps commands of this client from simply running. */
  restrictions = 0;
  /** CLIENT REPLY and CLIENT NO-TOUCH. */
  modes = 0;
  /** CLIENT NO-EVICT: its buffers do not count against `maxmemory-clients`. */
  noEvict = false;
  outbox!: Outbox;
  readonly subscriptions: Subscriptions = { channels: new Set(), patterns: new Set() };
  /** Between MULTI and EXEC. */
  transaction: Transaction | null = null;
  /** Keys under WATCH. */
  readonly watched: WatchedKey[] = [];
  /** A watched key has changed: EXEC answers nil. */
  watchBroken = false;
  /** The full name of the command that runs or was last asked for, `NULL` before the first. */
  lastCommand = "NULL";
  lastActiveUs = 0;
  commandsProcessed = 0;
  /** Set by QUIT and by errors after which the connection ends: closed once the replies are sent. */
  closeAfterReply = false;

  constructor(id: number, address: string, localAddress: string, nowUs: number) {
    this.id = id;
    this.address = address;
    this.localAddress = localAddress;
    this.connectedAtUs = nowUs;
    this.lastActiveUs = nowUs;
  }

  /** Since SYNC. CLIENT LIST: flag `S`. */
  get isReplica(): boolean {
    return (this.modes & MODE_REPLICA) !== 0;
  }

  get authenticated(): boolean {
    return (this.restrictions & RESTRICTED_UNAUTHENTICATED) === 0;
  }

  get subscriptionCount(): number {
    return this.subscriptions.channels.size + this.subscriptions.patterns.size;
  }

  /** Sets or clears one of the MODE bits. */
  setMode(bit: number, on: boolean): void {
    this.modes = on ? this.modes | bit : this.modes & ~bit;
  }

  /** Sets or clears one of the RESTRICTED bits. */
  restrict(bit: number, on: boolean): void {
    this.restrictions = on ? this.restrictions | bit : this.restrictions & ~bit;
  }
}

export interface WatchedKey {
  readonly databaseIndex: number;
  readonly key: Uint8Array;
}
