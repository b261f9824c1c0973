/**
 * Publish and subscribe: channels and patterns, and who listens.
 *
 * A message is written straight into each subscriber's output and sent at the end of the turn. What a client
 * publishes to itself comes after the reply of its own command. Patterns are tried one by one, as in Redis.
 */
import { globMatches } from "../../base/glob.ts";
import { KeyedHash } from "../../base/keyed-hash.ts";
import { latin1Text } from "../../base/text.ts";
import { type ClientState, RESTRICTED_SUBSCRIBED, type Subscriptions } from "../../commands/client-state.ts";
import type { Publisher } from "../../engine/unit.ts";
import { KeyRegistry } from "../../keyspace/key-registry.ts";
import type { Keyspace } from "../../keyspace/keyspace.ts";
import type { ReplyBuffer } from "../../protocol/reply-writer.ts";
import { Span } from "../../structures/entry.ts";

interface Pattern {
  readonly bytes: Uint8Array;
  readonly clients: ClientState[];
}

/** Either kind of subscription, by its words on the wire. */
export interface SubscriptionKind {
  readonly subscribed: string;
  readonly unsubscribed: string;
  /** Which of a client's sets it is. */
  readonly names: (subscriptions: Subscriptions) => Set<string>;
}

export const CHANNELS: SubscriptionKind = {
  subscribed: "subscribe",
  unsubscribed: "unsubscribe",
  names: (subscriptions) => subscriptions.channels,
};

export const PATTERNS: SubscriptionKind = {
  subscribed: "psubscribe",
  unsubscribed: "punsubscribe",
  names: (subscriptions) => subscriptions.patterns,
};

export class PubSub implements Publisher {
  readonly #channels: KeyRegistry<ClientState>;
  /** By the pattern's bytes as text, a character a byte; in order of first subscription. */
  readonly #patterns: Map<string, Pattern> = new Map();

  constructor(keyspace: Keyspace) {
    const hash = new KeyedHash(keyspace.random.next(), keyspace.random.next());
    this.#channels = new KeyRegistry(keyspace.arena, hash);
  }

  get channelCount(): number {
    return this.#channels.count;
  }

  get patternCount(): number {
    return this.#patterns.size;
  }

  subscribe(client: ClientState, kind: SubscriptionKind, name: Uint8Array): void {
    const text = latin1Text(name, 0, name.length);
    const names = kind.names(client.subscriptions);
    if (!names.has(text)) {
      names.add(text);
      if (kind === CHANNELS) this.#channels.add(name, 0, name.length, client);
      else this.#addPattern(text, name, client);
      this.#restrict(client);
    }
    confirm(client, kind.subscribed, name);
  }

  unsubscribe(client: ClientState, kind: SubscriptionKind, name: Uint8Array): void {
    this.#remove(client, kind, latin1Text(name, 0, name.length), name);
    confirm(client, kind.unsubscribed, name);
  }

  /** Ends all subscriptions of a kind, each with its confirmation; one confirmation of nothing if there were none. */
  unsubscribeAll(client: ClientState, kind: SubscriptionKind): void {
    const names = [...kind.names(client.subscriptions)];
    for (const text of names) this.unsubscribe(client, kind, bytesOf(text));
    if (names.length === 0) confirm(client, kind.unsubscribed, null);
  }

  /** Ends everything without a word: RESET, a lost connection. */
  forget(client: ClientState): void {
    for (const kind of [CHANNELS, PATTERNS]) {
      for (const text of [...kind.names(client.subscriptions)]) this.#remove(client, kind, text, bytesOf(text));
    }
  }

  /** @returns how many clients have received it. */
  publish(channel: Uint8Array, message: Uint8Array): number {
    let receivers = 0;
    for (const client of this.#channels.members(channel, 0, channel.length)) {
      client.outbox.push((reply) => writeMessage(reply, channel, message));
      receivers++;
    }
    for (const { bytes, clients } of this.#patterns.values()) {
      if (!globMatches(bytes, 0, bytes.length, channel, 0, channel.length, false)) continue;
      for (const client of clients) {
        client.outbox.push((reply) => writePatternMessage(reply, bytes, channel, message));
        receivers++;
      }
    }
    return receivers;
  }

  /** Channels with subscribers whose name matches, all without a pattern. */
  channels(pattern: Uint8Array | null): Uint8Array[] {
    const found: Uint8Array[] = [];
    const span = new Span();
    this.#channels.forEach(span, () => {
      const name = span.bytes.slice(span.start, span.start + span.length);
      if (pattern === null || globMatches(pattern, 0, pattern.length, name, 0, name.length, false)) found.push(name);
    });
    return found;
  }

  subscriberCount(channel: Uint8Array): number {
    return this.#channels.members(channel, 0, channel.length).length;
  }

  #addPattern(text: string, bytes: Uint8Array, client: ClientState): void {
    const pattern = this.#patterns.get(text);
    if (pattern === undefined) this.#patterns.set(text, { bytes, clients: [client] });
    else pattern.clients.push(client);
  }

  #remove(client: ClientState, kind: SubscriptionKind, text: string, name: Uint8Array): void {
    if (!kind.names(client.subscriptions).delete(text)) return;
    if (kind === CHANNELS) {
      this.#channels.remove(name, 0, name.length, client);
    } else {
      const pattern = this.#patterns.get(text);
      pattern?.clients.splice(pattern.clients.indexOf(client), 1);
      if (pattern?.clients.length === 0) this.#patterns.delete(text);
    }
    this.#restrict(client);
  }

  #restrict(client: ClientState): void {
    client.restrict(RESTRICTED_SUBSCRIBED, client.subscriptionCount > 0);
  }
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The answer to (un)subscribing: a push, one a name, with the number of subscriptions that the client has now. */
function confirm(client: ClientState, word: string, name: Uint8Array | null): void {
  const { reply } = client.outbox;
  reply.pushHeader(3);
  reply.bulkText(word);
  if (name === null) reply.nullBulk();
  else reply.bulk(name, 0, name.length);
  reply.integer(client.subscriptionCount);
}

function writeMessage(reply: ReplyBuffer, channel: Uint8Array, message: Uint8Array): void {
  reply.pushHeader(3);
  reply.bulkText("message");
  reply.bulk(channel, 0, channel.length);
  reply.bulk(message, 0, message.length);
}

function writePatternMessage(reply: ReplyBuffer, pattern: Uint8Array, channel: Uint8Array, message: Uint8Array): void {
  reply.pushHeader(4);
  reply.bulkText("pmessage");
  reply.bulk(pattern, 0, pattern.length);
  reply.bulk(channel, 0, channel.length);
  reply.bulk(message, 0, message.length);
}
