import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A way to a server that may be slow, or dead without a word: what was sent is lost, and nobody is told. */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #delayMs = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(target: () => number, port = 0): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server);
    server.on("connection", (near) => proxy.#join(near, connect(target(), "127.0.0.1")));
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** How long each piece takes, each way. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** From now on nothing gets through the connections that are open, and they stay open; new ones are as ever. */
  killSilently(): void {
    for (const socket of this.#sockets) {
      socket.removeAllListeners("data");
      socket.pause();
    }
  }

  #join(near: Socket, far: Socket): void {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      let last = 0;
      from.on("data", (piece) => {
        // A piece never overtakes the one before it.
        const at = Math.max(last, Date.now() + this.#delayMs);
        last = at;
        setTimeout(() => to.writable && to.write(piece), Math.max(0, at - Date.now()));
      });
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        setTimeout(() => to.end(), Math.max(0, last - Date.now()));
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
