/**
 * Two servers, asked the same: Redpoll and the oracle. A round of steps starts from empty servers and fresh connections;
 * the first difference ends it.
 *
 * Each server has three connections: one speaks RESP2, one RESP3, and one (RESP2 again) looks at the whole dataset now
 * and then, undisturbed by transactions. Steps on the same connection that follow each other are sent as one pipeline.
 */
import type { Reply } from "../../src/protocol/reply.ts";
import { encodeCommand } from "../wire/client.ts";
import { quote, show } from "../wire/notation.ts";
import { type ByteStream, tcpStreams } from "../wire/stream.ts";
import { readReply, sameBytes, sameReply } from "./compare.ts";
import { deliberate } from "./deliberate.ts";
import { Frames } from "./frames.ts";
import type { Comparison } from "./policy.ts";
import { settingThresholds, type Thresholds } from "./thresholds.ts";

export const RESP2 = 0;
export const RESP3 = 1;
export const PROBE = 2;
export type ConnectionIndex = typeof RESP2 | typeof RESP3 | typeof PROBE;

export interface Step {
  readonly connection: ConnectionIndex;
  readonly args: readonly string[];
  readonly comparison: Comparison;
}

export interface Difference {
  /** Of the step, in its round. */
  readonly index: number;
  readonly step: Step;
  readonly ours: string;
  readonly oracle: string;
}

/** A reply that does not come within this has been lost. */
const REPLY_LIMIT_MS = 600_000;
const CONNECTION_NAMES = ["RESP2", "RESP3", "probe"] as const;

/** One connection, whose replies are kept as bytes. */
class RawConnection {
  readonly #frames = new Frames();
  #stream!: ByteStream;
  #isClosed = false;
  #wake: () => void = () => {};

  static async open(port: number): Promise<RawConnection> {
    const connection = new RawConnection();
    connection.#stream = await tcpStreams(port)({
      onData: (buffer, start, end) => {
        connection.#frames.add(buffer.subarray(start, end));
        connection.#wake();
      },
      onClose: () => {
        connection.#isClosed = true;
        connection.#wake();
      },
    });
    return connection;
  }

  /** Sends commands at once. @returns as many replies as commands, or fewer when it is closed or they do not come. */
  async ask(commands: readonly (readonly string[])[]): Promise<Uint8Array[]> {
    this.#stream.write(Buffer.concat(commands.map(encodeCommand)));
    const replies: Uint8Array[] = [];
    let isLate = false;
    const limit = setTimeout(() => {
      isLate = true;
      this.#wake();
    }, REPLY_LIMIT_MS);
    while (replies.length < commands.length) {
      const frame = this.#frames.take();
      if (frame !== null) replies.push(frame);
      else if (this.#isClosed || isLate) break;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
    clearTimeout(limit);
    return replies;
  }

  close(): void {
    this.#stream.destroy();
  }
}

/** The connections of one server. */
class Side {
  readonly connections: readonly RawConnection[];

  private constructor(connections: readonly RawConnection[]) {
    this.connections = connections;
  }

  static async open(port: number, setting: readonly string[] | null): Promise<Side> {
    const side = new Side(await Promise.all(CONNECTION_NAMES.map(() => RawConnection.open(port))));
    await side.connections[PROBE].ask([["FLUSHALL"], ["SCRIPT", "FLUSH"]]);
    if (setting !== null) {
      const [reply] = await side.connections[PROBE].ask([setting]);
      if (Buffer.from(reply ?? "").toString() !== "+OK\r\n") throw new Error(`refused: ${setting.join(" ")}`);
    }
    await side.connections[RESP3].ask([["HELLO", "3"]]);
    return side;
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }
}

export class Duel {
  readonly #oursPort: number;
  readonly #oraclePort: number;
  /** Of the round that is played. */
  #thresholds: Thresholds = {};
  /** Deliberate differences met, by what they are, and how often. */
  readonly explained = new Map<string, number>();

  constructor(oursPort: number, oraclePort: number) {
    this.#oursPort = oursPort;
    this.#oraclePort = oraclePort;
  }

  /** Plays a round, under thresholds, or with those that the servers have. @returns the first difference, or null. */
  async play(steps: readonly Step[], thresholds: Thresholds = {}): Promise<Difference | null> {
    this.#thresholds = thresholds;
    const [ours, oracle] = await Promise.all([
      Side.open(this.#oursPort, settingThresholds(thresholds, false)),
      Side.open(this.#oraclePort, settingThresholds(thresholds, true)),
    ]);
    const queues: Step[][] = CONNECTION_NAMES.map(() => []);
    try {
      for (let start = 0; start < steps.length; ) {
        const { connection } = steps[start];
        let end = start + 1;
        while (end < steps.length && steps[end].connection === connection) end++;
        const commands = steps.slice(start, end).map(({ args }) => args);
        const [ourReplies, oracleReplies] = await Promise.all([
          ours.connections[connection].ask(commands),
          oracle.connections[connection].ask(commands),
        ]);
        for (let index = start; index < end; index++) {
          const difference = this.#compare(
            { index, step: steps[index], queue: queues[connection] },
            ourReplies[index - start],
            oracleReplies[index - start],
          );
          if (difference !== null) return difference;
        }
        start = end;
      }
    } finally {
      ours.close();
      oracle.close();
    }
    return null;
  }

  #compare(
    { index, step, queue }: { index: number; step: Step; queue: Step[] },
    ours: Uint8Array | undefined,
    oracle: Uint8Array | undefined,
  ): Difference | null {
    const told = (frame: Uint8Array | undefined): string =>
      frame === undefined ? "(no reply)" : show(readReply(frame));
    if (ours === undefined || oracle === undefined) {
      return ours === oracle ? null : { index, step, ours: told(ours), oracle: told(oracle) };
    }
    const executed = followTransaction(step, oracle, queue);
    if (sameBytes(ours, oracle)) return null;
    const [a, b] = [readReply(ours), readReply(oracle)];
    if (executed === null ? this.#isSame(step.args, a, b, step.comparison) : this.#areSame(step, a, b, executed)) {
      return null;
    }
    return { index, step, ours: show(a), oracle: show(b) };
  }

  #isSame(args: readonly string[], ours: Reply, oracle: Reply, comparison: Comparison): boolean {
    if (sameReply(ours, oracle, comparison)) return true;
    const explanation = deliberate({ args, ours, oracle, thresholds: this.#thresholds });
    if (explanation === undefined) return false;
    this.explained.set(explanation.what, (this.explained.get(explanation.what) ?? 0) + 1);
    return true;
  }

  /** Of an EXEC: each reply as its command wants it. */
  #areSame(exec: Step, ours: Reply, oracle: Reply, executed: readonly Step[]): boolean {
    if (ours.kind !== "array" || oracle.kind !== "array" || ours.items.length !== oracle.items.length) {
      return this.#isSame(exec.args, ours, oracle, exec.comparison);
    }
    return ours.items.every((item, at) => {
      const { args, comparison } = executed[at] ?? exec;
      return this.#isSame(args, item, oracle.items[at], comparison);
    });
  }
}

/**
 * Keeps account of what a connection has queued.
 * @returns the steps that an EXEC has executed, null for every other command.
 */
function followTransaction(step: Step, oracleReply: Uint8Array, queue: Step[]): readonly Step[] | null {
  const reply = Buffer.from(oracleReply.buffer, oracleReply.byteOffset, Math.min(16, oracleReply.length)).toString(
    "latin1",
  );
  if (reply.startsWith("+QUEUED\r\n")) {
    queue.push(step);
    return null;
  }
  const name = step.args[0].toUpperCase();
  if (name === "EXEC") return queue.splice(0);
  if (name === "DISCARD" || name === "RESET") queue.length = 0;
  return null;
}

export function showStep({ connection, args }: Step): string {
  const words = args.map((arg) =>
    /^[!-~]+$/.test(arg) && !/["'\\]/.test(arg) ? arg : quote(Buffer.from(arg, "latin1")),
  );
  return `${CONNECTION_NAMES[connection]}> ${words.join(" ")}`;
}
