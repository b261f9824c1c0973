/**
 * One table from the names of system errors to the seam's kinds. Every adapter comes through here, so a condition has
 * the same kind wherever it is met.
 */
import { PlatformError, type PlatformErrorKind } from "../../src/platform/index.ts";

/** By `error.code`: POSIX names, the resolver's, and those of node:net and node:tls. */
const KIND_BY_CODE: Readonly<Record<string, PlatformErrorKind>> = {
  EADDRINUSE: "address-in-use",
  EADDRNOTAVAIL: "address-unavailable",
  EAFNOSUPPORT: "address-unavailable",
  ENETUNREACH: "address-unavailable",
  ENETDOWN: "address-unavailable",
  EHOSTUNREACH: "address-unavailable",
  EHOSTDOWN: "address-unavailable",
  ENOTFOUND: "host-not-found",
  EAI_AGAIN: "host-not-found",
  EAI_FAIL: "host-not-found",
  EAI_NODATA: "host-not-found",
  EAI_NONAME: "host-not-found",
  ENODATA: "host-not-found",
  ECONNREFUSED: "connection-refused",
  ECONNRESET: "connection-reset",
  ECONNABORTED: "connection-reset",
  EPIPE: "broken-pipe",
  ETIMEDOUT: "timed-out",
  EPROTO: "tls",
  EBADF: "closed",
  ENOTCONN: "closed",
  ESHUTDOWN: "broken-pipe",
  ERR_STREAM_DESTROYED: "closed",
  ERR_SOCKET_CLOSED: "closed",
  ERR_SOCKET_CLOSED_BEFORE_CONNECTION: "closed",
  ERR_STREAM_WRITE_AFTER_END: "closed",
  ENOENT: "not-found",
  ENOTDIR: "not-found",
  EEXIST: "exists",
  EACCES: "permission",
  EPERM: "permission",
  EROFS: "permission",
  ENOSPC: "no-space",
  EDQUOT: "no-space",
  EFBIG: "no-space",
  EMFILE: "too-many-files",
  ENFILE: "too-many-files",
  EISDIR: "is-directory",
  ENOTEMPTY: "not-empty",
  ENOSYS: "unsupported",
  ENOTSUP: "unsupported",
  EOPNOTSUPP: "unsupported",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "tls",
  UNABLE_TO_GET_ISSUER_CERT: "tls",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "tls",
  DEPTH_ZERO_SELF_SIGNED_CERT: "tls",
  SELF_SIGNED_CERT_IN_CHAIN: "tls",
  CERT_HAS_EXPIRED: "tls",
  CERT_NOT_YET_VALID: "tls",
  CERT_REVOKED: "tls",
  CERT_UNTRUSTED: "tls",
  CERT_REJECTED: "tls",
  CERT_SIGNATURE_FAILURE: "tls",
  INVALID_CA: "tls",
  HOSTNAME_MISMATCH: "tls",
};

/** By `error.name`: what Deno throws where it sets no code. */
const KIND_BY_NAME: Readonly<Record<string, PlatformErrorKind>> = {
  AddrInUse: "address-in-use",
  AddrNotAvailable: "address-unavailable",
  NetworkUnreachable: "address-unavailable",
  ConnectionRefused: "connection-refused",
  ConnectionReset: "connection-reset",
  ConnectionAborted: "connection-reset",
  BrokenPipe: "broken-pipe",
  NotConnected: "closed",
  BadResource: "closed",
  Interrupted: "closed",
  TimedOut: "timed-out",
  NotFound: "not-found",
  NotADirectory: "not-found",
  AlreadyExists: "exists",
  PermissionDenied: "permission",
  NotCapable: "permission",
  IsADirectory: "is-directory",
  NotSupported: "unsupported",
};

/** OpenSSL and BoringSSL reasons, and node:tls's own, that carry no code of their own in the table. */
const TLS_CODE = /^ERR_(SSL|TLS|OSSL)_/;
const TLS_MESSAGE = /certificate|\bTLS\b|\bSSL\b|handshake/i;

interface ErrorShape {
  readonly code?: unknown;
  readonly name?: unknown;
  readonly message?: unknown;
  readonly errors?: unknown;
}

/** The kind of a system error's code, `io` for one that has no better name. */
export function kindOfCode(code: string): PlatformErrorKind {
  return KIND_BY_CODE[code] ?? (TLS_CODE.test(code) ? "tls" : "io");
}

/** Any thrown value as a `PlatformError`; one that is so already is returned as it is. */
export function toPlatformError(error: unknown): PlatformError {
  if (error instanceof PlatformError) return error;
  const shape: ErrorShape = typeof error === "object" && error !== null ? error : {};
  // Several addresses were tried and each failed: the first failure stands for all.
  if (typeof shape.code !== "string" && Array.isArray(shape.errors) && shape.errors.length > 0) {
    return toPlatformError(shape.errors[0]);
  }
  const detail = typeof shape.message === "string" && shape.message !== "" ? shape.message : String(error);
  return new PlatformError(kindOf(shape, detail), detail);
}

function kindOf(shape: ErrorShape, detail: string): PlatformErrorKind {
  if (typeof shape.code === "string") {
    const kind = kindOfCode(shape.code);
    if (kind !== "io") return kind;
  }
  const byName = typeof shape.name === "string" ? KIND_BY_NAME[shape.name] : undefined;
  if (byName !== undefined) return byName;
  return TLS_MESSAGE.test(detail) ? "tls" : "io";
}
