// SPDX-License-Identifier: Apache-2.0
// Opens the port.
import type { AppOptions, App } from "./app.js";
import { buildApp } from "./app.js";
import { ServerError } from "./errors.js";

export interface RunningServer extends App {
  readonly host: string;
  readonly port: number;
}

/** Port 0 takes any free one. @throws ServerError */
export async function startServer(options: AppOptions & { host: string; port: number }): Promise<RunningServer> {
  const app = await buildApp(options);
  try {
    await app.start();
    await app.http.listen({ host: options.host, port: options.port });
  } catch (error) {
    await app.close();
    throw error instanceof ServerError ? error : listenError(error as NodeJS.ErrnoException, options);
  }
  const address = app.http.server.address();
  const port = typeof address === "object" && address ? address.port : options.port;
  return { ...app, host: options.host, port };
}

function listenError(error: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): ServerError {
  if (error.code === "EADDRINUSE")
    return new ServerError(
      "PORT_TAKEN",
      `Port ${port} on ${host} is taken: stop what listens there, or name another with --port.`,
    );
  return new ServerError(
    "ADDRESS_UNUSABLE",
    `${host}:${port} cannot be listened on (${error.message}): name another with --host and --port.`,
  );
}
