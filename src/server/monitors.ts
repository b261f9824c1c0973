/**
 * Clients that watch what all others have executed: MONITOR.
 *
 * While there is one, the engine times each command alone and tells of it after it ran; without, nothing is asked at
 * all. A line is made once for all monitors. What a row calls secret is not shown, nor are commands for administrators.
 */
import type { ClientState } from "../commands/client-state.ts";
import type { Context } from "../commands/context.ts";
import { shownArgument } from "../commands/redaction.ts";
import type { CommandRow } from "../commands/spec.ts";
import type { Engine } from "../engine/engine.ts";
import type { Clock } from "../platform/index.ts";
import { quoted } from "./config/grammar.ts";

const US_PER_SECOND = 1_000_000;

export class Monitors {
  readonly #clients = new Set<ClientState>();
  readonly #engine: Engine;
  readonly #clock: Clock;

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  has(client: ClientState): boolean {
    return this.#clients.has(client);
  }

  add(client: ClientState): void {
    this.#clients.add(client);
    this.#engine.observer = (context, row) => this.#tell(context, row);
  }

  /** Nothing happens if the client is none of them. */
  forget(client: ClientState): void {
    if (this.#clients.delete(client) && this.#clients.size === 0) this.#engine.observer = null;
  }

  #tell(context: Context, row: CommandRow): void {
    const line = lineOf(context, row, this.#clock.wallUs());
    for (const client of this.#clients) client.outbox.push((reply) => reply.simple(line));
  }
}

/** `1700000000.000123 [0 127.0.0.1:50000] "set" "key" "value"`. */
function lineOf({ args, client }: Context, row: CommandRow, nowUs: number): string {
  const seconds = Math.floor(nowUs / US_PER_SECOND);
  const fraction = String(Math.floor(nowUs % US_PER_SECOND)).padStart(6, "0");
  const words: string[] = [];
  for (let index = 0; index < args.argc; index++) {
    words.push(quoted(shownArgument(row, args, index, args.argLength[index])));
  }
  return `${seconds}.${fraction} [${client.databaseIndex} ${originOf(client.address)}] ${words.join(" ")}`;
}

/** A socket in the file system has a path where others have a host, and no port. */
function originOf(address: string): string {
  return address.includes("/") ? `unix:${address.slice(0, address.lastIndexOf(":"))}` : address;
}
