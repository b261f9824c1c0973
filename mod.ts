/**
 * Redpoll as a library: `createServer()` starts a server in this process. Run as a program it is the server itself.
 */
import { createPlatform } from "#runtime";
import { runMain } from "./src/server/main.ts";
import { Server, type ServerOptions } from "./src/server/server.ts";

export type { ServerOptions } from "./src/server/server.ts";

/** A running server. */
export interface RunningServer {
  /** The TCP port; 0 when it listens on none. */
  readonly port: number;
  /** Closes listeners, connections and timers; resolves when no handle is left open. */
  close(): Promise<void>;
}

/** Starts a server. Rejects when an address cannot be had. */
export async function createServer(options: ServerOptions = {}): Promise<RunningServer> {
  const server = new Server(createPlatform(), options);
  server.onShutdown = () => void server.close();
  await server.listen(options.port !== null);
  return { port: server.port, close: () => server.close() };
}

if (import.meta.main) await runMain(createPlatform());
