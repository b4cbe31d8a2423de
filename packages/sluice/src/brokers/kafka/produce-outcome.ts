/**
 * What a broker's answer means for a batch: it is there; it is to be sent again, once the topic has been looked up again;
 * it has forgotten who sends; the batch is too large; it will never take one of its messages; or this client may not write.
 */
export type ProduceOutcome =
  | "arrived"
  | "try-again"
  | "look-up"
  | "unknown-sender"
  | "too-large"
  | "forbidden"
  | { readonly refused: string };

const outcomes: Readonly<Record<number, ProduceOutcome>> = {
  0: "arrived",
  10: "too-large",
  17: { refused: "its topic is no valid name" },
  18: "too-large",
  29: "forbidden",
  31: "forbidden",
  32: { refused: "its timestamp is outside of what the topic allows" },
  44: { refused: "a policy of the cluster forbids it" },
  45: "unknown-sender",
  // The broker had it from an earlier try.
  46: "arrived",
  47: "unknown-sender",
  49: "unknown-sender",
  59: "unknown-sender",
  87: { refused: "the topic does not take it: a compacted one wants a key" },
  // Not the leader, not led, not known, another epoch.
  3: "look-up",
  5: "look-up",
  6: "look-up",
  74: "look-up",
  75: "look-up",
  100: "look-up",
};

export function outcomeOf(errorCode: number): ProduceOutcome {
  return outcomes[errorCode] ?? "try-again";
}
