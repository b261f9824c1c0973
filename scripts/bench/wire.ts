/**
 * As much of a client as a bench needs: one question at a time, and pouring in prepared bytes. A client of its own
 * rather than the project's, so that what is measured does not also measure.
 */
import { connect, type Socket } from "node:net";

const NEWLINE = 10;

/** A command as RESP; `latin1` so that a character is a byte. */
export function encode(...args: readonly string[]): string {
  return `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("")}`;
}

export class Wire {
  readonly #socket: Socket;
  #onData: (chunk: Buffer) => void = () => {};
  #onEnd: (error: Error) => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#onData(chunk));
    socket.on("error", (error) => this.#onEnd(error));
    socket.on("close", () => this.#onEnd(new Error("the server closed the connection")));
  }

  static connect(port: number): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new Wire(socket));
      });
    });
  }

  /** Sends one command. @returns its reply without the framing: of a bulk string the text, else the line. */
  ask(...args: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      let reply = "";
      this.#onEnd = reject;
      this.#onData = (chunk) => {
        reply += chunk.toString("latin1");
        const lineEnd = reply.indexOf("\r\n");
        if (lineEnd < 0) return;
        const line = reply.slice(1, lineEnd);
        if (reply[0] === "-") reject(new Error(`${args.join(" ")}: ${line}`));
        else if (reply[0] !== "$" || line === "-1") resolve(line);
        else if (reply.length >= lineEnd + 4 + Number(line)) resolve(reply.slice(lineEnd + 2, -2));
      };
      this.#socket.write(encode(...args), "latin1");
    });
  }

  /** Writes prepared commands and waits until that many lines of replies have come. */
  pour(commands: Buffer, replyLines: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let lines = 0;
      this.#onEnd = reject;
      this.#onData = (chunk) => {
        if (lines === 0 && chunk[0] === 45) reject(new Error(chunk.toString("latin1").split("\r\n")[0]));
        for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++;
        if (lines >= replyLines) resolve();
      };
      this.#socket.write(commands);
    });
  }

  close(): void {
    this.#onEnd = () => {};
    this.#socket.destroy();
  }
}
