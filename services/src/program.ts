/** What somebody may have to install before tests can run. */
export interface Installed {
  readonly name: string;
  /** Whether it is here. */
  isInstalled(): boolean;
  /** What to do where it is not. */
  readonly howToInstall: string;
}

/** A program of others that tests start. */
export class Program implements Installed {
  readonly #find: () => string | undefined;

  constructor(
    readonly name: string,
    readonly howToInstall: string,
    find: () => string | undefined,
  ) {
    this.#find = find;
  }

  isInstalled(): boolean {
    return this.#find() !== undefined;
  }

  /** @throws where it is not here, with what to do */
  get path(): string {
    const path = this.#find();
    if (path === undefined) throw notHere(this);
    return path;
  }
}

export function notHere({ name, howToInstall }: Installed): Error {
  return new Error(`${name} is not here: ${howToInstall}.`);
}
