import { metadataOf } from "../brokers/metadata-of.js";
import { handleMessage, type TakeItem, unhandledError } from "../inbox/handle-message.js";
import { inTransaction } from "../inbox/in-transaction.js";
import { isRequest } from "../messages/request.js";
import type { ConsumeOptions } from "./consume-options.js";
import type { ConsumerWork } from "./consumer.js";
import { Reply } from "./reply.js";

/** Has messages handled by whatever is bound to them, in a transaction with their marks where there is an inbox. */
export function byMediator<Tx>(options: ConsumeOptions<Tx>): ConsumerWork {
  const { broker, mediator, replyTopic, inbox, transaction, scope, group } = options;
  return {
    refusal: (handled, name) => unhandledError(mediator, handled, name),

    async handle(message, handled, signal) {
      const hasReply = replyTopic !== undefined && isRequest(handled);
      const reply = hasReply ? new Reply(broker, replyTopic, message, signal) : undefined;
      const dispatch = { metadata: metadataOf(message.id, message.headers), signal };
      const takeItem: TakeItem | undefined = reply?.take;
      if (inbox === undefined || transaction === undefined) {
        await handleMessage(mediator, handled, dispatch, takeItem);
        return reply?.complete();
      }
      await inTransaction(transaction, "consume transaction", async (tx) => {
        if (!(await inbox.accept(message.id, tx, { consumer: group }))) return;
        await handleMessage(
          mediator,
          handled,
          scope ? { ...dispatch, scope: scope(tx) } : dispatch,
          takeItem,
        );
        await reply?.complete();
      });
    },
  };
}
