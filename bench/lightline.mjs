#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The lightline command: TypeScript runs as it is.
import { register } from "tsx/esm/api";

register();
const { main } = await import("./cli.ts");
process.exitCode = await main(process.argv);
