/** SUBSCRIBE, PSUBSCRIBE, their opposites, PUBLISH and PUBSUB. */
import type { Context } from "../../commands/context.ts";
import type { CommandRow, Handler } from "../../commands/spec.ts";
import { CHANNELS, PATTERNS, type PubSub, type SubscriptionKind } from "./pubsub.ts";

export function pubsubRows(pubsub: PubSub): CommandRow[] {
  return [
    ...subscriptionRows(pubsub),
    {
      name: "publish",
      arity: 3,
      flags: ["pubsub", "loading", "stale", "fast", "may_replicate"],
      categories: [],
      keySpecs: [],
      group: "pubsub",
      since: "2.0.0",
      complexity: "O(N+M) where N is the number of subscribers of the channel and M the number of patterns.",
      summary: "Sends a message to all subscribers of a channel.",
      arguments: [
        { name: "channel", type: "string" },
        { name: "message", type: "string" },
      ],
      effects: "none",
      handler: (context) => publish(context, pubsub),
    },
    containerRow(pubsub),
  ];
}

function subscriptionRows(pubsub: PubSub): CommandRow[] {
  const row = (name: string, arity: number, summary: string, complexity: string, handler: Handler): CommandRow => {
    const isPattern = name.startsWith("p");
    return {
      name,
      arity,
      flags: ["pubsub", "noscript", "loading", "stale"],
      categories: [],
      keySpecs: [],
      group: "pubsub",
      since: "2.0.0",
      complexity,
      summary,
      arguments: [
        {
          name: isPattern ? "pattern" : "channel",
          type: isPattern ? "pattern" : "string",
          multiple: true,
          ...(arity === -1 ? { optional: true } : {}),
        },
      ],
      effects: "none",
      handler,
    };
  };
  const perName = "O(N) where N is the number of names given.";
  const subscribe = subscriber(pubsub, CHANNELS);
  const psubscribe = subscriber(pubsub, PATTERNS);
  const unsubscribe = unsubscriber(pubsub, CHANNELS);
  const punsubscribe = unsubscriber(pubsub, PATTERNS);
  return [
    row("subscribe", -2, "Listens to channels.", perName, subscribe),
    row("psubscribe", -2, "Listens to all channels whose names match a pattern.", perName, psubscribe),
    row("unsubscribe", -1, "Stops listening to channels, to all of them if none is given.", perName, unsubscribe),
    row("punsubscribe", -1, "Gives up patterns, all of them if none is given.", perName, punsubscribe),
  ];
}

function containerRow(pubsub: PubSub): CommandRow {
  const shared = {
    flags: ["pubsub", "loading", "stale"],
    categories: [],
    keySpecs: [],
    group: "pubsub",
    since: "2.8.0",
    effects: "none",
  } as const;
  return {
    ...shared,
    name: "pubsub",
    arity: -2,
    flags: [],
    categories: [],
    complexity: "Depends on subcommand.",
    summary: "A container for commands that look into Pub/Sub.",
    handler: () => {},
    subcommands: [
      {
        ...shared,
        name: "channels",
        arity: -2,
        complexity: "O(N) where N is the number of channels.",
        summary: "Lists the channels that have subscribers.",
        arguments: [{ name: "pattern", type: "pattern", optional: true }],
        handler: (context) => listChannels(context, pubsub),
      },
      {
        ...shared,
        name: "numsub",
        arity: -2,
        complexity: "O(N) where N is the number of channels asked for.",
        summary: "Counts the subscribers of channels.",
        arguments: [{ name: "channel", type: "string", optional: true, multiple: true }],
        handler: (context) => countSubscribers(context, pubsub),
      },
      {
        ...shared,
        name: "numpat",
        arity: 2,
        complexity: "O(1)",
        summary: "Counts the patterns that somebody listens to.",
        handler: (context) => context.reply.integer(pubsub.patternCount),
      },
    ],
  };
}

function copyOf(context: Context, index: number): Uint8Array {
  const start = context.start(index);
  return context.bytes(index).slice(start, start + context.length(index));
}

function subscriber(pubsub: PubSub, kind: SubscriptionKind): Handler {
  return (context) => {
    for (let index = 1; index < context.argc; index++) pubsub.subscribe(context.client, kind, copyOf(context, index));
  };
}

function unsubscriber(pubsub: PubSub, kind: SubscriptionKind): Handler {
  return (context) => {
    if (context.argc === 1) pubsub.unsubscribeAll(context.client, kind);
    for (let index = 1; index < context.argc; index++) pubsub.unsubscribe(context.client, kind, copyOf(context, index));
  };
}

/** The message itself is an effect, although no key has changed: subscribers of a replica hear it too. */
function publish(context: Context, pubsub: PubSub): void {
  const receivers = pubsub.publish(copyOf(context, 1), copyOf(context, 2));
  context.propagateVerbatim();
  context.reply.integer(receivers);
}

function listChannels(context: Context, pubsub: PubSub): void {
  if (context.argc > 3) {
    context.fail(unknownForm(context.text(1)));
    return;
  }
  const names = pubsub.channels(context.argc === 3 ? copyOf(context, 2) : null);
  context.reply.arrayHeader(names.length);
  for (const name of names) context.reply.bulk(name, 0, name.length);
}

function countSubscribers(context: Context, pubsub: PubSub): void {
  context.reply.arrayHeader((context.argc - 2) * 2);
  for (let index = 2; index < context.argc; index++) {
    context.reply.bulk(context.bytes(index), context.start(index), context.length(index));
    context.reply.integer(pubsub.subscriberCount(copyOf(context, index)));
  }
}

function unknownForm(subcommand: string): string {
  return `ERR unknown subcommand or wrong number of arguments for '${subcommand}'. Try PUBSUB HELP.`;
}
