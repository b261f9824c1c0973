/**
 * What each parameter that is marked `used` does to a server: read here once at start and again on every CONFIG SET.
 */
import { BULK_BYTES_MAX } from "../base/limits.ts";
import type { CollectionLimits } from "../keyspace/collection-limits.ts";
import type { RdbSettings } from "../persistence/rdb-settings.ts";
import type { Config } from "./config/config.ts";
import type { Server } from "./server.ts";

const CANNOT_BIND = "Failed to bind to specified addresses.";
const CANNOT_LISTEN = "Unable to listen on this port. Check server logs.";

/** Gives the server its settings, and has it follow their changes. */
export function applyConfig(server: Server, config: Config): void {
  followLimits(server, config);
  followKeyspace(server, config);
  followCollections(server.keyspace.collectionLimits, config);
  followPersistence(server.rdb, config);
  followObservation(server, config);
  followListening(server, config);
}

function followLimits(server: Server, config: Config): void {
  config.follow("proto-max-bulk-len", (bytes) => {
    server.parserLimits.protoMaxBulkLen = Math.min(bytes, BULK_BYTES_MAX);
    server.keyspace.stringBytesMax = Math.min(bytes, BULK_BYTES_MAX);
  });
  config.follow("client-query-buffer-limit", (bytes) => {
    server.parserLimits.queryBufferLimit = bytes;
  });
  config.follow("maxclients", (count) => {
    server.maxClients = count;
  });
  config.follow("client-output-buffer-limit", (limits) => {
    server.outputLimits = limits;
  });
  config.follow("timeout", (seconds) => {
    server.idleSecondsMax = seconds;
  });
  config.follow("tcp-keepalive", (seconds) => {
    server.keepAliveSeconds = seconds;
  });
  config.follow("protected-mode", (on) => {
    server.protectedMode = on;
  });
  config.follow("requirepass", (password) => server.authentication.setPassword(password));
  config.follow("enable-debug-command", (access) => {
    server.authentication.debugAccess = access;
  });
}

function followKeyspace(server: Server, config: Config): void {
  const { keyspace } = server;
  let isLimited = false;
  let agesEach = false;
  config.follow("maxmemory", (bytes) => {
    isLimited = bytes > 0;
    keyspace.sharesIntegers = !(isLimited && agesEach);
  });
  config.follow("maxmemory-policy", (policy) => {
    keyspace.lfu = policy.endsWith("-lfu");
    agesEach = keyspace.lfu || policy.endsWith("-lru");
    server.rdb.savesIdleTimes = policy.endsWith("-lru");
    keyspace.sharesIntegers = !(isLimited && agesEach);
  });
  config.follow("lazyfree-lazy-server-del", (isLazy) => {
    keyspace.unlinksEmptied = isLazy;
  });
  config.follow("lfu-log-factor", (factor) => {
    keyspace.lfuSettings.logFactor = factor;
  });
  config.follow("lfu-decay-time", (minutes) => {
    keyspace.lfuSettings.decayMinutes = minutes;
  });
  config.follow("notify-keyspace-events", (bits) => server.engine.unit.setNotifications(bits));
}

function followCollections(limits: CollectionLimits, config: Config): void {
  config.follow("hash-max-listpack-entries", (count) => {
    limits.hashMaxListpackEntries = count;
  });
  config.follow("hash-max-listpack-value", (bytes) => {
    limits.hashMaxListpackValue = bytes;
  });
  config.follow("set-max-intset-entries", (count) => {
    limits.setMaxIntsetEntries = count;
  });
  config.follow("set-max-listpack-entries", (count) => {
    limits.setMaxListpackEntries = count;
  });
  config.follow("set-max-listpack-value", (bytes) => {
    limits.setMaxListpackValue = bytes;
  });
  config.follow("zset-max-listpack-entries", (count) => {
    limits.zsetMaxListpackEntries = count;
  });
  config.follow("zset-max-listpack-value", (bytes) => {
    limits.zsetMaxListpackValue = bytes;
  });
  config.follow("list-max-listpack-size", (size) => {
    limits.listMaxListpackSize = size;
  });
  config.follow("list-compress-depth", (depth) => {
    limits.listCompressDepth = depth;
  });
  config.follow("stream-node-max-bytes", (bytes) => {
    limits.streamNodeMaxBytes = bytes;
  });
  config.follow("stream-node-max-entries", (count) => {
    limits.streamNodeMaxEntries = count;
  });
  config.follow("hll-sparse-max-bytes", (bytes) => {
    limits.hllSparseMaxBytes = bytes;
  });
}

function followPersistence(settings: RdbSettings, config: Config): void {
  config.follow("rdbcompression", (on) => {
    settings.compresses = on;
  });
  config.follow("rdbchecksum", (on) => {
    settings.checksFiles = on;
  });
}

function followObservation(server: Server, config: Config): void {
  config.follow("slowlog-log-slower-than", (thresholdUs) => {
    server.engine.slowThresholdUs = thresholdUs;
  });
  config.follow("slowlog-max-len", (entries) => {
    server.engine.slowLog.capacity = entries;
  });
  config.follow("latency-monitor-threshold", (thresholdMs) => {
    server.engine.latencyThresholdMs = thresholdMs;
  });
  config.follow("latency-tracking", (on) => {
    server.engine.statistics.tracksLatency = on;
  });
  config.follow("hz", (hz) => server.background.setFrequency(hz));
  config.follow("loglevel", (level) => {
    server.log.level = level;
  });
}

/** Listening happens in `Server.listen`; here only what changes later. */
function followListening(server: Server, config: Config): void {
  let listenedPort = config.values.port;
  config.onChangeOfAny(["bind", "port"], ({ bind, port }) =>
    server.listenTcp(bind, port).then(
      () => {
        listenedPort = port;
        return null;
      },
      // The cause is in the log.
      () => (port === listenedPort ? CANNOT_BIND : CANNOT_LISTEN),
    ),
  );
}
