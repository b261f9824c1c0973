import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fieldOf, ServerUnderTest, type Talker } from "./client-environment.ts";

let tested: ServerUnderTest;
let me: Talker;
beforeEach(async () => {
  tested = await ServerUnderTest.start();
  me = await tested.connect();
});
afterEach(() => tested.stop());

describe("CLIENT LIST and INFO", () => {
  const FIELDS =
    "id addr laddr fd name age idle flags db sub psub ssub multi qbuf qbuf-free argv-mem multi-mem rbs rbp obl oll omem tot-mem events cmd user redir resp lib-name lib-ver";

  test("show Redis's fields in Redis's order", async () => {
    const line = await me.text("client list");
    expect(line).toMatch(
      /^id=\d+ addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=\d+ name= age=\d+ idle=\d+ flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 qbuf=26 qbuf-free=\d+ argv-mem=10 multi-mem=0 rbs=\d+ rbp=\d+ obl=0 oll=0 omem=0 tot-mem=\d+ events=r cmd=client\|list user=default redir=-1 resp=2 lib-name= lib-ver=\n$/,
    );
    const names = line
      .trimEnd()
      .split(" ")
      .map((field) => field.slice(0, field.indexOf("=")));
    expect(names.join(" ")).toBe(FIELDS);
    expect(await me.text("CLIENT INFO")).toMatch(/ cmd=client\|info .* resp=2 lib-name= lib-ver=\n$/);
  });

  test("are verbatim text in RESP3", async () => {
    await me.ask("HELLO 3");
    expect(await me.ask("CLIENT INFO")).toMatch(/^=txt:"id=.* resp=3 /);
    expect(await me.ask("CLIENT LIST")).toMatch(/^=txt:"id=/);
  });

  test("tell the state of a client", async () => {
    await me.ask("SELECT 3");
    await me.ask("CLIENT SETNAME me");
    await me.ask("CLIENT SETINFO LIB-NAME lib");
    await me.ask("client setinfo lib-ver 1.2");
    await me.ask("CLIENT NO-EVICT on");
    await me.ask("CLIENT NO-TOUCH on");
    expect(await me.text("CLIENT INFO")).toMatch(/ name=me .* flags=eT db=3 .* lib-name=lib lib-ver=1\.2\n$/);
  });

  test("tell about transactions, broken watches and subscriptions of others", async () => {
    const other = await tested.connect();
    const id = (await other.ask("CLIENT ID")).slice(1);
    await other.ask("WATCH k");
    await other.ask("MULTI");
    await other.ask("SET a 1");
    await me.ask("SET k 1");
    const line = await me.text(`CLIENT LIST ID ${id}`);
    expect(line).toMatch(/ flags=xd .* multi=1 /);
    expect(line).toMatch(/ cmd=set /);
    expect(Number(fieldOf(line, "multi-mem"))).toBeGreaterThan(0);
    await other.ask("DISCARD");
    await other.ask("SUBSCRIBE x");
    await other.ask("PSUBSCRIBE y*");
    expect(await me.text("CLIENT LIST TYPE pubsub")).toMatch(/ flags=P db=0 sub=1 psub=1 ssub=0 .* cmd=psubscribe /);
    expect(await me.text("CLIENT LIST TYPE normal")).toMatch(/^id=\d+ .*cmd=client\|list .*\n$/);
    expect(await me.text("CLIENT LIST TYPE replica")).toBe("");
    expect(await me.text("CLIENT LIST TYPE master")).toBe("");
  });

  test("take numbers in any order, and leave out who is not there", async () => {
    const other = await tested.connect();
    const mine = (await me.ask("CLIENT ID")).slice(1);
    const theirs = (await other.ask("CLIENT ID")).slice(1);
    const lines = (await me.text(`CLIENT LIST ID ${theirs} 999999 ${mine}`)).trimEnd().split("\n");
    expect(lines.map((line) => fieldOf(line, "id"))).toEqual([theirs, mine]);
    expect(new Set(lines.map((line) => fieldOf(line, "fd"))).size).toBe(2);
  });

  test("a descriptor is used again, a number never", async () => {
    const other = await tested.connect();
    const [id, descriptor] = [await other.field("id"), await other.field("fd")];
    await me.ask(`CLIENT KILL ID ${id}`);
    const next = await tested.connect();
    expect(await next.field("fd")).toBe(descriptor);
    expect(Number(await next.field("id"))).toBeGreaterThan(Number(id));
  });

  test("an unknown command leaves no name", async () => {
    const other = await tested.connect();
    await other.ask("NOSUCH");
    expect(await me.text(`CLIENT LIST ID ${(await other.ask("CLIENT ID")).slice(1)}`)).toMatch(/ cmd=client\|id /);
    await other.ask("NOSUCH");
    expect(await me.text("CLIENT LIST")).toMatch(/ cmd=NULL /);
  });
});

describe("CLIENT KILL", () => {
  test("by address, also oneself", async () => {
    const other = await tested.connect();
    expect(await me.ask(`CLIENT KILL ${await other.field("addr")}`)).toBe("+OK");
    await other.wire.closed;
    expect(await me.ask("CLIENT KILL 1.2.3.4:5")).toBe("-ERR No such client");
    expect(await me.ask(`CLIENT KILL ${await me.field("addr")}`)).toBe("+OK");
    await me.wire.closed;
  });

  test("by filters, which must all hold", async () => {
    const other = await tested.connect();
    const [id, address, local] = [await other.field("id"), await other.field("addr"), await other.field("laddr")];
    expect(await me.ask(`CLIENT KILL ID ${id} TYPE pubsub`)).toBe(":0");
    expect(await me.ask(`CLIENT KILL ID ${id} ADDR 1.2.3.4:5`)).toBe(":0");
    expect(await me.ask(`CLIENT KILL ID ${id} ADDR ${address} LADDR ${local} USER default TYPE normal`)).toBe(":1");
    await other.wire.closed;
    expect(await me.ask(`CLIENT KILL ID ${id}`)).toBe(":0");
  });

  test("spares the caller unless told otherwise, and is seen at once", async () => {
    const others = [await tested.connect(), await tested.connect()];
    me.send("CLIENT KILL SKIPME yes");
    me.send("CLIENT LIST");
    expect(await me.next()).toBe(":2");
    expect((await me.next()).split("id=").length).toBe(2);
    await Promise.all(others.map(({ wire }) => wire.closed));
    const last = await tested.connect();
    expect(await me.ask("CLIENT KILL SKIPME no")).toBe(":2");
    await Promise.all([me.wire.closed, last.wire.closed]);
  });

  test("ends the subscriptions and watches of the killed", async () => {
    const other = await tested.connect();
    await other.ask("SUBSCRIBE x");
    expect(await me.ask("CLIENT KILL TYPE pubsub")).toBe(":1");
    expect(await me.ask("PUBLISH x m")).toBe(":0");
    await other.wire.closed;
  });
});

describe("CLIENT REPLY", () => {
  test("OFF silences everything until ON", async () => {
    me.send("CLIENT REPLY OFF");
    me.send("PING a");
    me.send("NOSUCH");
    me.send("CLIENT REPLY nonsense");
    me.send("CLIENT REPLY SKIP");
    me.send("SET k 1");
    expect(await me.ask("CLIENT REPLY ON")).toBe("+OK");
    expect(await me.ask("GET k")).toBe('"1"');
  });

  test("SKIP silences itself and the next", async () => {
    me.send("CLIENT REPLY SKIP");
    me.send("PING a");
    expect(await me.ask("PING b")).toBe('"b"');
    me.send("CLIENT REPLY SKIP");
    expect(await me.ask("CLIENT REPLY ON")).toBe("+OK");
    expect(await me.ask("PING c")).toBe('"c"');
    me.send("CLIENT REPLY SKIP");
    me.send("CLIENT REPLY SKIP");
    me.send("PING d");
    expect(await me.ask("PING e")).toBe('"e"');
  });

  test("leaves messages alone", async () => {
    await me.ask("HELLO 3");
    me.send("CLIENT REPLY OFF");
    me.send("SUBSCRIBE x");
    expect(await me.next()).toBe('>["subscribe", "x", :1]');
    me.send("PUBLISH x hello");
    expect(await me.next()).toBe('>["message", "x", "hello"]');
  });

  test("large silenced replies leave nothing behind", async () => {
    await me.ask(`SETRANGE big 300000 x`);
    me.send("CLIENT REPLY OFF");
    for (let times = 0; times < 5; times++) me.send("GET big");
    expect(await me.ask("CLIENT REPLY ON")).toBe("+OK");
    expect(await me.ask("PING")).toBe("+PONG");
  });

  test("QUIT without replies closes", async () => {
    me.send("CLIENT REPLY OFF");
    me.send("QUIT");
    await me.wire.closed;
    expect(me.wire.pendingReplies).toBe(0);
  });
});

describe("CLIENT PAUSE", () => {
  test("WRITE holds back what changes data, also in EXEC, until UNPAUSE", async () => {
    const writer = await tested.connect();
    const queuer = await tested.connect();
    await queuer.ask("MULTI");
    await queuer.ask("INCR n");
    expect(await me.ask("CLIENT PAUSE 100000 WRITE")).toBe("+OK");
    writer.send("SET k 1");
    writer.send("GET k");
    queuer.send("EXEC");
    expect(await me.ask("GET k")).toBe("nil");
    expect(await me.ask("SET")).toBe("-ERR wrong number of arguments for 'set' command");
    const publisher = await tested.connect();
    publisher.send("PUBLISH x m");
    await waitForFlag(me, 3);
    expect(await me.ask("CLIENT UNPAUSE")).toBe("+OK");
    expect(await writer.next()).toBe("+OK");
    expect(await writer.next()).toBe('"1"');
    expect(await queuer.next()).toBe("[:1]");
    expect(await publisher.next()).toBe(":0");
    expect(await me.ask("SET k 2")).toBe("+OK");
  });

  test("ALL holds back everything for its time, also of new clients and the caller", async () => {
    expect(await me.ask("CLIENT PAUSE 30 ALL")).toBe("+OK");
    const other = await tested.connect();
    other.send("PING");
    me.send("PING mine");
    expect(await other.next()).toBe("+PONG");
    expect(await me.next()).toBe('"mine"');
  });

  test("a second pause does not weaken the first; mode of replies survives", async () => {
    const other = await tested.connect();
    expect(await me.ask("CLIENT PAUSE 40 ALL")).toBe("+OK");
    me.send("CLIENT PAUSE 1 WRITE");
    other.send("CLIENT REPLY SKIP");
    other.send("PING a");
    other.send("PING b");
    expect(await me.next()).toBe("+OK");
    expect(await other.next()).toBe('"b"');
  });

  test("a client that goes away while it waits is forgotten", async () => {
    const other = await tested.connect();
    await other.ask("PING");
    await me.ask("CLIENT PAUSE 100000 WRITE");
    other.send("SET k gone");
    await waitForFlag(me, 1);
    expect(await me.ask("CLIENT KILL SKIPME yes")).toBe(":1");
    await other.wire.closed;
    await me.ask("CLIENT UNPAUSE");
    expect(await me.ask("GET k")).toBe("nil");
  });

  async function waitForFlag(client: Talker, count: number): Promise<void> {
    while ([...(await client.text("CLIENT LIST")).matchAll(/ flags=\S*b/g)].length < count);
  }
});

describe("CLIENT NO-TOUCH", () => {
  test("leaves keys as old as they are, but for TOUCH", async () => {
    await me.ask("CONFIG SET maxmemory-policy allkeys-lfu");
    // A counter falls when the minute ends.
    await me.ask("CONFIG SET lfu-decay-time 0");
    await me.ask("SET k 1");
    expect(await me.ask("OBJECT FREQ k")).toBe(":5");
    await me.ask("CLIENT NO-TOUCH ON");
    expect(await me.ask("GET k")).toBe('"1"');
    expect(await me.ask("OBJECT FREQ k")).toBe(":5");
    expect(tested.server.keyspace.touches).toBe(true);
    expect(await me.ask("TOUCH k")).toBe(":1");
    expect(await me.ask("OBJECT FREQ k")).toBe(":6");
    expect(await me.ask("CLIENT NO-TOUCH OFF")).toBe("+OK");
    expect(await me.ask("CLIENT NO-TOUCH maybe")).toBe("-ERR syntax error");
  });
});

describe("RESET", () => {
  test("makes a connection new", async () => {
    await me.ask("HELLO 3 SETNAME me");
    await me.ask("CLIENT SETINFO LIB-NAME lib");
    await me.ask("SELECT 5");
    await me.ask("CLIENT NO-TOUCH ON");
    await me.ask("CLIENT NO-EVICT ON");
    await me.ask("WATCH k");
    await me.ask("SUBSCRIBE x");
    await me.ask("MULTI");
    await me.ask("SET k 1");
    expect(await me.ask("RESET")).toBe("+RESET");
    expect(await me.text("CLIENT INFO")).toMatch(/ name= .* flags=N db=0 sub=0 .* multi=-1 .* resp=2 lib-name=lib /);
    expect(await me.ask("EXEC")).toBe("-ERR EXEC without MULTI");
    expect(await me.ask("GET k")).toBe("nil");
    expect(await me.ask("PUBLISH x m")).toBe(":0");
  });

  test("works for a RESP2 subscriber, and turns replies on", async () => {
    await me.ask("SUBSCRIBE x");
    expect(await me.ask("RESET")).toBe("+RESET");
    expect(await me.ask("GET k")).toBe("nil");
    me.send("CLIENT REPLY OFF");
    expect(await me.ask("RESET")).toBe("+RESET");
    expect(await me.ask("RESET x")).toBe("-ERR wrong number of arguments for 'reset' command");
  });
});
