/** What SPOP propagates of draws that cannot be repeated, where a real Redis of 7.0 cannot be asked. */
import { expect, test } from "vitest";
import { LocalServer } from "./generic-server.ts";

const MEMBERS = 6000;
/** Members in one SREM, as in Redis. */
const PIECE_MAX = 1024;

function filled(): LocalServer {
  const server = new LocalServer();
  server.call("SADD", "s", ...Array.from({ length: MEMBERS }, (_, index) => `m${index}`));
  server.takeEffects();
  return server;
}

// Few of many are removed one by one; of many the few that stay are moved.
test.each([1, 1024, 1025, 3000, 5900])("%i members at once are SREM in pieces", (count) => {
  const server = filled();
  const popped = server.call("SPOP", "s", count) as string[];
  const effects = server.takeEffects();
  const commands = effects.filter((line) => line.startsWith("SREM s "));
  const pieces = commands.map((line) => line.split(" ").slice(2));
  const sizes = pieces.map((piece) => piece.length);
  expect(effects.filter((line) => !line.startsWith("SREM"))).toEqual(pieces.length > 1 ? ["MULTI", "EXEC"] : []);
  expect(sizes).toEqual(
    Array.from({ length: Math.ceil(count / PIECE_MAX) }, (_, at) => Math.min(PIECE_MAX, count - at * PIECE_MAX)),
  );
  expect(pieces.flat().sort()).toEqual([...popped].sort());
  expect(new Set(popped).size).toBe(count);
  expect(server.call("SCARD", "s")).toBe(MEMBERS - count);
  server.check();
});

test("a set that is taken whole is deleted, as lazily as is wanted", () => {
  for (const [lazy, command] of [
    ["no", "DEL"],
    ["yes", "UNLINK"],
  ]) {
    const server = filled();
    server.call("CONFIG", "SET", "lazyfree-lazy-server-del", lazy);
    expect(server.call("SPOP", "s", MEMBERS)).toHaveLength(MEMBERS);
    expect(server.takeEffects()).toEqual([`${command} s`]);
  }
});
