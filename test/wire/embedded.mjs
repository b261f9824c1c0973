/**
 * The server as a library, judged within the runtime that embeds it: `RUNTIME embedded.mjs MODULE`, where MODULE is the
 * library as that runtime takes it. Prints `ok name` or `not ok name: why` a line. It never exits by itself: when every
 * server is closed, nothing may be left that keeps the process alive. (JavaScript, because Node 20 runs it too.)
 */
import { connect, createServer as createTcpServer } from "node:net";
import process from "node:process";

const { createServer } = await import(process.argv[2]);

/** Sends inline commands and waits until the answer ends so, or the connection has ended. */
function ask(port, commands, ending) {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(commands));
    const done = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.setEncoding("latin1");
    socket.on("data", (text) => {
      answer += text;
      if (ending !== undefined && answer.endsWith(ending)) done();
    });
    socket.on("end", done);
    socket.on("error", reject);
  });
}

/** A connection that stays. @returns what it has been told, and when it was closed. */
function hold(port) {
  return new Promise((resolve, reject) => {
    const held = { answer: "", isClosed: false };
    const socket = connect(port, "127.0.0.1", () => resolve(held));
    held.closed = new Promise((settle) => {
      socket.on("close", () => {
        held.isClosed = true;
        settle();
      });
    });
    held.ask = (command) =>
      new Promise((settle) => {
        socket.once("data", (chunk) => settle(chunk.toString("latin1")));
        socket.write(command);
      });
    held.leave = () => socket.destroy();
    socket.on("data", (chunk) => {
      held.answer += chunk.toString("latin1");
    });
    socket.on("error", reject);
  });
}

function equal(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: ${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
}

async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not reject");
}

const cases = {
  async "port 0 gives a free port"() {
    const server = await createServer({ port: 0 });
    if (!(server.port > 0)) throw new Error(`port ${server.port}`);
    equal(await ask(server.port, "PING\r\n", "\r\n"), "+PONG\r\n", "PING");
    await server.close();
  },

  async "several servers in one process share nothing"() {
    const servers = await Promise.all([1, 2, 3].map(() => createServer({ port: 0 })));
    equal(new Set(servers.map(({ port }) => port)).size, 3, "ports");
    for (const [index, { port }] of servers.entries()) await ask(port, `SET k ${index}\r\n`, "\r\n");
    for (const [index, { port }] of servers.entries()) {
      equal(await ask(port, "GET k\r\n", `${index}\r\n`), `$1\r\n${index}\r\n`, "GET");
    }
    await Promise.all(servers.map((server) => server.close()));
  },

  async "a port in use rejects and leaves nothing open"() {
    const taken = createTcpServer();
    await new Promise((resolve) => {
      taken.listen(0, "127.0.0.1", resolve);
    });
    const { port } = taken.address();
    const error = await rejection(createServer({ port }));
    equal(error.kind ?? error.code, "address-in-use", "the error");
    await new Promise((resolve) => {
      taken.close(resolve);
    });
    const server = await createServer({ port });
    equal(server.port, port, "the port");
    await server.close();
  },

  async "close ends connections, frees the port, and may be asked for twice"() {
    const server = await createServer({ port: 0 });
    const clients = await Promise.all([hold(server.port), hold(server.port)]);
    equal(await clients[0].ask("SET k v\r\n"), "+OK\r\n", "SET");
    await Promise.all([server.close(), server.close()]);
    await Promise.all(clients.map(({ closed }) => closed));
    await rejection(hold(server.port));
    const again = await createServer({ port: server.port });
    equal(await ask(again.port, "GET k\r\n", "\r\n"), "$-1\r\n", "GET");
    await again.close();
  },

  async "more clients than allowed are told so and closed"() {
    const server = await createServer({ port: 0, maxClients: 5 });
    const clients = [];
    for (let index = 0; index < 10; index++) clients.push(await hold(server.port));
    const refused = clients.slice(5);
    await Promise.all(refused.map(({ closed }) => closed));
    for (const { answer } of refused) equal(answer, "-ERR max number of clients reached\r\n", "the refusal");
    const admitted = clients.slice(0, 5);
    for (const client of admitted) equal(await client.ask("PING\r\n"), "+PONG\r\n", "PING");
    admitted[0].leave();
    await admitted[0].closed;
    // The server learns of it in its own time; until then it refuses.
    while ((await ask(server.port, "PING\r\n", "\r\n")) !== "+PONG\r\n");
    await server.close();
  },

  async "SHUTDOWN closes the server and not the process"() {
    const server = await createServer({ port: 0 });
    await ask(server.port, "SHUTDOWN NOSAVE\r\n");
    await server.close();
    await rejection(hold(server.port));
  },

  async "keys expire by themselves in an embedded server"() {
    const server = await createServer({ port: 0 });
    await ask(server.port, "SET k v PX 10\r\n", "\r\n");
    while ((await ask(server.port, "DBSIZE\r\n", "\r\n")) !== ":0\r\n");
    await server.close();
  },
};

for (const [name, run] of Object.entries(cases)) {
  try {
    await run();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`not ok ${name}: ${error instanceof Error ? error.stack : error}`);
  }
}
console.log("end");
