import { connect } from "node:net";

const patienceMs = 2_000;

/** Sends bytes to a port of 127.0.0.1; gives what comes back, once it is enough. */
export function askPort(
  port: number,
  question: string | Uint8Array,
  isEnough: (answer: Buffer) => boolean,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0);
    const socket = connect(port, "127.0.0.1", () => socket.write(question));
    socket.on("data", (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (!isEnough(answer)) return;
      resolve(answer);
      socket.destroy();
    });
    socket.setTimeout(patienceMs, () => socket.destroy(new Error(`No answer in ${patienceMs} ms.`)));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error(`It hung up, after: ${answer.toString("latin1")}`)));
  });
}
