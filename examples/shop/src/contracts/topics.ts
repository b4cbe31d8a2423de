/** What the services call each other's topics. */
export const topics = {
  /** What becomes of orders: `order.placed`, `order.cancelled`. */
  orders: "orders",
  /** What was mailed: `mail.sent`. */
  mails: "mails",
  /** Requests to the inventory. */
  inventory: "inventory",
} as const;
