/** The protocol as bytes: pieces of any size, pipelines, inline commands, and what makes no sense. */
import { expect } from "vitest";
import { encodeCommand, type WireClient } from "../client.ts";
import { ask, type Wire, type WireCase } from "../environment.ts";
import { latin1Bytes, show } from "../notation.ts";

/** What is sent, and what must be answered before the connection is closed. */
type Garbage = readonly [what: string, bytes: string, reply: string];

const GARBAGE: readonly Garbage[] = [
  ["a count that is no number", "*x\r\n", "-ERR Protocol error: invalid multibulk length"],
  ["a count that is too large", "*2147483648\r\n", "-ERR Protocol error: invalid multibulk length"],
  ["a count beyond 64 bits", "*99999999999999999999\r\n", "-ERR Protocol error: invalid multibulk length"],
  ["a count with a sign", "*+1\r\n", "-ERR Protocol error: invalid multibulk length"],
  ["something else than a length", "*1\r\nPING\r\n", "-ERR Protocol error: expected '$', got 'P'"],
  ["an integer for an argument", "*2\r\n$4\r\nECHO\r\n:1\r\n", "-ERR Protocol error: expected '$', got ':'"],
  ["a length that is no number", "*1\r\n$x\r\n", "-ERR Protocol error: invalid bulk length"],
  ["a negative length", "*1\r\n$-1\r\n", "-ERR Protocol error: invalid bulk length"],
  ["an empty length", "*1\r\n$\r\n", "-ERR Protocol error: invalid bulk length"],
  [
    "a length above proto-max-bulk-len",
    "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870913\r\n",
    "-ERR Protocol error: invalid bulk length",
  ],
  ["a length beyond 64 bits", "*1\r\n$99999999999999999999\r\n", "-ERR Protocol error: invalid bulk length"],
  ["quotes that do not close", 'SET k "v\r\n', "-ERR Protocol error: unbalanced quotes in request"],
  ["text right behind quotes", 'SET k "v"w\r\n', "-ERR Protocol error: unbalanced quotes in request"],
  ["single quotes that do not close", "SET k 'v\r\n", "-ERR Protocol error: unbalanced quotes in request"],
  ["an endless inline command", "x".repeat(70_000), "-ERR Protocol error: too big inline request"],
  ["an endless count", `*${"1".repeat(70_000)}`, "-ERR Protocol error: too big mbulk count string"],
  ["an endless length", `*1\r\n$${"1".repeat(70_000)}`, "-ERR Protocol error: too big bulk count string"],
];

export const protocolCases: readonly WireCase[] = [
  ...GARBAGE.map(
    ([what, bytes, reply]): WireCase => ({
      name: `garbage: ${what}`,
      async run(wire) {
        const bystander = await wire.connect();
        const client = await wire.connect();
        client.sendBytes(`*3\r\n$3\r\nSET\r\n$6\r\nbefore\r\n$1\r\nv\r\n${bytes}`);
        expect(show(await client.reply())).toBe("+OK");
        expect(show(await client.reply())).toBe(reply);
        await client.closed;
        // Only what came before has changed anything, and others notice nothing.
        expect(await ask(bystander, "GET before")).toBe('"v"');
        expect(await ask(bystander, "DBSIZE")).toBe(":1");
        bystander.destroy();
      },
    }),
  ),
  {
    name: "a request cut in two at every byte",
    async run(wire) {
      const client = await wire.connect();
      const barrier = await wire.connect();
      const bytes = Uint8Array.from([
        ...encodeCommand(["SET", "key", "some\r\nvalue"]),
        ...latin1Bytes('GET "key"\r\n*2\r\n$4\r\necho\r\n$0\r\n\r\n'),
      ]);
      for (let cut = 1; cut < bytes.length; cut++) {
        client.sendBytes(bytes.subarray(0, cut));
        // An answer to another client: by then the first part has been read.
        await barrier.call("PING");
        client.sendBytes(bytes.subarray(cut));
        const replies = [await client.reply(), await client.reply(), await client.reply()].map(show);
        expect(replies, `cut at ${cut}`).toEqual(["+OK", '"some\\r\\nvalue"', '""']);
      }
      client.destroy();
      barrier.destroy();
    },
  },
  {
    name: "a request byte by byte",
    async run(wire) {
      const client = await wire.connect();
      const bytes = Uint8Array.from([...encodeCommand(["SET", "k", "v"]), ...latin1Bytes("get k\r\n")]);
      for (const byte of bytes) {
        client.sendBytes(Uint8Array.of(byte));
        await wire.sleep(1);
      }
      expect(show(await client.reply())).toBe("+OK");
      expect(show(await client.reply())).toBe('"v"');
      client.destroy();
    },
  },
  {
    name: "a pipeline of ten thousand commands keeps its order",
    async run(wire) {
      const client = await wire.connect();
      const count = 10_000;
      const parts: Uint8Array[] = [];
      for (let index = 0; index < count; index++) parts.push(encodeCommand(["ECHO", index]));
      client.sendBytes(Buffer.concat(parts));
      for (let index = 0; index < count; index++) expect(show(await client.reply())).toBe(`"${index}"`);
      client.destroy();
    },
  },
  {
    name: "a pipeline of large requests and large replies",
    async run(wire) {
      const client = await wire.connect();
      const value = new Uint8Array(300_000).fill(120);
      const count = 30;
      for (let index = 0; index < count; index++) {
        client.send("SET", `k${index}`, value);
        client.send("GET", `k${index}`);
      }
      for (let index = 0; index < count; index++) {
        expect(show(await client.reply())).toBe("+OK");
        expect(await client.reply()).toMatchObject({ kind: "bulk", bytes: { length: value.length } });
      }
      client.destroy();
    },
  },
  {
    name: "inline commands",
    async run(wire) {
      const client = await wire.connect();
      const lines: readonly (readonly [line: string, reply: string])[] = [
        ["PING\r\n", "+PONG"],
        ["PING\n", "+PONG"],
        ["  ping   hello  \r\n", '"hello"'],
        ['echo "two words"\r\n', '"two words"'],
        ["echo 'it\\'s'\r\n", '"it\'s"'],
        ['echo "\\x41\\x00\\n"\r\n', '"A\\x00\\n"'],
        ['echo ""\r\n', '""'],
        ["\r\n\r\nPING\r\n", "+PONG"],
        ["*0\r\nPING\r\n", "+PONG"],
        ["*-1\r\nPING\r\n", "+PONG"],
        ["echo tab\tseparates\r\n", "-ERR wrong number of arguments for 'echo' command"],
        [`echo ${"x".repeat(60_000)}\r\n`, `"${"x".repeat(64)}…(60000 bytes)…${"x".repeat(64)}"`],
      ];
      for (const [line, reply] of lines) {
        client.sendBytes(line);
        expect(show(await client.reply()), JSON.stringify(line)).toBe(reply);
      }
      client.destroy();
    },
  },
  {
    name: "half a command, then gone",
    async run(wire) {
      const bystander = await wire.connect();
      for (const half of [
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100\r\nhalf",
        "*3\r\n$3\r\nSET",
        "SET k v",
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$70000\r\nhalf",
      ]) {
        await leaveAfter(wire, half, (client) => client.destroy());
        await leaveAfter(wire, half, (client) => client.end());
      }
      expect(await ask(bystander, "DBSIZE")).toBe(":0");
      bystander.destroy();
    },
  },
  {
    name: "a client that has finished sending is gone",
    async run(wire) {
      const client = await wire.connect();
      expect(await ask(client, "PING")).toBe("+PONG");
      client.end();
      await client.closed;
    },
  },
  {
    name: "a length with a leading zero",
    async run(wire) {
      const client = await wire.connect();
      // Redis takes leading zeros for a mistake.
      client.sendBytes("*2\r\n$4\r\nECHO\r\n$003\r\n");
      expect(show(await client.reply())).toBe("-ERR Protocol error: invalid bulk length");
      await client.closed;
    },
  },
  {
    name: "many arguments in one request",
    async run(wire) {
      const client = await wire.connect();
      const pairs: string[] = [];
      for (let index = 0; index < 20_000; index++) pairs.push(`key:${index}`, `value:${index}`);
      expect(show(await client.call("MSET", ...pairs))).toBe("+OK");
      expect(show(await client.call("DBSIZE"))).toBe(":20000");
      expect(show(await client.call("EXISTS", ...pairs))).toBe(":20000");
      client.destroy();
    },
  },
];

async function leaveAfter(wire: Wire, half: string, leave: (client: WireClient) => void): Promise<void> {
  const client = await wire.connect();
  client.sendBytes(half);
  await wire.sleep(1);
  leave(client);
  await client.closed;
}
