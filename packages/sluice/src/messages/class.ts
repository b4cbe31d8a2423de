/** A class that can be constructed, whatever its constructor takes. */
// biome-ignore lint/suspicious/noExplicitAny: only `any` lets a class with any constructor be named here
export type Class<T> = new (...args: any[]) => T;

/** A class that may be abstract: a base class of messages, a token of a container. */
// biome-ignore lint/suspicious/noExplicitAny: only `any` lets a class with any constructor be named here
export type AbstractClass<T> = abstract new (...args: any[]) => T;
