/** What went wrong below the seam, in words that do not depend on the runtime. */
export type PlatformErrorKind =
  | "address-in-use"
  | "address-unavailable"
  | "host-not-found"
  | "connection-refused"
  | "connection-reset"
  | "broken-pipe"
  | "timed-out"
  | "tls"
  | "closed"
  | "not-found"
  | "exists"
  | "permission"
  | "no-space"
  | "too-many-files"
  | "is-directory"
  | "not-empty"
  | "unsupported"
  | "io";

/** An error of the outside world. `detail` is the runtime's own text, for logs. */
export class PlatformError extends Error {
  readonly kind: PlatformErrorKind;
  readonly detail: string;

  constructor(kind: PlatformErrorKind, detail: string) {
    super(`${kind}: ${detail}`);
    this.name = "PlatformError";
    this.kind = kind;
    this.detail = detail;
  }
}
