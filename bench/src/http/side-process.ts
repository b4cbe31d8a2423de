import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A way to serve, at work in a process of its own. */
export class SideProcess {
  readonly #child: ChildProcess;
  readonly port: number;

  constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(side: string): Promise<SideProcess> {
    const child = fork(new URL("serve-side.js", import.meta.url), [side], { execArgv: ["--expose-gc"] });
    const [answer] = await Promise.race([once(child, "message"), once(child, "exit")]);
    if (typeof answer?.port !== "number")
      throw new Error(`Serving "${side}" ended with exit code ${answer}.`);
    return new SideProcess(child, answer.port);
  }

  /** Asks for a stream; the answer comes as raw bytes. */
  open(name: string, fields: object): Socket {
    const input = encodeURIComponent(JSON.stringify(fields));
    const socket = connect(this.port, "127.0.0.1");
    socket.write(
      `GET /${name}?input=${input} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nConnection: close\r\n\r\n`,
    );
    return socket;
  }

  async ping(): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.port}/ping`);
    await response.text();
  }

  async message<T>(): Promise<T> {
    const [message] = await once(this.#child, "message");
    return message as T;
  }

  memory(): Promise<{ heapUsed: number; rss: number }> {
    this.#child.send("memory");
    return this.message();
  }

  stop(): void {
    this.#child.disconnect();
  }
}
