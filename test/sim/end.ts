/** One end of a connection in a simulated world: keeps what it got and notices what the seam forbids. */
import type { SimHost, Simulation } from "../../runtime/sim/simulation.ts";
import type { Listener, ListenOptions, PlatformError, Socket, SocketHandler } from "../../src/platform/index.ts";

export class End implements SocketHandler {
  socket!: Socket;
  opened = 0;
  text = "";
  receivedBytes = 0;
  chunkSizes: number[] = [];
  drained = 0;
  ended = 0;
  closed = 0;
  error: PlatformError | null = null;
  /** Set and cleared around calls of the socket, in which nothing may call back. */
  isCalling = false;
  isPaused = false;
  offences: string[] = [];
  onBytes: ((buffer: Uint8Array, start: number, end: number) => void) | null = null;
  onDrained: (() => void) | null = null;

  onOpen(): void {
    this.note("onOpen");
    this.opened++;
  }

  onData(buffer: Uint8Array, start: number, end: number): void {
    this.note("onData");
    if (this.isPaused) this.offences.push("onData while paused");
    if (this.ended > 0) this.offences.push("onData after onEnd");
    this.receivedBytes += end - start;
    this.chunkSizes.push(end - start);
    if (this.onBytes !== null) this.onBytes(buffer, start, end);
    else this.text += new TextDecoder("latin1").decode(buffer.subarray(start, end));
  }

  onDrain(): void {
    this.note("onDrain");
    this.drained++;
    this.onDrained?.();
  }

  onEnd(): void {
    this.note("onEnd");
    this.ended++;
  }

  onClose(error: PlatformError | null): void {
    this.note("onClose");
    this.closed++;
    this.error = error;
  }

  call<T>(action: (socket: Socket) => T): T {
    this.isCalling = true;
    const result = action(this.socket);
    this.isCalling = false;
    return result;
  }

  send(text: string): boolean {
    return this.call((socket) => socket.write(new TextEncoder().encode(text)));
  }

  /** The kind of error of the close, `null` after an orderly one, undefined before. */
  get fate(): string | null | undefined {
    return this.closed === 0 ? undefined : (this.error?.kind ?? null);
  }

  private note(callback: string): void {
    if (this.closed > 0) this.offences.push(`${callback} after onClose`);
    if (this.isCalling) this.offences.push(`${callback} within a call`);
  }
}

export const PORT = 6379;

/** Listens on all addresses of `host` and keeps the accepted ends. */
export async function listen(
  host: SimHost,
  options: Partial<ListenOptions & { kind: "tcp" }> = {},
): Promise<{ listener: Listener; accepted: End[] }> {
  const accepted: End[] = [];
  const base = { kind: "tcp", host: "0.0.0.0", port: PORT, backlog: 100 } as const;
  const listener = await host.platform.net.listen({ ...base, ...options }, (socket) => {
    const end = new End();
    end.socket = socket;
    accepted.push(end);
    return end;
  });
  return { listener, accepted };
}

export function connect(host: SimHost, to: string, port = PORT): End {
  const end = new End();
  end.socket = host.platform.net.connect({ kind: "tcp", host: to, port }, end);
  return end;
}

/** A connection from `from` to `to` with both ends in hand. */
export async function pair(simulation: Simulation, from: SimHost, to: SimHost): Promise<{ client: End; server: End }> {
  const { listener, accepted } = await listen(to);
  const client = connect(from, to.name);
  await simulation.run(() => client.opened === 1 && accepted.length === 1);
  await listener.close();
  return { client, server: accepted[0] };
}
