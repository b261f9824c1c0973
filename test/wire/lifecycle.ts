/** What concerns the process: how it ends, what it leaves, and the server as a library. Each test starts its own. */
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { ServerProcess, spawnBound } from "../server-process.ts";
import { WireClient } from "./client.ts";
import { show } from "./notation.ts";
import { tcpStreams } from "./stream.ts";
import { EMBEDDED_COMMANDS, type ProcessTarget, SERVER_COMMANDS } from "./targets.ts";

/** A process that has nothing left to do and is still there after this has something open. */
const END_LIMIT_MS = 240_000;

export function lifecycleSuite(target: ProcessTarget): void {
  const command = SERVER_COMMANDS[target];
  const connectTo = (server: ServerProcess): Promise<WireClient> => WireClient.connect(tcpStreams(server.port));

  async function withServer(body: (server: ServerProcess) => Promise<void>): Promise<void> {
    const server = await ServerProcess.start(command);
    try {
      await body(server);
    } finally {
      await server.stop();
    }
  }

  describe("the process", () => {
    test("SHUTDOWN ends it, mistakes in it do not", async () => {
      await withServer(async (server) => {
        const client = await connectTo(server);
        const bystander = await connectTo(server);
        for (const mistake of [["NOSUCH"], ["NOSAVE", "NOSUCH"], ["SAVE", "NOSAVE"], ["ABORT", "NOW"]]) {
          expect(show(await client.call("SHUTDOWN", ...mistake)), mistake.join(" ")).toBe("-ERR syntax error");
        }
        expect(show(await client.call("SHUTDOWN", "ABORT"))).toBe("-ERR No shutdown in progress.");
        client.send("SHUTDOWN", "NOSAVE");
        await Promise.all([client.closed, bystander.closed]);
        expect(await server.ended).toEqual({ code: 0, signal: null });
        expect(client.pendingReplies).toBe(0);
        expect(server.output).toContain("User requested shutdown");
      });
    });

    test.each(["SIGTERM", "SIGINT"] as const)("%s ends it in order", async (signal) => {
      await withServer(async (server) => {
        const client = await connectTo(server);
        await client.call("SET", "k", "v");
        server.signal(signal);
        await client.closed;
        expect(await server.ended).toEqual({ code: 0, signal: null });
        expect(server.output).toContain("bye bye");
      });
    });

    test("its port can be had again at once, though clients were connected", async () => {
      await withServer(async (first) => {
        const client = await connectTo(first);
        await client.call("PING");
        first.signal("SIGTERM");
        await first.ended;
        const second = await ServerProcess.start(command, { port: first.port });
        const other = await connectTo(second);
        expect(show(await other.call("PING"))).toBe("+PONG");
        other.destroy();
        await second.stop();
      });
    });

    test("killed outright, it starts again on the same port", async () => {
      await withServer(async (first) => {
        const client = await connectTo(first);
        await client.call("SET", "k", "v");
        client.sendBytes("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000\r\nhalf");
        first.signal("SIGKILL");
        await client.closed;
        expect(await first.ended).toEqual({ code: null, signal: "SIGKILL" });
        const second = await ServerProcess.start(command, { port: first.port });
        const other = await connectTo(second);
        expect(show(await other.call("DBSIZE"))).toBe(":0");
        other.destroy();
        await second.stop();
      });
    });

    test("a port in use is said and ends it", async () => {
      await withServer(async (first) => {
        const second = spawnBound([...command, "--port", String(first.port), "--bind", "127.0.0.1"], first.folder);
        let output = "";
        for (const stream of [second.stdout, second.stderr]) {
          stream?.on("data", (chunk) => {
            output += chunk;
          });
        }
        const code = await new Promise((resolve) => second.once("close", resolve));
        expect(code).toBe(1);
        expect(output).toContain("Failed listening on port");
        expect(await reachable(first.port)).toBe(true);
      });
    });

    test("by itself it listens on every address, of both kinds", async () => {
      const server = await ServerProcess.start([...command, "--protected-mode", "no"], { bind: "default" });
      await server.untilItSays("Ready to accept connections");
      const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
      const own = addresses.filter(({ internal }) => internal).map(({ address }) => address);
      const reached = await Promise.all(own.map((address) => reachable(server.port, address)));
      await server.stop();
      // Deno cannot make a socket that is IPv6 only, so beside the IPv4 one there is none for IPv6.
      const missing = target === "deno" ? own.filter((address) => address.includes(":")) : [];
      expect(own.filter((_, index) => !reached[index])).toEqual(missing);
    });

    test("at start it says who it is and when it is ready", async () => {
      await withServer(async (server) => {
        // The port accepts before the lines have been read here.
        await server.untilItSays("Ready to accept connections");
        // Redis says its process id in a picture, which it shows to terminals.
        const own = target === "redis" ? [] : [`PID: ${server.pid}`];
        const lines = [...own, "Server initialized", "Ready to accept connections"];
        const found = lines.map((line) => server.output.indexOf(line));
        expect(found.every((at, index) => at > (found[index - 1] ?? -1))).toBe(true);
      });
    });
  });

  const embedded = target === "redis" ? undefined : EMBEDDED_COMMANDS[target];
  describe("as a library", () => {
    test("createServer, and a process that ends by itself", async (context) => {
      context.skip(embedded === undefined, "a real Redis is no library");
      const child = spawnBound(embedded as readonly string[], tmpdir());
      let output = "";
      const ended = new Promise((resolve) => child.once("close", (code, signal) => resolve(signal ?? code)));
      let limit: NodeJS.Timeout | undefined;
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on("data", (chunk) => {
          output += chunk;
          if (output.endsWith("\nend\n")) limit = setTimeout(() => child.kill("SIGKILL"), END_LIMIT_MS);
        });
      }
      const ending = await ended;
      clearTimeout(limit);
      const failures = output.split("\n").filter((line) => line !== "" && !line.startsWith("ok "));
      expect(failures).toEqual(["end"]);
      expect(ending, "something is still open: the process had to be killed").toBe(0);
    });
  });
}

async function reachable(port: number, address = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
