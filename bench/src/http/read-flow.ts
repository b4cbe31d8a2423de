// Started by moments.ts: reads a stream without end, as fast as it comes.
import { connect } from "node:net";

const socket = connect(Number(process.argv[2]), "127.0.0.1");
socket.write("GET /Flow HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n");
socket.once("data", () => process.send?.({ reading: true }));
socket.on("data", () => {});
