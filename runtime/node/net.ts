/** Sockets of Node: accepted connections on their handles, the others through node:net and node:tls. */
import { DirectNet } from "../shared/direct_net.ts";

/** As much as one `read(2)` of Node takes at most. */
const READ_BUFFER_BYTES = 65_536;

export class NodeNet extends DirectNet {
  constructor() {
    super({ readBuffer: new Uint8Array(READ_BUFFER_BYTES), tlsReadGate: null });
  }
}
