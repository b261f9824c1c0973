/**
 * CLIENT PAUSE: for a while the commands of all clients wait, or only those that change data.
 *
 * Each client carries the pause as a restriction, so that a server without one asks nothing; the gate holds commands
 * back and their sessions keep them. When the pause ends they are tried again in the next turn, in order of the
 * connections: not at once, since it may be a command that ends the pause. A second pause while one lasts makes it as long and as strict as the longer and the stricter of the two.
 */
import { type ClientState, RESTRICTED_PAUSED, RESTRICTED_WRITES_PAUSED } from "../../commands/client-state.ts";
import { Alarm } from "../../engine/alarm.ts";
import type { Server } from "../server.ts";
import type { DeferredTask } from "../turn.ts";

export class ClientPause implements DeferredTask {
  readonly #server: Server;
  #restriction = 0;
  /** Monotonic µs. */
  #untilUs = 0;
  #alarm: Alarm | null = null;
  /** What was held back is about to be tried again. */
  #proceeds = false;

  constructor(server: Server) {
    this.#server = server;
  }

  /** While it lasts, nothing expires or is evicted either. */
  get isActive(): boolean {
    return this.#restriction !== 0;
  }

  begin(timeoutMs: number, writesOnly: boolean): void {
    const { clock } = this.#server.platform;
    const isStricter = !writesOnly || this.#restriction === RESTRICTED_PAUSED;
    this.#restriction = isStricter ? RESTRICTED_PAUSED : RESTRICTED_WRITES_PAUSED;
    this.#untilUs = Math.max(this.#untilUs, clock.monotonicUs() + timeoutMs * 1000);
    for (const { client } of this.#server.sessions) this.restrict(client);
    this.#sleep();
  }

  /** Ends it, and tries again what it has held back. */
  end(): void {
    if (this.#restriction === 0) return;
    this.stop();
    this.#restriction = 0;
    this.#untilUs = 0;
    for (const { client } of this.#server.sessions) this.restrict(client);
    if (this.#proceeds) return;
    this.#proceeds = true;
    this.#server.turn.enter();
    this.#server.turn.defer(this);
  }

  proceed(): void {
    this.#proceeds = false;
    for (const session of [...this.#server.sessions]) session.retry();
  }

  /** Makes the pause hold for a client, such as a new one. */
  restrict(client: ClientState): void {
    client.restrict(RESTRICTED_PAUSED, this.#restriction === RESTRICTED_PAUSED);
    client.restrict(RESTRICTED_WRITES_PAUSED, this.#restriction === RESTRICTED_WRITES_PAUSED);
  }

  /** Cancels the timer. */
  stop(): void {
    this.#alarm?.cancel();
    this.#alarm = null;
  }

  #sleep(): void {
    this.stop();
    const { clock, timers } = this.#server.platform;
    this.#alarm = new Alarm(clock, timers, this.#untilUs, () => this.end());
  }
}
