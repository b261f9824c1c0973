import type { ClientState } from "../commands/client-state.ts";
import type { ArgumentCopy } from "../commands/transaction-state.ts";
import type { ReplyBuffer } from "../protocol/reply-writer.ts";
import type { Alarm } from "./alarm.ts";
import type { Command } from "./command-table.ts";
import type { WaitQueue } from "./wait-queues.ts";

/** Objects of a waiter besides its arguments, and of one key that it waits for, as if it were the only one there. */
const WAITER_BYTES = 512;
const WAITER_KEY_BYTES = 320;

/** A blocked client with the command that it waits in. */
export class Waiter {
  readonly client: ClientState;
  readonly args: ArgumentCopy;
  /** A set of types, of which a key must hold one to wake it. */
  readonly types: number;
  readonly unblockOnDeletion: boolean;
  readonly timeOut: (reply: ReplyBuffer) => void;
  readonly queues: WaitQueue[] = [];
  /** Set by the engine once the command has returned. */
  command: Command | null = null;
  alarm: Alarm | null = null;

  constructor(
    client: ClientState,
    args: ArgumentCopy,
    types: number,
    unblockOnDeletion: boolean,
    timeOut: (reply: ReplyBuffer) => void,
  ) {
    this.client = client;
    this.args = args;
    this.types = types;
    this.unblockOnDeletion = unblockOnDeletion;
    this.timeOut = timeOut;
  }

  get sizeBytes(): number {
    let bytes = WAITER_BYTES + this.args.sizeBytes;
    for (const { key } of this.queues) bytes += WAITER_KEY_BYTES + key.length;
    return bytes;
  }
}
