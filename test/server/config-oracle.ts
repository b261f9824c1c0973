/** A redis-server of our own on a Unix socket, to compare with. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { connect, type Socket } from "node:net";
import { join } from "node:path";

export const oracleMissing = spawnSync("redis-server", ["--version"]).status !== 0;

/** A reply: text for a bulk string or a status, with its minus for an error. */
export type OracleReply = string | OracleReply[];

export class Oracle {
  readonly #server: ChildProcess;
  readonly #socket: Socket;
  /** What it was given on the command line so that it can be reached. */
  readonly args: readonly string[];

  private constructor(server: ChildProcess, socket: Socket, args: readonly string[]) {
    this.args = args;
    this.#server = server;
    this.#socket = socket;
  }

  /** @param directory to run in. @param args as on the command line, before those that this class needs. */
  static async start(directory: string, args: readonly string[]): Promise<Oracle> {
    const path = join(directory, "oracle.socket");
    const reach = ["--port", "0", "--unixsocket", path];
    const server = spawn("redis-server", [...args, ...reach], { cwd: directory, stdio: ["ignore", "pipe", "ignore"] });
    let log = "";
    for await (const chunk of server.stdout as AsyncIterable<Buffer>) {
      log += chunk.toString();
      if (log.includes("eady to accept")) break;
    }
    server.stdout?.resume();
    const socket = connect(path);
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new Oracle(server, socket, reach);
  }

  async ask(commands: readonly (readonly string[])[]): Promise<OracleReply[]> {
    const bulk = (argument: string) => `$${argument.length}\r\n${argument}\r\n`;
    const request = commands.map((command) => `*${command.length}\r\n${command.map(bulk).join("")}`).join("");
    let text = "";
    return new Promise((resolve) => {
      this.#socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        if (!text.endsWith("+the end\r\n") && !text.endsWith("$7\r\nthe end\r\n")) return;
        this.#socket.removeAllListeners("data");
        const cursor = { at: 0 };
        resolve(commands.map(() => readReply(text, cursor)));
      });
      this.#socket.write(`${request}*2\r\n$4\r\nECHO\r\n$7\r\nthe end\r\n`, "latin1");
    });
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.once("close", resolve));
    this.#socket.destroy();
    this.#server.kill("SIGKILL");
    await closed;
  }
}

function readReply(text: string, cursor: { at: number }): OracleReply {
  const lineEnd = text.indexOf("\r\n", cursor.at);
  const kind = text[cursor.at];
  const line = text.slice(cursor.at + 1, lineEnd);
  cursor.at = lineEnd + 2;
  if (kind === "*") return Array.from({ length: Number(line) }, () => readReply(text, cursor));
  if (kind === "-") return `-${line}`;
  if (kind !== "$") return line;
  cursor.at += Number(line) + 2;
  return text.slice(lineEnd + 2, cursor.at - 2);
}

/** What Redis 7.2 has and the 7.0 beside us has not. */
export const NEWER = [
  "locale-collate",
  "cluster-announce-human-nodename",
  "set-max-listpack-entries",
  "set-max-listpack-value",
];
/** Hidden since 7.2. */
export const HIDDEN_SINCE = ["aof-disable-auto-gc"];
/** Not the same for both. */
export const GIVEN = ["dir"];

/** A flat list of names and values as a map. */
export function pairsOf(reply: OracleReply): Map<string, string> {
  const flat = reply as string[];
  const pairs = new Map<string, string>();
  for (let at = 0; at < flat.length; at += 2) pairs.set(flat[at], flat[at + 1]);
  return pairs;
}
