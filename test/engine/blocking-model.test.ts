/**
 * Random clients that block, give and take, beside a model in which queues are plain arrays: who is answered, with
 * what, and that nothing is left when all are gone.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Caller, World } from "./blocking-environment.ts";

const CLIENTS = 5;
const KEYS = ["a", "b", "c"] as const;

interface Step {
  readonly client: number;
  readonly action: "take" | "set" | "both" | "del" | "rename" | "flush" | "unblock" | "leave";
  readonly keys: readonly string[];
}

const step: fc.Arbitrary<Step> = fc.record({
  client: fc.nat(CLIENTS - 1),
  action: fc.constantFrom("take", "take", "take", "set", "set", "both", "del", "rename", "flush", "unblock", "leave"),
  keys: fc.array(fc.constantFrom(...KEYS), { minLength: 2, maxLength: 3 }),
});

interface Blocked {
  readonly client: number;
  readonly keys: readonly string[];
}

class Model {
  readonly values: Map<string, string> = new Map();
  blocked: Blocked[] = [];
  /** What each client is still to receive. */
  readonly expected: string[][] = Array.from({ length: CLIENTS }, () => []);
  #made: string[] = [];
  #count = 0;

  isBlocked(client: number): boolean {
    return this.blocked.some((waiter) => waiter.client === client);
  }

  nextValue(): string {
    return `v${this.#count++}`;
  }

  set(key: string, value: string): void {
    if (!this.values.has(key)) this.#made.push(key);
    this.values.set(key, value);
  }

  take(client: number, keys: readonly string[]): void {
    if (!this.#answer(client, keys)) this.blocked.push({ client, keys });
  }

  #answer(client: number, keys: readonly string[]): boolean {
    const key = keys.find((name) => this.values.has(name));
    if (key === undefined) return false;
    this.expected[client].push(`["${key}", "${this.values.get(key)}"]`);
    this.values.delete(key);
    return true;
  }

  /** The unit is over. */
  serve(): void {
    for (const key of this.#made.splice(0)) {
      for (const waiter of this.blocked.filter(({ keys }) => keys.includes(key))) {
        // Whoever is woken takes what it names first, which may be another key.
        if (!this.values.has(key)) break;
        this.#answer(waiter.client, waiter.keys);
        this.blocked = this.blocked.filter((other) => other !== waiter);
      }
    }
  }
}

class Run {
  readonly model = new Model();
  readonly world: World;
  readonly callers: Caller[];
  readonly ids: string[] = [];
  readonly boss: Caller;

  constructor(world: World, callers: Caller[], boss: Caller) {
    this.world = world;
    this.callers = callers;
    this.boss = boss;
  }

  static async begin(): Promise<Run> {
    const world = await World.create();
    const callers: Caller[] = [];
    for (let index = 0; index < CLIENTS; index++) callers.push(await world.connect());
    const run = new Run(world, callers, await world.connect());
    for (const caller of callers) run.ids.push(await caller.id());
    return run;
  }

  async do({ client, action, keys }: Step): Promise<void> {
    const { model, boss } = this;
    const waits = model.isBlocked(client);
    const [first, second] = keys;
    if (action === "unblock") {
      expect(await boss.ask(`CLIENT UNBLOCK ${this.ids[client]}`)).toBe(waits ? ":1" : ":0");
      if (waits) model.expected[client].push("*nil");
      model.blocked = model.blocked.filter((waiter) => waiter.client !== client);
    } else if (action === "leave") {
      this.callers[client].wire.destroy();
      model.blocked = model.blocked.filter((waiter) => waiter.client !== client);
      this.callers[client] = await this.world.connect();
      this.ids[client] = await this.callers[client].id();
    } else if (!waits) {
      for (const line of this.#apply(client, action, first, second, keys)) await this.callers[client].send(line);
    }
    model.serve();
    await this.world.simulation.advance(100);
    await this.#compare();
  }

  /** Changes the model. @returns the commands that do the same. */
  #apply(client: number, action: Step["action"], first: string, second: string, keys: readonly string[]): string[] {
    const { model } = this;
    const reply = model.expected[client];
    const value = model.nextValue();
    if (action === "take") {
      model.take(client, keys);
      return [`TAKE ${keys.join(" ")} 0`];
    }
    if (action === "set") {
      model.set(first, value);
      reply.push("+OK");
      return [`SET ${first} ${value}`];
    }
    if (action === "both") {
      model.set(first, value);
      model.set(second, value);
      reply.push("+OK", "+QUEUED", "+QUEUED", "[+OK, +OK]");
      return ["MULTI", `SET ${first} ${value}`, `SET ${second} ${value}`, "EXEC"];
    }
    if (action === "del") {
      reply.push(model.values.delete(first) ? ":1" : ":0");
      return [`DEL ${first}`];
    }
    if (action === "rename") {
      const present = model.values.get(first);
      reply.push(present === undefined ? "-ERR no such key" : "+OK");
      if (present !== undefined && first !== second) {
        model.values.delete(first);
        model.set(second, present);
      }
      return [`RENAME ${first} ${second}`];
    }
    model.values.clear();
    reply.push("+OK");
    return ["FLUSHALL"];
  }

  async #compare(): Promise<void> {
    const { model, world } = this;
    for (const [index, caller] of this.callers.entries()) {
      expect(await caller.received()).toEqual(model.expected[index].splice(0));
    }
    const { blocking } = world;
    expect(blocking.count).toBe(model.blocked.length);
    expect(blocking.keyCount).toBe(new Set(model.blocked.flatMap(({ keys }) => keys)).size);
  }

  async end(): Promise<void> {
    for (const caller of this.callers) caller.wire.destroy();
    await this.world.simulation.advance(100);
    const { blocking, server } = this.world;
    expect([blocking.count, blocking.keyCount, blocking.sizeBytes, server.keyspace.attention]).toEqual([0, 0, 0, 0]);
    server.keyspace.arena.check();
  }
}

test("whoever blocks is served as in the model", async () => {
  const property = fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
    const run = await Run.begin();
    for (const item of steps) await run.do(item);
    await run.end();
  });
  await fc.assert(property, { numRuns: 20, seed: 7 });
});
