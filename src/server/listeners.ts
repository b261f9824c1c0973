/**
 * What the server listens on: the addresses of `bind` at `port`, and a Unix socket.
 *
 * An address that begins with `-` may be missing on the machine. A change of `bind` or `port` opens the new listeners
 * before it closes the old ones, so a refused change leaves everything as it was.
 */
import {
  type Address,
  type Listener,
  type Net,
  PlatformError,
  type Socket,
  type SocketHandler,
} from "../platform/index.ts";
import type { Log } from "./log.ts";

export interface TcpPlaces {
  /** As `bind` has them: `*`, `::*`, names and addresses, each perhaps with a `-` in front. */
  readonly hosts: readonly string[];
  readonly port: number;
  readonly backlog: number;
}

type Accept = (socket: Socket) => SocketHandler | null;

export class Listeners {
  readonly #net: Net;
  readonly #log: Log;
  readonly #accept: Accept;
  #tcp: Listener[] = [];
  #unix: Listener | null = null;

  constructor(net: Net, log: Log, accept: Accept) {
    this.#net = net;
    this.#log = log;
    this.#accept = accept;
  }

  get addresses(): Address[] {
    const all = this.#unix === null ? this.#tcp : [...this.#tcp, this.#unix];
    return all.map((listener) => listener.address);
  }

  /** The TCP port, 0 when there is none. */
  get port(): number {
    return this.#tcp[0]?.address.port ?? 0;
  }

  /** Replaces the TCP listeners. Rejects with the platform's error, having changed nothing. */
  async listenTcp(places: TcpPlaces): Promise<void> {
    const fresh: Listener[] = [];
    const kept = new Set<Listener>();
    let { port } = places;
    try {
      for (const host of places.hosts) {
        const isOptional = host.startsWith("-");
        const name = hostOf(isOptional ? host.slice(1) : host);
        const same = this.#tcp.find(({ address }) => address.host === name && address.port === port);
        if (same !== undefined) {
          kept.add(same);
          continue;
        }
        const listener = await this.#listenAt(name, port, places.backlog, isOptional);
        if (listener === null) continue;
        fresh.push(listener);
        port = listener.address.port;
      }
    } catch (error) {
      await closeAll(fresh);
      throw error;
    }
    const old = this.#tcp.filter((listener) => !kept.has(listener));
    this.#tcp = [...kept, ...fresh];
    await closeAll(old);
  }

  async #listenAt(host: string, port: number, backlog: number, isOptional: boolean): Promise<Listener | null> {
    try {
      return await this.#net.listen({ kind: "tcp", host, port, backlog, ipv6Only: host.includes(":") }, this.#accept);
    } catch (error) {
      if (isOptional && error instanceof PlatformError && MISSING.has(error.kind)) return null;
      const detail = error instanceof PlatformError ? error.detail : String(error);
      this.#log.warning(`Warning: Could not create server TCP listening socket ${host}:${port}: ${detail}`);
      throw error;
    }
  }

  async listenUnix(path: string, mode: number): Promise<void> {
    this.#unix = await this.#net.listen({ kind: "unix", path, ...(mode === 0 ? {} : { mode }) }, this.#accept);
  }

  async close(): Promise<void> {
    const all = this.#unix === null ? this.#tcp : [...this.#tcp, this.#unix];
    this.#tcp = [];
    this.#unix = null;
    await closeAll(all);
  }
}

const MISSING: ReadonlySet<string> = new Set(["address-unavailable", "host-not-found", "unsupported"]);

function hostOf(host: string): string {
  if (host === "*") return "0.0.0.0";
  return host === "::*" ? "::" : host;
}

async function closeAll(listeners: readonly Listener[]): Promise<void> {
  await Promise.all(listeners.map((listener) => listener.close()));
}
