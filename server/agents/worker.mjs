// SPDX-License-Identifier: Apache-2.0
// The thread that runs agents: TypeScript runs as it is.
import { register } from "tsx/esm/api";

register();
await import("./worker.ts");
