/**
 * The one place that touches what node:net itself is built on and does not document: the libuv handle below a server
 * or a socket. Node has it, and Deno has it rebuilt under the same names.
 *
 * Why: a request that is read, answered and forgotten passes through two stream state machines in node:net, and each
 * read gets a buffer of its own. Driving the handle costs one callback per read and one call per write, and an idle
 * connection is a handle and one object instead of a `Socket` with its two streams.
 *
 * Everything used here is looked for first, by name and by type; when anything is missing the answer is null and the
 * adapter serves through documented streams, slower and otherwise the same.
 */
import type { Server } from "node:net";
import process from "node:process";

/** Result of a call: 0, or a negative libuv error number. */
type Status = number;

/** A request in flight; the handle calls `oncomplete` with the status. One that was not used can be used again. */
export interface WriteRequest {
  oncomplete: (this: WriteRequest, status: Status) => void;
  /** What is being sent: keeps the bytes alive. */
  buffer: Uint8Array | null;
  owner: object | null;
}

export interface ShutdownRequest {
  oncomplete: (status: Status) => void;
}

/** What `getpeername` and `getsockname` fill in. */
export interface RawAddress {
  address?: string;
  port?: number;
}

/** The part of libuv's TCP and pipe handles that is used here. `owner` is ours. */
export interface StreamHandle {
  owner: object | null;
  /** Called with the handle as `this` for bytes, end and error alike: see `StreamState.readStatus`. */
  onread: () => void;
  /** Bytes that wait to be sent. Not on Deno. */
  readonly writeQueueSize?: number;
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): Status;
  readStop(): Status;
  /** 0, an error, or (newer Node, when it made a request of its own) that request. */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): Status | WriteRequest;
  shutdown(request: ShutdownRequest): Status;
  close(done: () => void): void;
  /** TCP only. */
  reset?(done: () => void): Status;
  setNoDelay?(on: boolean): Status;
  setKeepAlive?(on: boolean, idleSeconds: number): Status;
  getpeername?(into: RawAddress): Status;
  getsockname?(into: RawAddress): Status;
}

export interface ServerHandle {
  /** Node hands over the accepted handle; Deno lets the callee accept into one that it makes. */
  onconnection: (status: Status, handle: StreamHandle | undefined) => void;
  accept?(into: StreamHandle): Status;
}

/** Makes an empty handle to accept a connection into. */
type HandleMaker = new (kind: number) => StreamHandle;

export interface PrivateApi {
  readonly WriteRequest: new () => WriteRequest;
  readonly ShutdownRequest: new () => ShutdownRequest;
  /** Results of the last call, shared by all handles; indexes below. */
  readonly state: Int32Array;
  /** After a read: bytes, or a negative error. */
  readonly readStatusIndex: number;
  /** After a write: not 0 when the request was taken and will complete later. */
  readonly wasAsyncIndex: number;
  readonly TcpHandle: HandleMaker;
  readonly PipeHandle: HandleMaker;
  /** What makes such a handle a connection rather than a server. */
  readonly tcpKind: number;
  readonly pipeKind: number;
}

const HANDLE_METHODS = ["useUserBuffer", "readStart", "readStop", "writeBuffer", "shutdown", "close"] as const;

type Binding = Readonly<Record<string, unknown>>;

function binding(name: string): Binding | null {
  const load = (process as unknown as { binding?: (name: string) => unknown }).binding;
  if (typeof load !== "function") return null;
  const found = load.call(process, name);
  return typeof found === "object" && found !== null ? (found as Binding) : null;
}

/** A class of handles and the number that asks it for a connection. */
interface HandleClass {
  readonly maker: HandleMaker;
  readonly kind: number;
}

function handleClass(bindingName: string, className: string): HandleClass | null {
  const found = binding(bindingName);
  const maker = found?.[className];
  const kind = (found?.constants as Record<string, unknown> | undefined)?.SOCKET;
  if (typeof maker !== "function" || typeof kind !== "number" || !isStreamHandle(maker.prototype)) return null;
  return { maker: maker as HandleMaker, kind };
}

/** @returns null when this runtime is built differently. */
export function findPrivateApi(): PrivateApi | null {
  try {
    const stream = binding("stream_wrap");
    const tcp = handleClass("tcp_wrap", "TCP");
    const pipe = handleClass("pipe_wrap", "Pipe");
    if (stream === null || tcp === null || pipe === null) return null;
    const { WriteWrap, ShutdownWrap, streamBaseState, kReadBytesOrError, kLastWriteWasAsync } = stream;
    if (typeof WriteWrap !== "function" || typeof ShutdownWrap !== "function") return null;
    if (!(streamBaseState instanceof Int32Array)) return null;
    if (!isIndex(kReadBytesOrError, streamBaseState) || !isIndex(kLastWriteWasAsync, streamBaseState)) return null;
    return {
      WriteRequest: WriteWrap as new () => WriteRequest,
      ShutdownRequest: ShutdownWrap as new () => ShutdownRequest,
      state: streamBaseState,
      readStatusIndex: kReadBytesOrError,
      wasAsyncIndex: kLastWriteWasAsync,
      TcpHandle: tcp.maker,
      PipeHandle: pipe.maker,
      tcpKind: tcp.kind,
      pipeKind: pipe.kind,
    };
  } catch {
    return null;
  }
}

function isIndex(value: unknown, state: Int32Array): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < state.length;
}

/** Whether `value`, a handle or the prototype of one, has what is used of it. */
function isStreamHandle(value: unknown): value is StreamHandle {
  if (typeof value !== "object" || value === null) return false;
  const methods = value as Record<string, unknown>;
  return HANDLE_METHODS.every((name) => typeof methods[name] === "function");
}

/** The handle of a server that listens, or null when it is not of the expected shape. */
export function serverHandle(server: Server): ServerHandle | null {
  const handle: unknown = (server as unknown as { _handle?: unknown })._handle;
  if (typeof handle !== "object" || handle === null) return null;
  const shape = handle as Partial<ServerHandle>;
  return typeof shape.onconnection === "function" ? (shape as ServerHandle) : null;
}

/** The connection that a server handle reports: the one it hands over, or one that it accepts into. */
export function acceptedHandle(
  api: PrivateApi,
  server: ServerHandle,
  offered: StreamHandle | undefined,
  isPipe: boolean,
): StreamHandle | null {
  if (offered !== undefined) return isStreamHandle(offered) ? offered : null;
  if (typeof server.accept !== "function") return null;
  const handle = isPipe ? new api.PipeHandle(api.pipeKind) : new api.TcpHandle(api.tcpKind);
  return server.accept(handle) === 0 ? handle : null;
}
