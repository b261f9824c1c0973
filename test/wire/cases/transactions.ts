/** MULTI, EXEC, DISCARD, WATCH, UNWATCH. */
import { expect } from "vitest";
import { ask, type WireCase } from "../environment.ts";
import { show } from "../notation.ts";
import { transcript } from "../transcript.ts";

const ABORTED = "-EXECABORT Transaction discarded because of previous errors.";

export const transactionCases: readonly WireCase[] = [
  ...transcript("multi and exec", [
    ["MULTI", "+OK"],
    ["SET k v", "+QUEUED"],
    ["GET k", "+QUEUED"],
    ["GET none", "+QUEUED"],
    ["INCR k", "+QUEUED"],
    ["MGET k none", "+QUEUED"],
    ["EXEC", '[+OK, "v", nil, -ERR value is not an integer or out of range, ["v", nil]]'],
    ["GET k", '"v"'],
    ["MULTI", "+OK"],
    ["EXEC", "[]"],
    ["EXEC", "-ERR EXEC without MULTI"],
    ["DISCARD", "-ERR DISCARD without MULTI"],
    ["EXEC x", "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command"],
  ]),
  ...transcript("discard", [
    ["MULTI", "+OK"],
    ["SET k v", "+QUEUED"],
    ["DISCARD", "+OK"],
    ["EXISTS k", ":0"],
    ["EXEC", "-ERR EXEC without MULTI"],
  ]),
  ...transcript("a transaction with a mistake in it does nothing", [
    ["MULTI", "+OK"],
    ["SET k v", "+QUEUED"],
    ["NOSUCH", "-ERR unknown command 'NOSUCH', with args beginning with: "],
    ["EXEC", ABORTED],
    ["EXISTS k", ":0"],
    ["MULTI", "+OK"],
    ["SET k", "-ERR wrong number of arguments for 'set' command"],
    ["SET k v", "+QUEUED"],
    ["EXEC", ABORTED],
    ["EXISTS k", ":0"],
    ["MULTI", "+OK"],
    ["COMMAND nosuch", /^-ERR unknown subcommand/],
    ["EXEC", ABORTED],
    ["EXEC", "-ERR EXEC without MULTI"],
  ]),
  ...transcript("what is refused within a transaction", [
    ["MULTI", "+OK"],
    ["MULTI", "-ERR MULTI calls can not be nested"],
    ["WATCH k", "-ERR WATCH inside MULTI is not allowed"],
    ["SET k v", "+QUEUED"],
    ["EXEC", "[+OK]"],
    ["MULTI", "+OK"],
    ["SHUTDOWN", "-ERR Command not allowed inside a transaction"],
    ["EXEC", ABORTED],
  ]),
  ...transcript("select within a transaction lasts", [
    ["MULTI", "+OK"],
    ["SELECT 3", "+QUEUED"],
    ["SET k three", "+QUEUED"],
    ["EXEC", "[+OK, +OK]"],
    ["GET k", '"three"'],
    ["SELECT 0", "+OK"],
    ["GET k", "nil"],
  ]),
  ...transcript("watch", [
    ["WATCH a b", "+OK"],
    ["MULTI", "+OK"],
    ["SET a 1", "+QUEUED"],
    ["EXEC", "[+OK]"],
    ["WATCH a", "+OK"],
    ["SET a 2", "+OK"],
    ["MULTI", "+OK"],
    ["SET a 3", "+QUEUED"],
    ["EXEC", "*nil"],
    ["GET a", '"2"'],
    ["WATCH a", "+OK"],
    ["SET a 4", "+OK"],
    ["UNWATCH", "+OK"],
    ["MULTI", "+OK"],
    ["GET a", "+QUEUED"],
    ["EXEC", '["4"]'],
    ["WATCH a", "+OK"],
    ["SET a 5", "+OK"],
    ["MULTI", "+OK"],
    ["DISCARD", "+OK"],
    ["MULTI", "+OK"],
    ["GET a", "+QUEUED"],
    ["EXEC", '["5"]'],
    ["WATCH", "-ERR wrong number of arguments for 'watch' command"],
  ]),
  {
    name: "watched keys changed by others",
    async run(wire) {
      const client = await wire.connect();
      const other = await wire.connect();
      const changes: readonly (readonly [change: string, broken: boolean])[] = [
        ["SET k other", true],
        ["GET k", false],
        ["SET unrelated v", false],
        ["DEL k", true],
        ["EXPIRE k 100", true],
        ["PERSIST none", false],
        ["DEL none", false],
        ["FLUSHALL", true],
        ["FLUSHDB", true],
        ["MSET k v", true],
        ["SET none v XX", false],
      ];
      for (const [change, broken] of changes) {
        await client.call("SET", "k", "v");
        await client.call("WATCH", "k", "none");
        await other.call(...change.split(" "));
        await client.call("MULTI");
        await client.call("PING");
        expect(show(await client.call("EXEC")), change).toBe(broken ? "*nil" : "[+PONG]");
        await other.call("DEL", "none");
      }
      client.destroy();
      other.destroy();
    },
  },
  {
    name: "a watched key in another database, and one that expires",
    async run(wire) {
      const client = await wire.connect();
      const other = await wire.connect();
      await client.call("WATCH", "k");
      await other.call("SELECT", 1);
      await other.call("SET", "k", "v");
      await client.call("MULTI");
      await client.call("PING");
      expect(show(await client.call("EXEC"))).toBe("[+PONG]");
      // Both at once, and time enough: watched when its time is past, a key would be no more than absent.
      client.send("SET", "k", "v", "PX", 1000);
      expect(show(await client.call("WATCH", "k"))).toBe("+OK");
      expect(show(await client.reply())).toBe("+OK");
      await wire.sleep(1020);
      await client.call("MULTI");
      await client.call("PING");
      expect(show(await client.call("EXEC"))).toBe("*nil");
      client.destroy();
      other.destroy();
    },
  },
  {
    name: "a client that leaves within its transaction leaves nothing behind",
    async run(wire) {
      const client = await wire.connect();
      await client.call("WATCH", "k");
      await client.call("MULTI");
      await client.call("SET", "k", "v");
      client.destroy();
      const other = await wire.connect();
      expect(await ask(other, "EXISTS k")).toBe(":0");
      expect(await ask(other, "SET k v")).toBe("+OK");
      other.destroy();
    },
  },
];
