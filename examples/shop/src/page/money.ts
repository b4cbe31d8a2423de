const euros = new Intl.NumberFormat("en", { style: "currency", currency: "EUR" });

/** Cents, for people. */
export const money = (cents: number) => euros.format(cents / 100);
