import { ACCEPT_BACKLOG_DEFAULT, CLIENTS_DEFAULT, CLIENTS_MIN } from "../../../base/limits.ts";
import { integer, octal, optionalText, unsigned, yesNo } from "../kinds.ts";
import { UINT_MAX } from "../numbers.ts";
import { accepted, parameter, used } from "../parameter.ts";
import { addresses } from "../special-kinds.ts";

const ONE_THREAD = "A server is one thread here; more cores are used by more nodes.";

/** Where the server listens and whom it lets in. */
export const NETWORK = [
  parameter("bind", addresses(), ["*", "-::*"], used("The addresses that the server listens on.")),
  parameter("bind-source-addr", optionalText(), "", accepted("Connections go out from the address the system picks.")),
  parameter(
    "port",
    integer(0n, 65_535n),
    6379n,
    used("The TCP port. 0 is none, except in the library, where it asks for a free one."),
  ),
  parameter(
    "tcp-backlog",
    integer(0n),
    BigInt(ACCEPT_BACKLOG_DEFAULT),
    used("Connections that may wait to be accepted."),
    { immutable: true },
  ),
  parameter(
    "tcp-keepalive",
    integer(0n),
    300n,
    used("Seconds of silence after which the system asks whether a client is still there. 0 is never."),
  ),
  parameter("timeout", integer(0n), 0n, used("Seconds after which an idle client is closed. 0 is never.")),
  parameter("unixsocket", optionalText(), "", used("The path of a Unix socket to listen on as well."), {
    immutable: true,
  }),
  parameter("unixsocketperm", octal(0n, 0o777n), 0n, used("The permissions of that socket; 0 leaves the system's."), {
    immutable: true,
  }),
  parameter("protected-mode", yesNo(), true, used("Refuses clients of other machines as long as no password is set.")),
  parameter(
    "maxclients",
    unsigned(BigInt(CLIENTS_MIN)),
    BigInt(CLIENTS_DEFAULT),
    used("Clients at a time; those beyond are told so and closed."),
  ),
  parameter("socket-mark-id", unsigned(0n, UINT_MAX), 0n, accepted("The runtimes have no way to mark a socket."), {
    immutable: true,
  }),
  parameter("io-threads", integer(1n, 128n), 1n, accepted(ONE_THREAD), { immutable: true, debug: true }),
  parameter("io-threads-do-reads", yesNo(), false, accepted(ONE_THREAD), { immutable: true, debug: true }),
] as const;
