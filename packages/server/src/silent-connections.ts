import type { Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Ends, when asked, the connections that nothing was ever asked over: browsers and clients open some in advance. Node closes idle
 * ones by itself, and counts as idle only what has had a request: a server would wait a minute for these.
 */
export function endSilentConnections(server: Server): () => void {
  const silent = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    silent.add(socket);
    socket.once("close", () => silent.delete(socket));
  });
  server.on("request", ({ socket }) => silent.delete(socket));
  return () => {
    for (const socket of silent) socket.destroy();
  };
}
