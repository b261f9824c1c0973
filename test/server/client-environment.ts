/** A server in this process with clients on real sockets, for tests of connections. */
import { createPlatform } from "#runtime";
import { Server } from "../../src/server/server.ts";
import { WireClient } from "../wire/client.ts";
import { show, textOf, words } from "../wire/notation.ts";
import { tcpStreams } from "../wire/stream.ts";

export class ServerUnderTest {
  readonly server = new Server(createPlatform(), { port: 0 });
  readonly #clients: WireClient[] = [];

  static async start(password = ""): Promise<ServerUnderTest> {
    const started = new ServerUnderTest();
    started.server.authentication.setPassword(password);
    await started.server.listen(true);
    return started;
  }

  async connect(): Promise<Talker> {
    const client = await WireClient.connect(tcpStreams(this.server.port));
    this.#clients.push(client);
    return new Talker(client);
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.server.close();
  }
}

/** A client that sends command lines and shows replies as text (see `test/wire/notation.ts`). */
export class Talker {
  readonly wire: WireClient;

  constructor(wire: WireClient) {
    this.wire = wire;
  }

  async ask(line: string): Promise<string> {
    return show(await this.wire.call(...words(line)));
  }

  /** The characters of a bulk or verbatim reply. */
  async text(line: string): Promise<string> {
    return textOf(await this.wire.call(...words(line)));
  }

  send(line: string): void {
    this.wire.send(...words(line));
  }

  async next(): Promise<string> {
    return show(await this.wire.reply());
  }

  /** A field of this client's own line. */
  async field(name: string): Promise<string> {
    return fieldOf(await this.text("CLIENT INFO"), name);
  }
}

export function fieldOf(line: string, name: string): string {
  const found = new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1];
  if (found === undefined) throw new Error(`no ${name} in ${line}`);
  return found;
}
