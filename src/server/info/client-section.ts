import type { Server } from "../server.ts";
import type { Fields } from "./format.ts";

export function clientFields(server: Server): Fields {
  const { blocking } = server.engine;
  let inputMax = 0;
  let outputMax = 0;
  let parked = 0;
  for (const session of server.sessions) {
    inputMax = Math.max(inputMax, session.queryBufferBytes);
    outputMax = Math.max(outputMax, session.outputBytes);
    if (session.isParked) parked++;
  }
  return [
    ["connected_clients", server.sessions.size - server.rawSync.clientCount],
    ["cluster_connections", 0],
    ["maxclients", server.maxClients],
    ["client_recent_max_input_buffer", inputMax],
    ["client_recent_max_output_buffer", outputMax],
    ["blocked_clients", parked],
    ["tracking_clients", 0],
    ["clients_in_timeout_table", blocking.timedCount],
    ["total_blocking_keys", blocking.keyCount],
    ["total_blocking_keys_on_nokey", blocking.deletionKeyCount],
  ];
}
