import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ServerUnderTest, type Talker } from "./client-environment.ts";

const NOAUTH = "-NOAUTH Authentication required.";
const WRONGPASS = "-WRONGPASS invalid username-password pair or user is disabled.";

describe("a server with a password", () => {
  let tested: ServerUnderTest;
  let me: Talker;
  beforeEach(async () => {
    tested = await ServerUnderTest.start("foobar");
    me = await tested.connect();
  });
  afterEach(() => tested.stop());

  test("lets strangers do little", async () => {
    expect(await me.ask("SET k 1")).toBe(NOAUTH);
    expect(await me.ask("PING")).toBe(NOAUTH);
    expect(await me.ask("CLIENT ID")).toBe(NOAUTH);
    expect(await me.ask("MULTI")).toBe(NOAUTH);
    expect(await me.ask("NOSUCH")).toMatch(/^-ERR unknown command/);
    expect(await me.ask("RESET")).toBe("+RESET");
    expect(await me.ask("HELLO 3")).toMatch(/^-NOAUTH HELLO must be called with the client already authenticated/);
    expect(await me.ask("QUIT")).toBe("+OK");
  });

  test.each([
    "AUTH wrong",
    "AUTH foobaz",
    "AUTH foobarx",
    "AUTH fooba",
    "AUTH ''",
    "AUTH foobarfoobar",
    "AUTH x foobar",
    "AUTH DEFAULT foobar",
  ])("refuses %s", async (line) => {
    expect(await me.ask(line)).toBe(WRONGPASS);
    expect(await me.ask("GET k")).toBe(NOAUTH);
  });

  test("accepts the password, in each form", async () => {
    expect(await me.ask("AUTH foobar")).toBe("+OK");
    expect(await me.ask("SET k 1")).toBe("+OK");
    expect(await me.ask("AUTH wrong")).toBe(WRONGPASS);
    expect(await me.ask("GET k")).toBe('"1"');
    const second = await tested.connect();
    expect(await second.ask("AUTH default foobar")).toBe("+OK");
    expect(await second.ask("GET k")).toBe('"1"');
    const third = await tested.connect();
    expect(await third.ask("HELLO 3 SETNAME n AUTH default foobar")).toMatch(/^\{"server": "redis"/);
    expect(await third.ask("CLIENT GETNAME")).toBe('"n"');
  });

  test("a HELLO that fails changes nothing", async () => {
    expect(await me.ask("HELLO 3 AUTH default wrong SETNAME n")).toBe(WRONGPASS);
    expect(await me.ask("HELLO 3 AUTH default foobar SETNAME 'a b'")).toMatch(/^-ERR Client names cannot/);
    expect(await me.ask("GET k")).toBe(NOAUTH);
    expect(await me.ask("AUTH foobar")).toBe("+OK");
    expect(await me.ask("CLIENT GETNAME")).toBe("nil");
  });

  test("RESET asks again", async () => {
    await me.ask("AUTH foobar");
    expect(await me.ask("RESET")).toBe("+RESET");
    expect(await me.ask("GET k")).toBe(NOAUTH);
  });

  test("takes small requests from strangers, any from friends", async () => {
    me.wire.sendBytes("*100\r\n");
    expect(await me.next()).toBe("-ERR Protocol error: unauthenticated multibulk length");
    await me.wire.closed;
    const second = await tested.connect();
    second.wire.sendBytes("*1\r\n$100000000\r\n");
    expect(await second.next()).toBe("-ERR Protocol error: unauthenticated bulk length");
    const friend = await tested.connect();
    await friend.ask("AUTH foobar");
    expect(await friend.ask(`SET k ${"v".repeat(20_000)}`)).toBe("+OK");
    await friend.ask("RESET");
    friend.wire.sendBytes("*100\r\n");
    expect(await friend.next()).toBe("-ERR Protocol error: unauthenticated multibulk length");
  });

  test("a stranger that does not read is closed", async () => {
    me.wire.pause();
    const line = "*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$1\r\n5\r\n".repeat(10_000);
    for (let times = 0; times < 200 && tested.server.sessions.size > 0; times++) {
      me.wire.sendBytes(line);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(tested.server.sessions.size).toBe(0);
  });

  test("a password taken away lets strangers in, a new one leaves friends in", async () => {
    await me.ask("AUTH foobar");
    tested.server.authentication.setPassword("other");
    expect(await me.ask("PING")).toBe("+PONG");
    const stranger = await tested.connect();
    expect(await stranger.ask("AUTH foobar")).toBe(WRONGPASS);
    expect(await stranger.ask("PING")).toBe(NOAUTH);
    tested.server.authentication.setPassword("");
    expect(await stranger.ask("PING")).toBe("+PONG");
  });
});

describe("a server without a password", () => {
  test("says so, and takes any password of the default user", async () => {
    const tested = await ServerUnderTest.start();
    const me = await tested.connect();
    expect(await me.ask("AUTH foo")).toBe(
      "-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
    );
    expect(await me.ask("AUTH default anything")).toBe("+OK");
    expect(await me.ask("AUTH nobody anything")).toBe(WRONGPASS);
    expect(await me.ask("AUTH a b c")).toBe("-ERR syntax error");
    expect(await me.ask("AUTH")).toBe("-ERR wrong number of arguments for 'auth' command");
    expect(await me.ask("HELLO 2 AUTH default x")).toMatch(/^\["server"/);
    await tested.stop();
  });
});
