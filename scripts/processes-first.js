import { BaseSequencer } from "vitest/node";

/** @import { TestSpecification } from "vitest/node" */

/**
 * Begins with the files that start processes, browsers and servers. They take longest, and wait much of it; the unit
 * tests fill the gaps, and the run does not end with one worker at one long file.
 */
export class ProcessesFirst extends BaseSequencer {
  /**
   * @override
   * @param {TestSpecification[]} files
   */
  async sort(files) {
    const sorted = await super.sort(files);
    const isUnit = (/** @type {TestSpecification} */ { moduleId }) =>
      moduleId.includes("/packages/sluice/src/");
    return [...sorted.filter((file) => !isUnit(file)), ...sorted.filter(isUnit)];
  }
}
