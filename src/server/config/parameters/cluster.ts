import { integer, oneOf, optionalText, type TextCheck, text, unsignedMemory, yesNo } from "../kinds.ts";
import { LONG_MAX } from "../numbers.ts";
import { awaits, type Note, parameter } from "../parameter.ts";

const later = (about: string): Note => awaits("cluster mode", about);

/** One more than the longest name of a host. */
const HOST_CHARACTERS_MAX = 256;

const checkHostname: TextCheck = (name) => {
  if (name.length >= HOST_CHARACTERS_MAX) return `Hostnames must be less than ${HOST_CHARACTERS_MAX} characters`;
  if (!/^[A-Za-z0-9.-]*$/.test(name)) return "Hostnames may only contain alphanumeric characters, hyphens or dots";
  return null;
};

const checkNodeName: TextCheck = (name) =>
  /[!#$%&()*+:;<>?@[\]^{|}~]/.test(name) ? "Announced human node name contained invalid character" : null;

/** Cluster mode. */
export const CLUSTER = [
  parameter("cluster-enabled", yesNo(), false, later("Whether the server is a node of a cluster."), {
    immutable: true,
  }),
  parameter(
    "cluster-config-file",
    text(),
    "nodes.conf",
    later("The file where the node keeps what it knows of the cluster."),
    { immutable: true },
  ),
  parameter("cluster-port", integer(0n, 65_535n), 0n, later("The port of the bus; 0 is `port` + 10000."), {
    immutable: true,
  }),
  parameter(
    "cluster-node-timeout",
    integer(0n, LONG_MAX),
    15_000n,
    later("Milliseconds of silence after which a node is held to have failed."),
  ),
  parameter(
    "cluster-replica-validity-factor",
    integer(0n),
    10n,
    later("How far behind a replica may be and still be promoted."),
    { alias: "cluster-slave-validity-factor" },
  ),
  parameter("cluster-replica-no-failover", yesNo(), false, later("Whether this replica is never promoted by itself."), {
    alias: "cluster-slave-no-failover",
  }),
  parameter(
    "cluster-migration-barrier",
    integer(0n),
    1n,
    later("Replicas that a primary keeps before one may leave for another."),
  ),
  parameter(
    "cluster-allow-replica-migration",
    yesNo(),
    true,
    later("Whether replicas may leave for a primary that has none."),
  ),
  parameter(
    "cluster-require-full-coverage",
    yesNo(),
    true,
    later("Whether the cluster stops when a slot has no node."),
  ),
  parameter("cluster-allow-reads-when-down", yesNo(), false, later("Whether reads are answered while it has stopped.")),
  parameter(
    "cluster-allow-pubsubshard-when-down",
    yesNo(),
    true,
    later("Whether sharded publishing goes on while it has stopped."),
  ),
  parameter(
    "cluster-link-sendbuf-limit",
    unsignedMemory(0n),
    0n,
    later("Bytes that wait on a link of the bus; one with more is closed."),
  ),
  parameter(
    "cluster-preferred-endpoint-type",
    oneOf("ip", "hostname", "unknown-endpoint"),
    "ip",
    later("How redirections name other nodes."),
  ),
  parameter("cluster-announce-ip", optionalText(), "", later("The address that others are to know this node by.")),
  parameter("cluster-announce-port", integer(0n, 65_535n), 0n, later("The port that others are to know this node by.")),
  parameter(
    "cluster-announce-tls-port",
    integer(0n, 65_535n),
    0n,
    later("The TLS port that others are to know this node by."),
  ),
  parameter(
    "cluster-announce-bus-port",
    integer(0n, 65_535n),
    0n,
    later("The port of the bus that others are to know this node by."),
  ),
  parameter(
    "cluster-announce-hostname",
    optionalText(checkHostname),
    "",
    later("The name that others are to know this node by."),
  ),
  parameter("cluster-announce-human-nodename", optionalText(checkNodeName), "", later("A name for people, in logs.")),
] as const;
