/** `Net` for one incarnation of a host: checks what it is asked for and hands it to the network. */
import {
  type Address,
  type ConnectOptions,
  type Listener,
  type ListenOptions,
  type Net,
  PlatformError,
  type Socket,
  type SocketHandler,
} from "../../src/platform/index.ts";
import { joinPath } from "./disk.ts";
import type { Incarnation } from "./incarnation.ts";
import { type Accept, SimListener } from "./listeners.ts";

const WILDCARDS = ["0.0.0.0", "::"];

export class SimNet implements Net {
  private readonly owner: Incarnation;
  private readonly workingDirectory: () => string;

  constructor(owner: Incarnation, workingDirectory: () => string) {
    this.owner = owner;
    this.workingDirectory = workingDirectory;
  }

  async listen(options: ListenOptions, accept: Accept): Promise<Listener> {
    const { owner } = this;
    if (!owner.isAlive) throw new PlatformError("closed", "the process is gone");
    const listener = options.kind === "unix" ? this.listenUnix(options.path, accept) : this.listenTcp(options, accept);
    owner.note("listen", listener.address.port);
    return listener;
  }

  connect(options: ConnectOptions, handler: SocketHandler): Socket {
    const absolute = options.kind === "unix" ? { ...options, path: this.absolute(options.path) } : options;
    return this.owner.network.connect(this.owner, absolute, handler);
  }

  private listenUnix(path: string, accept: Accept): SimListener {
    const { owner } = this;
    const absolute = this.absolute(path);
    const node = owner.host.disk.createSocket(absolute);
    const listener = new SimListener(
      owner.network.listeners,
      owner,
      { kind: "unix", host: absolute, port: 0 },
      { accept, node },
    );
    owner.network.listeners.add(listener);
    return listener;
  }

  private listenTcp(options: ListenOptions & { kind: "tcp" }, accept: Accept): SimListener {
    if (options.tls !== undefined) throw new PlatformError("unsupported", "the simulated network has no TLS");
    const { owner } = this;
    const { listeners } = owner.network;
    const host = this.bindable(options.host);
    const port = options.port === 0 ? owner.network.freePort(owner.host) : options.port;
    const address: Address = { kind: "tcp", host, port };
    const listener = new SimListener(listeners, owner, address, { accept, backlog: options.backlog });
    listeners.add(listener);
    return listener;
  }

  /** The address behind `name`, which must be one of this host. */
  private bindable(name: string): string {
    if (WILDCARDS.includes(name)) return name;
    const found = this.owner.network.resolve(this.owner.host, name);
    if (found === null) throw new PlatformError("host-not-found", name);
    if (found.host !== this.owner.host) throw new PlatformError("address-unavailable", `not of this host: ${name}`);
    return found.address;
  }

  private absolute(path: string): string {
    return joinPath(this.workingDirectory(), path);
  }
}
