// SPDX-License-Identifier: Apache-2.0
// lightline init DIR: a product folder of one's own, ready to run.
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { UserError } from "../errors.js";

const TEMPLATE = fileURLToPath(new URL("../../examples/hello-sensor", import.meta.url));
/** As the template's tsconfig files name it, and where it is. */
const TYPES_FROM_TEMPLATE = "../../firmware/api/types";
const TYPES = fileURLToPath(new URL("../../firmware/api/types", import.meta.url));
/** What a compiler leaves: no part of a product. */
const LEFT_BY_COMPILER = /\.tsbuildinfo$/;
const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

export function initCommand(): Command {
  return new Command("init")
    .description("make a product folder: scripts, self-test and limits to begin from")
    .argument("<dir>", "the folder; its name is the product's name")
    .option("--json", "print one JSON object")
    .action(async (dir: string, options: { json?: boolean }) => {
      const files = await makeProduct(dir);
      const say = options.json
        ? JSON.stringify({ product: basename(resolve(dir)), files })
        : `Product ${basename(resolve(dir))}: ${files.join(", ")}\nNext: lightline line --product ${relative("", dir) || "."}`;
      process.stdout.write(say + "\n");
    });
}

/** Copies the template under the folder's own name; returns the files. Nothing is written over. */
async function makeProduct(dir: string): Promise<string[]> {
  const name = basename(resolve(dir));
  if (!NAME.test(name))
    throw new UserError(
      "PRODUCT_NAME",
      `"${name}" cannot be a product's name: use lower-case letters, digits and dashes, 32 at most.`,
    );
  await ensureEmpty(dir);
  await cp(TEMPLATE, dir, { recursive: true, filter: (path) => !LEFT_BY_COMPILER.test(path) });
  await writeFile(join(dir, ".gitignore"), "*.tsbuildinfo\n");
  for (const file of (await readdir(dir)).filter((name) => name.startsWith("tsconfig.")))
    await pointAtTypes(join(dir, file));
  const file = join(dir, "product.json");
  const product = JSON.parse(await readFile(file, "utf8")) as object;
  await writeFile(file, JSON.stringify({ ...product, name }, undefined, 2) + "\n");
  return (await readdir(dir)).sort();
}

/** Editors and tsc then check each script against what its role may call. */
async function pointAtTypes(file: string): Promise<void> {
  const types = relative(resolve(file, ".."), TYPES).replaceAll("\\", "/");
  const config = await readFile(file, "utf8");
  await writeFile(file, config.replaceAll(TYPES_FROM_TEMPLATE, types));
}

async function ensureEmpty(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (error) {
    throw new UserError(
      "FOLDER_NOT_WRITABLE",
      `${dir} cannot be made (${(error as Error).message}): name another folder.`,
    );
  }
  if ((await readdir(dir)).length > 0)
    throw new UserError("FOLDER_NOT_EMPTY", `${dir} is not empty: name a new folder, nothing is written over.`);
}
