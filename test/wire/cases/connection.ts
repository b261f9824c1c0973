/** PING, ECHO, SELECT, QUIT, HELLO and what every command has in common. */
import { expect } from "vitest";
import { ask, type WireCase } from "../environment.ts";
import { itemsOf, show, textOf } from "../notation.ts";
import { transcript } from "../transcript.ts";

export const connectionCases: readonly WireCase[] = [
  ...transcript("ping and echo", [
    ["PING", "+PONG"],
    ["ping", "+PONG"],
    ["pInG hello", '"hello"'],
    ["PING ''", '""'],
    ['PING "\\x00\\xff\\r\\n"', '"\\x00\\xff\\r\\n"'],
    ["PING a b", "-ERR wrong number of arguments for 'ping' command"],
    ["ECHO x", '"x"'],
    ["ECHO ''", '""'],
    ["ECHO", "-ERR wrong number of arguments for 'echo' command"],
    ["ECHO a b", "-ERR wrong number of arguments for 'echo' command"],
  ]),
  ...transcript("databases are apart", [
    ["SET k zero", "+OK"],
    ["SELECT 9", "+OK"],
    ["GET k", "nil"],
    ["SET k nine", "+OK"],
    ["SELECT 0", "+OK"],
    ["GET k", '"zero"'],
    ["SELECT 15", "+OK"],
    ["SELECT 16", "-ERR DB index is out of range"],
    ["SELECT -1", "-ERR DB index is out of range"],
    ["SELECT 1 2", "-ERR wrong number of arguments for 'select' command"],
    ["SELECT", "-ERR wrong number of arguments for 'select' command"],
    ["DBSIZE", ":0"],
    ["FLUSHALL", "+OK"],
    ["SELECT 9", "+OK"],
    ["GET k", "nil"],
  ]),
  ...transcript("a database that is no number", [
    ["SELECT x", "-ERR value is not an integer or out of range"],
    ["SELECT 4294967296", "-ERR value is out of range, value must between -2147483648 and 2147483647"],
    ["SELECT 2147483647", "-ERR DB index is out of range"],
  ]),
  ...transcript("commands that do not exist", [
    ["NOSUCH", "-ERR unknown command 'NOSUCH', with args beginning with: "],
    ["nosuch a b", "-ERR unknown command 'nosuch', with args beginning with: 'a' 'b' "],
    ["''", "-ERR unknown command '', with args beginning with: "],
    [`${"n".repeat(200)} x`, `-ERR unknown command '${"n".repeat(128)}', with args beginning with: 'x' `],
    [
      `x ${"a".repeat(100)} ${"b".repeat(100)} c`,
      `-ERR unknown command 'x', with args beginning with: '${"a".repeat(100)}' '${"b".repeat(25)}' `,
    ],
    ['"no\\r\\nsuch"', "-ERR unknown command 'no  such', with args beginning with: "],
    ["PING", "+PONG"],
    ["COMMAND nosuch", /^-ERR unknown subcommand 'nosuch'\. Try COMMAND HELP\.$/],
    ["MEMORY", "-ERR wrong number of arguments for 'memory' command"],
    ["MEMORY nosuch", "-ERR unknown subcommand 'nosuch'. Try MEMORY HELP."],
  ]),
  ...transcript("hello with mistakes", [
    ["HELLO 4", "-NOPROTO unsupported protocol version"],
    ["HELLO 1", "-NOPROTO unsupported protocol version"],
    ["HELLO x", "-ERR Protocol version is not an integer or out of range"],
    ["HELLO 2 NOSUCH", "-ERR Syntax error in HELLO option 'NOSUCH'"],
    ["HELLO 2 AUTH user", "-ERR Syntax error in HELLO option 'AUTH'"],
    ["HELLO 2 SETNAME", "-ERR Syntax error in HELLO option 'SETNAME'"],
    ["HELLO 2 SETNAME 'two words'", "-ERR Client names cannot contain spaces, newlines or special characters."],
    ["PING", "+PONG"],
  ]),
  {
    name: "hello switches the protocol, back and forth",
    async run(wire) {
      const client = await wire.connect();
      const flat = itemsOf(await client.call("HELLO", 2));
      expect(flat.map((item, index) => (index % 2 === 0 ? textOf(item) : ""))).toEqual([
        ...["server", "", "version", "", "proto", "", "id", "", "mode", "", "role", "", "modules", ""],
      ]);
      expect(show(flat[1])).toBe('"redis"');
      expect(show(flat[5])).toBe(":2");
      expect(await ask(client, "GET none")).toBe("nil");
      const facts = await client.call("HELLO", 3, "SETNAME", "somebody");
      expect(show(facts)).toMatch(/^\{"server": "redis", "version": "\d+\.\d+\.\d+", "proto": :3, "id": :\d+, /);
      expect(await ask(client, "GET none")).toBe("_");
      expect(show(await client.call("HELLO"))).toMatch(/^\{"server"/);
      await client.call("HELLO", 2);
      expect(await ask(client, "GET none")).toBe("nil");
      client.destroy();
    },
  },
  {
    name: "quit answers and closes, and what follows is not executed",
    async run(wire) {
      const client = await wire.connect();
      // What arrives after the close resets the connection, and a reset may overtake the reply: only where the
      // network does not cut the request is it certain to be read.
      const more = wire.has("virtual") ? "" : "SET k after\r\nPING\r\n";
      client.sendBytes(`SET k before\r\nQUIT\r\n${more}`);
      expect(show(await client.reply())).toBe("+OK");
      expect(show(await client.reply())).toBe("+OK");
      await client.closed;
      expect(client.pendingReplies).toBe(0);
      const other = await wire.connect();
      expect(await ask(other, "GET k")).toBe('"before"');
      other.destroy();
    },
  },
];
