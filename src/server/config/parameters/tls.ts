import { integer, oneOf, optionalText, yesNo } from "../kinds.ts";
import { accepted, awaits, type Note, parameter } from "../parameter.ts";

const later = (about: string): Note => awaits("TLS", about);
const RUNTIMES_OWN = accepted("The runtime's TLS decides about sessions.");

/** Connections by TLS. */
export const TLS = [
  parameter("tls-port", integer(0n, 65_535n), 0n, later("The port for TLS; 0 is none.")),
  parameter("tls-cert-file", optionalText(), "", later("The server's certificate."), { volatile: true }),
  parameter("tls-key-file", optionalText(), "", later("Its private key."), { volatile: true }),
  parameter("tls-key-file-pass", optionalText(), "", later("The passphrase of that key."), { sensitive: true }),
  parameter(
    "tls-client-cert-file",
    optionalText(),
    "",
    later("The certificate for connections that this server makes."),
    { volatile: true },
  ),
  parameter("tls-client-key-file", optionalText(), "", later("Its private key."), { volatile: true }),
  parameter("tls-client-key-file-pass", optionalText(), "", later("The passphrase of that key."), { sensitive: true }),
  parameter("tls-dh-params-file", optionalText(), "", later("Diffie-Hellman parameters."), { volatile: true }),
  parameter(
    "tls-ca-cert-file",
    optionalText(),
    "",
    later("The authorities that certificates are checked against, in one file."),
    { volatile: true },
  ),
  parameter("tls-ca-cert-dir", optionalText(), "", later("The authorities, a file each."), { volatile: true }),
  parameter(
    "tls-auth-clients",
    oneOf("no", "yes", "optional"),
    "yes",
    later("Whether a client must show a certificate."),
  ),
  parameter("tls-replication", yesNo(), false, later("Whether the link to the primary is TLS.")),
  parameter("tls-cluster", yesNo(), false, later("Whether the bus is TLS.")),
  parameter("tls-protocols", optionalText(), "", later("The versions that are spoken.")),
  parameter("tls-ciphers", optionalText(), "", later("The ciphers of TLS 1.2 and before.")),
  parameter("tls-ciphersuites", optionalText(), "", later("The ciphers of TLS 1.3.")),
  parameter("tls-prefer-server-ciphers", yesNo(), false, later("Whether the server's order of ciphers counts.")),
  parameter("tls-session-caching", yesNo(), true, RUNTIMES_OWN),
  parameter("tls-session-cache-size", integer(0n), 20_480n, RUNTIMES_OWN),
  parameter("tls-session-cache-timeout", integer(0n), 300n, RUNTIMES_OWN),
] as const;
