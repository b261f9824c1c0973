/**
 * What a wire case is given. The same cases run against every target, the simulated one among them: so a case awaits
 * nothing but replies, closes and `sleep`, and reads no clock of its own.
 */
import type { Reply } from "../../src/protocol/reply.ts";
import type { WireClient } from "./client.ts";
import { show, textOf, words } from "./notation.ts";

export type TargetName = "node20" | "node-current" | "deno" | "bun" | "sim" | "redis";

/**
 * What a target has or is. `ours`: Redpoll, not a real Redis. `real`: sockets, time and memory are the machine's.
 * `virtual`: time costs nothing. `config`: the server knows CONFIG (asked at start).
 * `huge`: gigabytes and seconds are no matter.
 */
export type Capability = "ours" | "real" | "virtual" | "config" | "huge";

export interface Wire {
  readonly target: TargetName;
  has(capability: Capability): boolean;
  connect(): Promise<WireClient>;
  /** Lets time pass: virtual time where there is some. */
  sleep(ms: number): Promise<void>;
}

export interface WireCase {
  readonly name: string;
  /** Each with the reason for the skip where it is missing. */
  readonly needs?: Partial<Record<Capability, string>>;
  run(wire: Wire): Promise<void>;
}

const POLL_MS = 5;
const UNTIL_LIMIT_MS = 20_000;

/** Waits until `condition` holds. */
export async function until(wire: Wire, what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let waitedMs = 0; !(await condition()); waitedMs += POLL_MS) {
    if (waitedMs > UNTIL_LIMIT_MS) throw new Error(`waited too long until ${what}`);
    await wire.sleep(POLL_MS);
  }
}

/** Sends a command line and shows its reply. */
export async function ask(client: WireClient, line: string): Promise<string> {
  return show(await client.call(...words(line)));
}

/** A field of INFO. */
export async function infoField(client: WireClient, field: string): Promise<string> {
  const text = textOf(await client.call("INFO", "everything"));
  const value = new RegExp(`^${field}:(.*)\r$`, "m").exec(text)?.[1];
  if (value === undefined) throw new Error(`INFO has no field ${field}`);
  return value;
}

/** Fails a case when nothing can be read from a reply. */
export function must<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Error(`no ${what}`);
  return value;
}

export type { Reply };
