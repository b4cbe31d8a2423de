import { type Call, waitForNextTry } from "./call.js";
import { ProtocolError } from "./client-errors.js";
import { Exchange } from "./exchange.js";

/** Sends a request, again where that is allowed, and gives the response. */
export async function sendCall(call: Call, signal = new AbortController().signal): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await sendOnce(call, signal);
    } catch (error) {
      await waitForNextTry(call, attempt, error, signal);
    }
  }
}

async function sendOnce(call: Call, signal: AbortSignal): Promise<unknown> {
  const exchange = new Exchange(call, signal);
  try {
    const status = await exchange.open();
    if (status === 204) return undefined;
    const text = await exchange.text(call.maxLength);
    if (text.length > call.maxLength) {
      const what = `the response is longer than maxLength, ${call.maxLength} characters`;
      throw new ProtocolError(call.name, 0, what);
    }
    return parse(call, text);
  } finally {
    void exchange.close();
  }
}

function parse({ name }: Call, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError(name, 0, "the response is not JSON", { cause });
  }
}
