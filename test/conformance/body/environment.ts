/**
 * What a conformance case is given, and the little vocabulary it is written in.
 *
 * The body imports nothing of any runtime, so the same cases judge Node, Deno, Bun and the simulated runtime. The one
 * rule that makes the last one possible: a case never waits on its own. It hands every promise to `settle` and every
 * passage of time to `advance`. On a real runtime both simply await; on a simulated one they run its event loop until
 * the promise is settled or the virtual time has passed.
 */
import type { Platform } from "../../../src/platform/index.ts";

export interface Capabilities {
  /** TLS listen and connect. */
  readonly tls: boolean;
  /** Unix sockets. */
  readonly unix: boolean;
  /** Time, memory and the process are the machine's own, so that readings of them can be compared with reality. */
  readonly realTime: boolean;
}

export type Capability = keyof Capabilities;

/** PEM texts for the TLS cases: one authority, a server for `localhost`, a client, and a client of another authority. */
export interface TlsFixtures {
  readonly authorityPem: string;
  readonly serverCertificatePem: string;
  readonly serverKeyPem: string;
  readonly clientCertificatePem: string;
  readonly clientKeyPem: string;
  /** The common name in `clientCertificatePem`. */
  readonly clientCommonName: string;
  readonly strangerCertificatePem: string;
  readonly strangerKeyPem: string;
  /** `serverKeyPem` encrypted, and what it is encrypted with. */
  readonly encryptedServerKeyPem: string;
  readonly passphrase: string;
}

export interface Environment {
  readonly platform: Platform;
  readonly capabilities: Capabilities;
  /** An existing directory, empty and of this case alone, with a path short enough for a Unix socket in it. */
  readonly directory: string;
  /** How much the bulk case sends through one socket. */
  readonly bulkBytes: number;
  /** Present when `capabilities.tls` is. */
  readonly tls: TlsFixtures | null;
  /** Runs the world until the promise is settled; rejects when that takes unreasonably long. */
  settle<T>(promise: Promise<T>): Promise<T>;
  /** Lets `ms` (≥ 0) of the platform's time pass; everything due in it happens. */
  advance(ms: number): Promise<void>;
}

export interface ConformanceCase {
  readonly name: string;
  /** Capabilities without which the case is skipped. */
  readonly needs?: readonly Capability[];
  run(env: Environment): Promise<void>;
}

/**
 * How often `until` looks, far more than a busy machine needs. Looks are counted, not time: a process that was stopped
 * for minutes has not waited.
 */
const LOOKS_MAX = 100_000;

/** Waits until `condition` holds, looking every millisecond of the platform's time. */
export async function until(env: Environment, what: string, condition: () => boolean): Promise<void> {
  for (let looks = 0; !condition(); looks++) {
    if (looks === LOOKS_MAX) throw new Error(`waited too long until ${what}`);
    await env.advance(1);
  }
}
