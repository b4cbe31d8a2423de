import * as v from "valibot";

/** Whoever places an order makes its id, so that a second try is known as one. */
export const orderId = v.pipe(v.string(), v.uuid());

export const customer = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(80));

const line = v.object({
  sku: v.pipe(v.string(), v.minLength(1), v.maxLength(40)),
  quantity: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(99)),
});

export const lines = v.pipe(
  v.array(line),
  v.minLength(1),
  v.maxLength(20),
  v.check((all) => new Set(all.map(({ sku }) => sku)).size === all.length, "Each product has one line."),
);

export type OrderLine = v.InferOutput<typeof line>;
