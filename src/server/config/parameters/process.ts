import { CRON_HZ_DEFAULT, CRON_HZ_MAX, CRON_HZ_MIN } from "../../../base/limits.ts";
import { anyOf, integer, oneOf, optionalText, type TextCheck, text, wordKind, yesNo } from "../kinds.ts";
import { accepted, awaits, parameter, used } from "../parameter.ts";
import { oomScores } from "../special-kinds.ts";

const ONE_SERVICE = "The runtime has no way to it; let the service manager do it.";
const NO_AFFINITY = "The runtimes cannot pin threads to cores; `taskset` can.";

export type ShutdownFlag = "save" | "nosave" | "now" | "force";

function shutdownFlags() {
  const flags: readonly ShutdownFlag[] = ["save", "nosave", "now", "force"];
  return anyOf("default", flags, (chosen) => {
    const isTorn = chosen.includes("save") && chosen.includes("nosave");
    return isTorn ? "shutdown options SAVE and NOSAVE can't be used simultaneously" : null;
  });
}

/** Variables of the process title, and whether they are ever empty. */
const checkTitleTemplate: TextCheck = (template, around) => {
  const values: Readonly<Record<string, string>> = {
    title: "",
    "listen-addr": "*",
    "server-mode": around.clusterEnabled ? "[cluster]" : "",
    "config-file": "-",
    port: "0",
    "tls-port": "0",
    unixsocket: around.unixsocket,
  };
  const title = expandTemplate(template, values);
  return title === null || /^ *$/.test(title) ? "template format is invalid or contains unknown variables" : null;
};

/** Replaces `{name}`, and `{{` by a brace. @returns null for a brace that is not closed or a name that is unknown. */
function expandTemplate(template: string, values: Readonly<Record<string, string>>): string | null {
  let result = "";
  let at = 0;
  for (;;) {
    const open = template.indexOf("{", at);
    if (open < 0) return result + template.slice(at);
    result += template.slice(at, open);
    if (template[open + 1] === "{") {
      result += "{";
      at = open + 2;
      continue;
    }
    const close = template.indexOf("}", open + 1);
    const name = close < 0 ? "" : template.slice(open + 1, close);
    if (!Object.hasOwn(values, name)) return null;
    result += values[name];
    at = close + 1;
  }
}

/** The process around the server: how it is started and ended, what it logs, how it treats the machine. */
export const PROCESS = [
  parameter(
    "daemonize",
    yesNo(),
    false,
    accepted("The server stays in the foreground; a service manager or `&` puts it elsewhere."),
    { immutable: true },
  ),
  parameter("supervised", oneOf("upstart", "systemd", "auto", "no"), "no", accepted(ONE_SERVICE), { immutable: true }),
  parameter("pidfile", optionalText(), "", used("A file that holds the process id while the server runs."), {
    immutable: true,
  }),
  parameter(
    "loglevel",
    oneOf("debug", "verbose", "notice", "warning", "nothing"),
    "notice",
    used("What is logged: this and all that is graver."),
  ),
  parameter("logfile", text(), "", used("The file that the log is appended to; empty is standard output."), {
    immutable: true,
  }),
  parameter(
    "syslog-enabled",
    yesNo(),
    false,
    accepted("The log goes to `logfile` or standard output, never to syslog."),
    { immutable: true },
  ),
  parameter("syslog-ident", text(), "redis", accepted("There is no logging to syslog."), { immutable: true }),
  parameter(
    "syslog-facility",
    oneOf("user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"),
    "local0",
    accepted("There is no logging to syslog."),
    { immutable: true },
  ),
  parameter("always-show-logo", yesNo(), false, accepted("There is no logo."), { immutable: true }),
  parameter("set-proc-title", yesNo(), true, accepted("The process keeps the title of its command line."), {
    immutable: true,
  }),
  parameter(
    "proc-title-template",
    text(checkTitleTemplate),
    "{title} {listen-addr} {server-mode}",
    accepted("The process keeps the title of its command line."),
  ),
  parameter("locale-collate", text(), "", accepted("Text is ordered by its bytes.")),
  parameter("ignore-warnings", text(), "", accepted("The warnings that it silences do not exist here.")),
  parameter("crash-log-enabled", yesNo(), true, accepted("The runtime reports its crashes by itself.")),
  parameter("crash-memcheck-enabled", yesNo(), true, accepted("There is no memory test after a crash.")),
  parameter("use-exit-on-panic", yesNo(), false, accepted("A broken assertion always ends the process by an exit."), {
    hidden: true,
  }),
  parameter("watchdog-period", integer(0n), 0n, accepted("There is no watchdog that interrupts a command."), {
    hidden: true,
  }),
  parameter(
    "shutdown-timeout",
    integer(0n),
    10n,
    awaits("replication", "Seconds that a shutdown waits for replicas to catch up."),
  ),
  parameter(
    "shutdown-on-sigint",
    shutdownFlags(),
    [],
    awaits("saving", "How SIGINT shuts down: the options of SHUTDOWN."),
  ),
  parameter(
    "shutdown-on-sigterm",
    shutdownFlags(),
    [],
    awaits("saving", "How SIGTERM shuts down: the options of SHUTDOWN."),
  ),
  parameter(
    "hz",
    integer(0n, undefined, [BigInt(CRON_HZ_MIN), BigInt(CRON_HZ_MAX)]),
    BigInt(CRON_HZ_DEFAULT),
    used(`Rounds of background work a second, brought into ${CRON_HZ_MIN} to ${CRON_HZ_MAX}.`),
  ),
  parameter(
    "dynamic-hz",
    yesNo(),
    true,
    accepted("Background work is sliced by time, so the number of clients does not matter."),
  ),
  parameter(
    "disable-thp",
    yesNo(),
    true,
    accepted("Huge pages do no harm here: nothing forks, so nothing copies them."),
    { immutable: true },
  ),
  parameter("jemalloc-bg-thread", yesNo(), true, accepted("Memory comes from the server's own arena.")),
  parameter(
    "oom-score-adj",
    wordKind([
      ["no", "no"],
      ["yes", "yes"],
      ["relative", "yes"],
      ["absolute", "absolute"],
    ]),
    "no",
    accepted(ONE_SERVICE),
  ),
  parameter("oom-score-adj-values", oomScores(), [0, 200, 800], accepted(ONE_SERVICE)),
  parameter("server_cpulist", optionalText(), "", accepted(NO_AFFINITY), { immutable: true }),
  parameter("bio_cpulist", optionalText(), "", accepted(NO_AFFINITY), { immutable: true }),
  parameter("aof_rewrite_cpulist", optionalText(), "", accepted(NO_AFFINITY), { immutable: true }),
  parameter("bgsave_cpulist", optionalText(), "", accepted(NO_AFFINITY), { immutable: true }),
] as const;
