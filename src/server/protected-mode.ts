import { asciiBytes } from "../base/text.ts";
import type { Socket } from "../platform/index.ts";
import type { Server } from "./server.ts";

/** What a client of another machine is told while nobody has set a password. */
export const PROTECTED: Uint8Array = asciiBytes(
  "-DENIED Redpoll is running in protected mode because protected mode is enabled and no password is set for the default user. In this mode connections are only accepted from the loopback interface. To allow clients of other machines, set a password with CONFIG SET requirepass, or turn protected mode off with CONFIG SET protected-mode no from this machine or in the configuration file.\r\n",
);

export function isProtectedFrom(server: Server, socket: Socket): boolean {
  if (!server.protectedMode || server.config.values.requirepass !== "") return false;
  return socket.remote.kind === "tcp" && !isLoopback(socket.remote.host);
}

function isLoopback(host: string): boolean {
  return host === "::1" || /^(?:::ffff:)?127\./.test(host);
}
