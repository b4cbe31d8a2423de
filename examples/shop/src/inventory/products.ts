/** What the shop begins with. Prices are in cents. */
export const products = [
  { sku: "tea", name: "Green tea, 100 g", price: 640, onHand: 1_000 },
  { sku: "rice", name: "Basmati rice, 1 kg", price: 390, onHand: 1_000 },
  { sku: "salt", name: "Sea salt, 500 g", price: 250, onHand: 500 },
  { sku: "saffron", name: "Saffron, 1 g", price: 990, onHand: 3 },
] as const;
