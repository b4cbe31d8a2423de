import { kafka } from "./kafka.js";
import { createTopic, firstMessage, send } from "./kafka-clients.fixture.js";
import { serverConforms } from "./server-conforms.fixture.js";

serverConforms(kafka, {
  async write({ url }, text) {
    await createTopic(url, 1);
    await send(url, text);
  },
  read: ({ url }) => firstMessage(url),
});
