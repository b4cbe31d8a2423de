import type { StoreBed, StoreFeatures } from "./store-test-bed.js";

/** One case of a suite for stores. */
export interface StoreCase<Store> {
  readonly title: string;
  /** The feature without which it makes no sense. */
  readonly needs?: keyof StoreFeatures;
  body(context: { readonly bed: StoreBed<Store, unknown> }): Promise<void>;
}
