import type { Platform } from "../platform/index.ts";
import { byteText } from "./config/byte-text.ts";
import { Config } from "./config/config.ts";
import { processDirectory } from "./config/directory.ts";
import { optionLines } from "./config/grammar.ts";
import type { ConfigHost } from "./config/host.ts";
import type { Log } from "./log.ts";

/** What a server in somebody's process is started with. */
export interface ServerOptions {
  /** TCP port, default 6379; 0 picks a free one; null listens on none. */
  readonly port?: number | null;
  /** Addresses to listen on. Default: this machine only. */
  readonly hosts?: readonly string[];
  /** Path of a Unix socket to listen on as well. */
  readonly unixSocket?: string;
  readonly databases?: number;
  readonly maxClients?: number;
  /** Any other directive of redis.conf, by name; a list is several arguments. */
  readonly directives?: Readonly<Record<string, string | number | readonly string[]>>;
  /** Where log lines go. Default: nowhere. */
  readonly logSink?: (line: Uint8Array) => void;
  /** A configuration that has been loaded, instead of all of the above. */
  readonly config?: Config;
}

/** What a configuration needs of the world, from a platform. */
export function configHost(platform: Platform, log: Pick<Log, "debug" | "notice" | "warning">): ConfigHost {
  return {
    files: platform.files,
    random: platform.random,
    directory: processDirectory(platform.process),
    log: (level, message) => log[level](message),
  };
}

/** The configuration that options ask for. Throws with Redis's reason when one of them is wrong. */
export function configOf(platform: Platform, options: ServerOptions, log: Log): Config {
  if (options.config !== undefined) return options.config;
  const config = new Config(configHost(platform, log));
  const failure = config.load({ file: null, readsInput: false, options: optionLines(linesOf(options)) }, null);
  if (failure !== null) throw new Error(failure.text.trim());
  return config;
}

function linesOf(options: ServerOptions): [string, string[]][] {
  const lines: [string, string[]][] = [
    ["bind", [...(options.hosts ?? ["127.0.0.1"])]],
    ["port", [String(options.port ?? (options.port === null ? 0 : 6379))]],
  ];
  if (options.unixSocket !== undefined) lines.push(["unixsocket", [byteText(options.unixSocket)]]);
  if (options.databases !== undefined) lines.push(["databases", [String(options.databases)]]);
  if (options.maxClients !== undefined) lines.push(["maxclients", [String(options.maxClients)]]);
  for (const [name, value] of Object.entries(options.directives ?? {})) {
    lines.push([name, typeof value === "object" ? value.map(byteText) : [byteText(String(value))]]);
  }
  return lines;
}
