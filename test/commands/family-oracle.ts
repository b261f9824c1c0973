/** A family of commands, call by call beside a real Redis: replies, digests, encodings, propagation and events. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { notifyBits } from "../../src/keyspace/notify-flags.ts";
import type { Reply } from "../../src/protocol/reply-reader.ts";
import { missingOracle } from "../oracle.ts";
import { type Call, Oracle, show } from "./generic-oracle.ts";
import { LocalServer } from "./generic-server.ts";

/** How a reply is shown for comparison, where order or chance would show otherwise. */
export type ShowReply = (call: Call, reply: Reply) => string;

/** Every byte of it counts. */
export const showAsIs: ShowReply = (_call, reply) => show(reply);

/** How an effect is shown for comparison; null if it is not to be compared. */
export type ShowEffect = (line: string) => string | null;

/** Pairs of directive and value, for both servers. */
export type Settings = Readonly<Record<string, number>>;

/** Calls with something in common, by its name; each of them from an empty dataset on. */
export type Conversations = Readonly<Record<string, readonly Call[]>>;

/** Of the seeds of random calls this one speaks RESP3. */
const RESP3_SEED = 3;
const PROPAGATION_SEED = 9;
const CALL_SHOWN_MAX = 40;
const LINE_SHOWN_MAX = 100;

/** Calls as a table of words, one call a line; an empty argument at the end is a blank there. */
export function callsOf(lines: string): Call[] {
  return lines
    .trim()
    .split("\n")
    .map((line) => line.trimStart().split(" "));
}

/** The next so many of a source of random calls. */
export function draw<T>(from: { next(): T }, count: number): T[] {
  return Array.from({ length: count }, () => from.next());
}

/** The tests of a family beside a real Redis, which runs while they do; they are skipped where none is installed. */
export function besideRedis(settings: Settings, showReply: ShowReply, tests: (family: FamilyOracle) => void): void {
  describe.skipIf(missingOracle() !== undefined)("beside a real Redis", () => {
    const family = new FamilyOracle(settings, showReply);
    beforeAll(() => family.open());
    afterAll(() => family.stop());
    tests(family);
  });
}

export class FamilyOracle {
  #oracle: Oracle | null = null;
  /** Directives for both sides. */
  readonly #settings: readonly Call[];
  readonly #show: ShowReply;

  constructor(settings: Settings, showReply: ShowReply) {
    this.#settings = Object.entries(settings).map(([name, value]): Call => ["CONFIG", "SET", name, value]);
    this.#show = showReply;
  }

  static async start(settings: Settings, showReply: ShowReply): Promise<FamilyOracle> {
    const family = new FamilyOracle(settings, showReply);
    await family.open();
    return family;
  }

  async open(): Promise<void> {
    this.#oracle = await Oracle.start();
  }

  async stop(): Promise<void> {
    await this.#oracle?.stop();
  }

  // ---- tests ----------------------------------------------------------------------------------------------------

  testConversations(conversations: Conversations): void {
    for (const [name, calls] of Object.entries(conversations)) {
      test(`${name}, RESP2`, () => this.compare(calls, 2));
      test(`${name}, RESP3`, () => this.compare(calls, 3));
    }
  }

  testAnyCalls(seeds: readonly number[], drawnFrom: (random: Prng) => readonly Call[]): void {
    test.each(seeds)("any calls in any order (seed %i)", (seed) =>
      this.compare(drawnFrom(new Prng(seed)), seed === RESP3_SEED ? 3 : 2),
    );
  }

  testPropagation(drawnFrom: (random: Prng) => readonly Call[], showEffect?: ShowEffect): void {
    test("what is propagated and what is told, command by command", () =>
      this.comparePropagation(drawnFrom(new Prng(PROPAGATION_SEED)), showEffect));
  }

  // ---- comparing ------------------------------------------------------------------------------------------------

  /** Expects the same reply to each call, and the same dataset at the end. */
  async compare(calls: readonly Call[], resp: 2 | 3): Promise<void> {
    const local = new LocalServer();
    const clean: Call[] = [["HELLO", resp], ["FLUSHALL"], ["SELECT", 0], ...this.#settings];
    const all: Call[] = [...clean, ...calls, ["DEBUG", "DIGEST"]];
    if (this.#oracle === null) throw new Error("the oracle has not been started");
    const theirs = await this.#oracle.batch(all);
    local.nowMs = Date.now();
    for (let index = 0; index < all.length; index++) {
      const ours = local.client.ask(...all[index]);
      if (index === 0) continue;
      const shown = this.#show(all[index], ours);
      const told = this.#show(all[index], theirs[index]);
      // Comparing long texts is dear, and they are seldom different.
      if (shown !== told) expect(`${showCall(all[index])} → ${shown}`).toBe(`${showCall(all[index])} → ${told}`);
    }
    local.check();
  }

  /** Expects both servers to propagate and to tell the same. */
  async comparePropagation(calls: readonly Call[], showEffect: ShowEffect = (line) => line): Promise<void> {
    const other = await Oracle.start("--appendonly", "yes", "--appendfsync", "always");
    try {
      const local = new LocalServer();
      for (const call of this.#settings) local.call(...call);
      local.listen(notifyBits("Amn"));
      const end = await other.listen("Amn");
      await other.batch([...this.#settings, ["SELECT", 0], ...calls]);
      local.nowMs = Date.now();
      for (const call of calls) local.client.call(...call);
      expectSameLines(local.takeEvents(), await end());
      const shown = (lines: readonly string[]): string[] => lines.map(showEffect).filter((line) => line !== null);
      expectSameLines(shown(local.effects), shown(other.log()));
    } finally {
      await other.stop();
    }
  }
}

/** A reply whose items, `size` at a time, may come in any order. */
export function showUnordered(reply: Reply, size: number): string {
  if (reply.kind === "map") {
    const entries = reply.entries.map(([key, value]) => `${show(key)}: ${show(value)}`);
    return `map{${entries.sort().join(", ")}}`;
  }
  if (reply.kind !== "array" && reply.kind !== "set") return show(reply);
  const groups: string[] = [];
  for (let index = 0; index < reply.items.length; index += size) {
    groups.push(
      reply.items
        .slice(index, index + size)
        .map(show)
        .join(" "),
    );
  }
  return `${reply.kind}[${groups.sort().join(", ")}]`;
}

/** How many elements there are and of what kind, if it is no error. */
export function showShape(reply: Reply): string {
  if (reply.kind !== "array" && reply.kind !== "set") return reply.kind === "error" ? show(reply) : reply.kind;
  return `${reply.kind}[${reply.items.map(showShape).join(", ")}]`;
}

/** A page of a scan that is the whole: the cursor, and `size` items an element. */
export function showPage(reply: Reply, size: number): string {
  if (reply.kind !== "array") return show(reply);
  return `${show(reply.items[0])} ${showUnordered(reply.items[1], size)}`;
}

/** Says where two long lists part, rather than showing both. */
function expectSameLines(ours: readonly string[], theirs: readonly string[]): void {
  const at = ours.findIndex((line, index) => line !== theirs[index]);
  const near = (lines: readonly string[]): string[] =>
    lines.slice(Math.max(0, at - 2), at + 2).map((line) => line.slice(0, LINE_SHOWN_MAX));
  if (at >= 0) expect(near(ours)).toEqual(near(theirs));
  expect(ours.length).toBe(theirs.length);
}

/** A call in one line, for messages. */
function showCall(call: Call): string {
  return call.map((argument) => String(argument).slice(0, CALL_SHOWN_MAX)).join(" ");
}
