// SPDX-License-Identifier: Apache-2.0
// The file that a Linux Espruino takes for its Storage.
import { inErased, storageImage } from "../../bench/image/storage-image.js";

const BYTES = 256 * 1024;

/** Files in the order in which they lie in flash; `behind` follows as it is. */
export const linuxStorage = (files: { readonly [name: string]: string }, behind = Buffer.alloc(0)): Buffer =>
  inErased(Buffer.concat([storageImage(files), behind]), BYTES);
