/** A real Redis to compare with: the same calls, and replies as values that keep every byte of the wire. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { REPLY_READY, type Reply, ReplyReader } from "../../src/protocol/reply-reader.ts";
import { startOracle } from "../oracle.ts";
import type { ServerProcess } from "../server-process.ts";
import { type Argument, WireClient } from "../wire/client.ts";
import { tcpStreams } from "../wire/stream.ts";
import { type Plain, plain } from "./generic-server.ts";

export type Call = readonly Argument[];

export class Oracle {
  readonly #process: ServerProcess;
  readonly #client: WireClient;

  private constructor(process: ServerProcess, client: WireClient) {
    this.#process = process;
    this.#client = client;
  }

  static async start(...options: string[]): Promise<Oracle> {
    const process = await startOracle(options);
    const oracle = new Oracle(process, await WireClient.connect(tcpStreams(process.port)));
    // A key that is past its time goes when it is looked at, and not before, as in `LocalServer`.
    await oracle.batch([["DEBUG", "SET-ACTIVE-EXPIRE", 0]]);
    return oracle;
  }

  /** What it has written to its append-only file, a command a line. Wants `--appendonly yes` and `appendfsync always`. */
  log(): string[] {
    const folder = join(this.#process.folder, "appendonlydir");
    const file = readdirSync(folder).find((name) => name.endsWith(".incr.aof"));
    if (file === undefined) throw new Error("no append-only file");
    const bytes = readFileSync(join(folder, file));
    const reader = new ReplyReader();
    reader.begin(bytes, 0, bytes.length);
    const lines: string[] = [];
    while (reader.next() === REPLY_READY) lines.push((plain(reader.reply) as Plain[]).join(" "));
    return lines;
  }

  /** Starts to record keyspace events, as `LocalServer.listen`. @returns what ends it and gives them. */
  async listen(letters: string): Promise<() => Promise<string[]>> {
    await this.batch([["CONFIG", "SET", "notify-keyspace-events", `E${letters}`]]);
    const listener = await WireClient.connect(tcpStreams(this.#process.port));
    await listener.call("PSUBSCRIBE", "__keyevent@*", "end");
    await listener.reply();
    return async () => {
      await this.batch([["PUBLISH", "end", ""]]);
      const events: string[] = [];
      for (;;) {
        const [, , channel, key] = plain(await listener.reply()) as string[];
        const [, database, event] = /^__keyevent@(\d+)__:(.*)$/.exec(channel) ?? [];
        if (event === undefined) break;
        events.push(`${database === "0" ? "" : `${database}:`}${event} ${key}`);
      }
      listener.destroy();
      return events;
    };
  }

  async stop(): Promise<void> {
    this.#client.destroy();
    await this.#process.stop();
  }

  /** Sends all calls in one go. */
  async batch(calls: readonly Call[]): Promise<Reply[]> {
    for (const call of calls) this.#client.send(...call);
    const replies: Reply[] = [];
    for (let index = 0; index < calls.length; index++) replies.push(await this.#client.reply());
    return replies;
  }
}

/**
 * A time to live in thousands, as which two servers that are seconds apart show the same, for calls that set it to the
 * middle of a thousand.
 */
export function showTimeToLive(reply: Reply): string {
  const isTime = reply.kind === "integer" && Number(reply.value) > 0;
  return isTime ? `about ${Math.floor(Number(reply.value) / 1000)} thousand` : show(reply);
}

/** A reply in one line, for messages. */
export function show(reply: Reply): string {
  switch (reply.kind) {
    case "bulk":
      return JSON.stringify(Buffer.from(reply.bytes).toString("latin1"));
    case "verbatim":
      return `${reply.format}:${JSON.stringify(Buffer.from(reply.bytes).toString("latin1"))}`;
    case "blobError":
      return `!${Buffer.from(reply.bytes).toString("latin1")}`;
    case "null":
      return `null(${reply.of})`;
    case "array":
    case "set":
    case "push":
      return `${reply.kind}[${reply.items.map(show).join(", ")}]`;
    case "map":
      return `map{${reply.entries.map(([key, value]) => `${show(key)}: ${show(value)}`).join(", ")}}`;
    case "attributed":
      return `|${reply.attributes.map(([key, value]) => `${show(key)}: ${show(value)}`).join(", ")}|${show(reply.reply)}`;
    case "error":
      return `-${reply.text}`;
    case "simple":
      return `+${reply.text}`;
    case "double":
      return `,${reply.text}`;
    case "bigNumber":
      return `(${reply.text}`;
    case "integer":
    case "boolean":
      return `:${reply.value}`;
  }
}
