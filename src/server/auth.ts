/**
 * Who may talk to the server: the default user and its password, `requirepass`.
 *
 * Without a password every client is the default user from the start, and any password that it names is right. With
 * one, a new client may do nothing but AUTH, HELLO, QUIT and RESET until it has given it. A change of the password
 * leaves clients that have authenticated as they are.
 *
 * And who may use DEBUG, whoever he is: `enable-debug-command`.
 */
import { type ClientState, RESTRICTED_UNAUTHENTICATED } from "../commands/client-state.ts";
import type { Context, Services } from "../commands/context.ts";
import { isLocalAddress } from "./config/rows.ts";

export const DEFAULT_USER = "default";

const NO_PASSWORD =
  "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?";
const WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled.";

const NO_DEBUG =
  'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.';

/** Who may do what is protected: nobody, anybody, or clients of this machine. */
export type ProtectedAccess = "no" | "yes" | "local";

export class Authentication implements Services {
  /** `enable-debug-command`. */
  debugAccess: ProtectedAccess = "no";
  #password: Uint8Array | null = null;

  /** `requirepass`: text of a character a byte; empty is no password. */
  setPassword(text: string): void {
    this.#password = text === "" ? null : Uint8Array.from(text, (character) => character.charCodeAt(0));
  }

  get requiresAuthentication(): boolean {
    return this.#password !== null;
  }

  refuseProtected({ address }: ClientState): string | null {
    const isAllowed = this.debugAccess === "yes" || (this.debugAccess === "local" && isLocalAddress(address));
    return isAllowed ? null : NO_DEBUG;
  }

  greet(client: ClientState): void {
    client.restrict(RESTRICTED_UNAUTHENTICATED, this.#password !== null);
  }

  authenticate(context: Context, userIndex: number | null, passwordIndex: number): boolean {
    if (userIndex === null && this.#password === null) {
      context.fail(NO_PASSWORD);
      return false;
    }
    const isUser = userIndex === null || context.text(userIndex) === DEFAULT_USER;
    if (!isUser || !this.#accepts(context, passwordIndex)) {
      context.fail(WRONG_PASSWORD);
      return false;
    }
    const { client } = context;
    if (!client.authenticated) {
      client.restrict(RESTRICTED_UNAUTHENTICATED, false);
      client.outbox.authenticationChanged();
    }
    return true;
  }

  /** Takes as long as what was given is long, however much of it is right. */
  #accepts(context: Context, index: number): boolean {
    const password = this.#password;
    if (password === null) return true;
    const bytes = context.bytes(index);
    const start = context.start(index);
    const length = context.length(index);
    let difference = password.length ^ length;
    for (let at = 0; at < length; at++) difference |= password[at % password.length] ^ bytes[start + at];
    return difference === 0;
  }
}
