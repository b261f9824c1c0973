/**
 * A server as a process of its own: started on a free port in an empty folder, watched, ended. Nothing here knows
 * which server it is: Redpoll on any runtime or a real Redis.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * They end what hangs, and judge nothing: on a busy machine a runtime may take many seconds to start or to end. Looks
 * are counted, not time, since a test that was stopped for minutes has not waited.
 */
const START_LOOKS_MAX = 20_000;
const STOP_LIMIT_MS = 300_000;
/** What a server says when it listens, as Redis does. */
const READY = "Ready to accept connections";
const POLL_MS = 5;
/** Of what the process printed, kept for messages and for tests that look at it. */
const OUTPUT_CHARACTERS_MAX = 256 * 1024;
/** Another process may take the port between its choice and its use. */
const PORT_ATTEMPTS = 3;

/** What still runs is ended with the tests, also after one that hung. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts a process that does not outlive this one. */
export function spawnBound(command: readonly string[], folder: string): ChildProcess {
  const child = spawn(command[0], command.slice(1), { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.once("close", () => running.delete(child));
  return child;
}

export interface ProcessOptions {
  /** The port to listen on; a free one when not given. */
  readonly port?: number;
  /** Where it listens: on this machine only, unless told to choose by itself. */
  readonly bind?: "loopback" | "default";
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class ServerProcess {
  readonly port: number;
  readonly pid: number;
  /** Its working directory, removed by `stop`. */
  readonly folder: string;
  /** Resolves when the process has ended, and all that it has printed has been read. */
  readonly ended: Promise<Ending>;
  #output = "";
  #ending: Ending | null = null;
  readonly #child: ChildProcess;

  private constructor(command: readonly string[], port: number) {
    this.port = port;
    this.folder = mkdtempSync(join(tmpdir(), "wire-"));
    this.#child = spawnBound(command, this.folder);
    this.pid = this.#child.pid ?? 0;
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString("utf8")).slice(-OUTPUT_CHARACTERS_MAX);
    };
    this.#child.stdout?.on("data", keep);
    this.#child.stderr?.on("data", keep);
    this.ended = new Promise((resolve) => {
      const end = (ending: Ending): void => {
        this.#ending = ending;
        resolve(ending);
      };
      this.#child.once("error", (error) => {
        this.#output += error.message;
        end({ code: null, signal: null });
      });
      this.#child.once("close", (code, signal) => end({ code, signal }));
    });
  }

  /** Starts `command --port N` and waits until it accepts connections and has said so. */
  static async start(command: readonly string[], options: ProcessOptions = {}): Promise<ServerProcess> {
    for (let attempt = 1; ; attempt++) {
      const port = options.port ?? (await freePort());
      const bind = options.bind === "default" ? [] : ["--bind", "127.0.0.1"];
      const server = new ServerProcess([...command, "--port", String(port), ...bind], port);
      try {
        await server.#untilItAccepts(command);
        return server;
      } catch (error) {
        await server.stop();
        if (options.port !== undefined || attempt === PORT_ATTEMPTS || !/in use|EADDRINUSE/i.test(server.output)) {
          throw error;
        }
      }
    }
  }

  /** What it has printed. */
  get output(): string {
    return this.#output;
  }

  get hasEnded(): boolean {
    return this.#ending !== null;
  }

  /** Resolves when it has printed `text`; rejects when it ends without. */
  async untilItSays(text: string): Promise<void> {
    while (!this.#output.includes(text)) {
      if (this.#ending !== null) throw new Error(`it ended without saying "${text}":\n${this.#output}`);
      await sleep(POLL_MS);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Ends it if it still runs, politely first, and removes its folder. */
  async stop(): Promise<void> {
    if (this.#ending === null) {
      this.signal("SIGTERM");
      const insist = setTimeout(() => this.signal("SIGKILL"), STOP_LIMIT_MS);
      await this.ended;
      clearTimeout(insist);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #untilItAccepts(command: readonly string[]): Promise<void> {
    for (let looks = 0; looks < START_LOOKS_MAX && this.#ending === null; looks++) {
      // A port alone may be somebody else's, who has taken it meanwhile.
      if (this.#output.includes(READY) && (await accepts(this.port))) return;
      await sleep(POLL_MS);
    }
    throw new Error(`${command.join(" ")} does not accept connections on port ${this.port}:\n${this.#output}`);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, "127.0.0.1");
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}

/** A TCP port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
