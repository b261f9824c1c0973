/** What the server knows about one client, as far as commands see it. The connection itself belongs to the server. */
export class ClientState {
  readonly id: number;
  /** Address of the peer, `ip:port` or a path with `:0`. */
  readonly address: string;
  readonly localAddress: string;
  /** When it connected, monotonic µs. */
  readonly connectedAtUs: number;
  /** Set by CLIENT SETNAME and HELLO SETNAME; bytes as one character each. */
  name = "";
  libraryName = "";
  libraryVersion = "";
  databaseIndex = 0;
  resp: 2 | 3 = 2;
  authenticated = true;
  /** The full name of the command last executed, `NULL` before the first. */
  lastCommand = "NULL";
  lastActiveUs = 0;
  commandsProcessed = 0;
  /** Set by QUIT and by errors after which the connection ends: closed once the replies are sent. */
  closeAfterReply = false;

  constructor(id: number, address: string, localAddress: string, nowUs: number) {
    this.id = id;
    this.address = address;
    this.localAddress = localAddress;
    this.connectedAtUs = nowUs;
    this.lastActiveUs = nowUs;
  }
}
