/** The server as a program, on any platform. */
import { utf8Bytes } from "../base/text.ts";
import { type Platform, PlatformError } from "../platform/index.ts";
import { REDPOLL_VERSION } from "./info.ts";
import { Server } from "./server.ts";

/** Runs until SHUTDOWN or a signal. */
export async function runMain(platform: Platform): Promise<void> {
  const { process } = platform;
  let port = 6379;
  const args = process.arguments;
  for (let index = 0; index < args.length - 1; index++) if (args[index] === "--port") port = Number(args[index + 1]);
  const server = new Server(platform, { port, logSink: (line) => process.writeOut(line) });
  const stop = (): void => {
    server.log.warning("Redpoll is now ready to exit, bye bye...");
    void server.close().then(() => process.exit(0));
  };
  server.onShutdown = stop;
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.onSignal(signal, stop);
  server.log.notice(`Redpoll ${REDPOLL_VERSION} on ${platform.name}, PID: ${process.pid}`);
  try {
    await server.listen();
  } catch (error) {
    const detail = error instanceof PlatformError ? error.detail : String(error);
    process.writeError(utf8Bytes(`Failed listening on port ${port} (tcp), aborting. ${detail}\n`));
    process.exit(1);
  }
  server.log.notice("Server initialized");
  server.log.notice("Ready to accept connections");
}
