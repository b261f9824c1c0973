/**
 * Transcripts: commands and the replies they must get, in order, on one fresh connection. Each runs twice, as RESP2 and
 * as RESP3; where the two differ in more than how nothing is written, a transcript names the protocol it is about.
 */
import { expect } from "vitest";
import { ask, type Capability, type Wire, type WireCase } from "./environment.ts";
import { asResp3 } from "./notation.ts";

/** A command line, its reply, and what a real Redis 7.0 replies where we differ on purpose. */
export type Line = readonly [command: string, reply: string | RegExp, redis?: string | RegExp];

export interface TranscriptOptions {
  /** Only this protocol. */
  readonly resp?: 2 | 3;
  readonly needs?: Partial<Record<Capability, string>>;
}

export function transcript(name: string, lines: readonly Line[], options: TranscriptOptions = {}): WireCase[] {
  const protocols = options.resp === undefined ? ([2, 3] as const) : [options.resp];
  return protocols.map((resp) => ({
    name: `${name} (RESP${resp})`,
    ...(options.needs === undefined ? {} : { needs: options.needs }),
    run: (wire) => play(wire, lines, resp),
  }));
}

async function play(wire: Wire, lines: readonly Line[], resp: 2 | 3): Promise<void> {
  const client = await wire.connect();
  if (resp === 3) await client.call("HELLO", 3);
  for (const [command, ours, redis] of lines) {
    const expected = wire.has("ours") ? ours : (redis ?? ours);
    const actual = await ask(client, command);
    if (expected instanceof RegExp) expect(actual, command).toMatch(expected);
    else expect(actual, command).toBe(resp === 3 ? asResp3(expected) : expected);
  }
  client.destroy();
}
