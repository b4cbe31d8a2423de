import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import type { Example } from "./example-blocks.js";

/** Compiled examples: each as a program to run, or with the reasons why there is none. */
export interface Compiled {
  readonly program: string;
  readonly errors: readonly string[];
}

const compilerOptions = {
  rootDir: ".",
  outDir: "js",
  sourceMap: true,
  declaration: false,
  declarationMap: false,
  composite: false,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  jsx: "react-jsx",
};

/** Compiles all examples in one run of `tsc`, each to a module of its own in `folder`, which must lie in the workspace. */
export async function compileExamples(
  root: string,
  folder: string,
  examples: readonly Example[],
): Promise<Compiled[]> {
  const names = examples.map(({ file, line }) => `${file.replaceAll(/[^\w.]+/g, "-")}-${line}`);
  const files = names.map((name, index) => `${name}.${examples[index]?.language}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, '{ "type": "module" }');
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({ extends: `${root}/tsconfig.base.json`, compilerOptions, files }),
  );
  for (const [index, { code }] of examples.entries()) writeFileSync(`${folder}/${files[index]}`, code);
  const output = await tsc(root, folder);
  return examples.map(({ file, line }, index) => ({
    program: `${folder}/js/${names[index]}.js`,
    errors: errorsOf(output, names[index] as string, (at) => `${file}:${line + at - 1}`),
  }));
}

function tsc(root: string, folder: string): Promise<string> {
  const program = `${root}/node_modules/typescript/bin/tsc`;
  return new Promise((resolve) => {
    const options = { cwd: folder, maxBuffer: 16 * 1024 * 1024 };
    execFile(
      process.execPath,
      [program, "-p", folder, "--pretty", "false"],
      options,
      (error, stdout, stderr) => {
        resolve(error ? `${stdout}${stderr}` : "");
      },
    );
  });
}

/** The errors of one module, at the lines of the page that it stands on; those of no module belong to each. */
function errorsOf(output: string, name: string, place: (line: number) => string): string[] {
  return output
    .split(/\n(?=\S)/)
    .filter(
      (error) => error.startsWith(`${name}.ts(`) || error.startsWith(`${name}.tsx(`) || /^error /.test(error),
    )
    .map((error) => error.trim().replace(/^\S+?\((\d+),\d+\)/, (_, line) => place(Number(line))));
}
