// SPDX-License-Identifier: Apache-2.0
// The part of Node's WebAssembly that agents use: its types come with those of browsers alone.

declare namespace WebAssembly {
  class Module {
    private readonly compiled;
  }
  class Memory {
    constructor(pages: { readonly initial: number; readonly maximum: number });
    readonly buffer: ArrayBuffer;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
