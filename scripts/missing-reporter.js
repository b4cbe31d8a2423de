/** @import { Reporter, TestModule } from "vitest/node" */

/**
 * Says at the end of a run which tests were skipped because of what is not here, and how to install it: `describeWith`
 * and `itWith` of the services have put that into their names.
 *
 * @implements {Reporter}
 */
export class MissingReporter {
  /** @param {readonly TestModule[]} modules */
  onTestRunEnd(modules) {
    /** @type {Map<string, number>} */
    const skipped = new Map();
    for (const module of modules)
      for (const test of module.children.allTests("skipped")) {
        const [, reason] = / \(skipped: (.*?)\)(?: > |$)/.exec(test.fullName) ?? [];
        if (reason !== undefined) skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
      }
    for (const [reason, tests] of skipped) console.log(` ${reason} Tests skipped: ${tests}.`);
  }
}
