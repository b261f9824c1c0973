/**
 * The server as a program, on any platform. Takes what redis-server takes: `[config file] [--option value …]`, `-` for
 * standard input, `--version`, `--help`.
 */
import { utf8Bytes } from "../base/text.ts";
import { REDIS_VERSION } from "../commands/connection/hello.ts";
import { type FileHandle, type Platform, PlatformError } from "../platform/index.ts";
import { bytesOfText, byteText, ordinaryText, textOfBytes } from "./config/byte-text.ts";
import { Config } from "./config/config.ts";
import { type CommandLine, readCommandLine } from "./config/grammar.ts";
import { Log } from "./log.ts";
import { configHost } from "./options.ts";
import { commandNames } from "./rows.ts";
import { Server } from "./server.ts";
import { REDPOLL_VERSION } from "./version.ts";

const USAGE = `Usage: redpoll [/path/to/redis.conf] [options] [-]
       redpoll -v or --version
       redpoll -h or --help

An option is a directive of the configuration with two dashes: --port 7777 --save "" --maxmemory 100mb.
A lone - reads more configuration from standard input.
`;

/** Runs until SHUTDOWN or a signal. */
export async function runMain(platform: Platform): Promise<void> {
  const { process } = platform;
  const [first, ...rest] = process.arguments;
  if (rest.length === 0 && (first === "-v" || first === "--version")) {
    const bits = process.architectureBits;
    process.writeOut(
      utf8Bytes(`Redis server v=${REDIS_VERSION} redpoll=${REDPOLL_VERSION} malloc=redpoll-arena bits=${bits}\n`),
    );
    process.exit(0);
  }
  if (rest.length === 0 && (first === "-h" || first === "--help")) {
    process.writeOut(utf8Bytes(USAGE));
    process.exit(0);
  }
  const config = await loadConfig(platform, readCommandLine(process.arguments.map(byteText)));
  await serve(platform, config);
}

/** Ends the process, with Redis's message, when the configuration is wrong. */
async function loadConfig(platform: Platform, commandLine: CommandLine): Promise<Config> {
  const { process } = platform;
  const log = new Log(platform.clock, process.pid, (line) => process.writeOut(line));
  const input = commandLine.readsInput ? textOfBytes(await process.readInput()) : null;
  const config = new Config(configHost(platform, log));
  const names = commandNames();
  const failure = config.load(commandLine, input, {
    renameCommand: (from) => (names.has(from.toLowerCase()) ? null : "No such command in rename-command"),
  });
  if (failure === null) return config;
  if (failure.channel === "log") log.warning(ordinaryText(failure.text));
  else process.writeError(bytesOfText(failure.text));
  return process.exit(1);
}

async function serve(platform: Platform, config: Config): Promise<void> {
  const { process, files } = platform;
  const server = new Server(platform, { config, logSink: logSink(platform, config) });
  const { log } = server;
  const pidFile = ordinaryText(config.values.pidfile);
  const stop = (): void => {
    if (pidFile !== "" && files.stat(pidFile) !== null) files.remove(pidFile);
    log.warning("Redpoll is now ready to exit, bye bye...");
    void server.close().then(() => process.exit(0));
  };
  server.onShutdown = stop;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.onSignal(signal, () => {
      log.warning(`Received ${signal} scheduling shutdown...`);
      stop();
    });
  }
  greet(server);
  try {
    await server.listen();
  } catch (error) {
    const detail = error instanceof PlatformError ? error.detail : String(error);
    log.warning(`Failed listening on port ${config.values.port} (tcp), aborting. ${detail}`);
    process.exit(1);
  }
  if (pidFile !== "") writePid(platform, pidFile, server);
  // Who waits for this line takes it that the server can be connected to.
  log.notice(`Running in standalone mode, Port: ${config.values.port}, PID: ${process.pid}`);
  log.notice("Server initialized");
  if (server.port !== 0) log.notice("Ready to accept connections tcp");
  if (config.values.unixsocket !== "") log.notice("Ready to accept connections unix");
}

function greet(server: Server): void {
  const { log, platform, config } = server;
  const { process } = platform;
  log.notice(
    `Redpoll ${REDPOLL_VERSION} (Redis ${REDIS_VERSION}) is starting on ${platform.name} ${process.runtimeVersion}`,
  );
  if (config.file === null && process.arguments.length === 0) {
    log.warning("No config file specified, using the default config.");
  }
}

/** Standard output, or the end of `logfile`. */
function logSink(platform: Platform, config: Config): (line: Uint8Array) => void {
  const path = ordinaryText(config.values.logfile);
  if (path === "") return (line) => platform.process.writeOut(line);
  let file: FileHandle | null = null;
  return (line) => {
    file ??= platform.files.open(path, "append");
    file.append(line);
  };
}

function writePid(platform: Platform, path: string, server: Server): void {
  try {
    const file = platform.files.open(path, "create");
    file.append(utf8Bytes(`${platform.process.pid}\n`));
    file.close();
  } catch (error) {
    server.log.warning(`Failed to write PID file: ${String(error)}`);
  }
}
