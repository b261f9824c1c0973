/** A real redis-server to ask what it would answer. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** e.g. `7.0.15`, or undefined where none is installed. */
export function oracleVersion(): string | undefined {
  try {
    return /v=(\S+)/.exec(execFileSync("redis-server", ["--version"], { encoding: "utf8" }))?.[1];
  } catch {
    return undefined;
  }
}

export class Oracle {
  private readonly process: ChildProcess;
  private readonly folder: string;
  private readonly path: string;

  private constructor(process: ChildProcess, folder: string) {
    this.process = process;
    this.folder = folder;
    this.path = join(folder, "socket");
  }

  /** Starts one on a Unix socket of its own. Resolves when it accepts connections. */
  static async start(...options: string[]): Promise<Oracle> {
    const folder = mkdtempSync(join(tmpdir(), "oracle-"));
    const args = ["--port", "0", "--unixsocket", join(folder, "socket"), "--dir", folder, "--save", "", ...options];
    const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise<void>((resolve, reject) => {
      let log = "";
      child.stdout?.on("data", (data) => {
        log += data;
        if (log.includes("ready to accept connections")) resolve();
      });
      child.once("exit", () => reject(new Error(`redis-server ended: ${log}`)));
    });
    return new Oracle(child, folder);
  }

  /**
   * Sends bytes on a connection of their own, and waits until the server has closed it or `isDone` says so.
   * @returns everything it answered, as a byte string.
   */
  ask(stream: string, isDone: (answer: string) => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.path);
      let answer = "";
      socket.setEncoding("latin1");
      socket.on("connect", () => socket.write(stream, "latin1"));
      socket.on("data", (data) => {
        answer += data;
        if (isDone(answer)) socket.destroy();
      });
      // What it did not read when it closed makes a reset of the close.
      socket.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
      });
      socket.on("close", () => resolve(answer));
    });
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGKILL");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
