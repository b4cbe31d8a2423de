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
    return sorted.toSorted((a, b) => turnOf(a) - turnOf(b));
  }
}

/** @param {TestSpecification} file */
function turnOf({ project, moduleId }) {
  if (project.name === "core") return 2;
  return moduleId.includes("/packages/sluice/src/") ? 1 : 0;
}
