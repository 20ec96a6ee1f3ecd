// SPDX-License-Identifier: Apache-2.0
// Espruino's Storage as the port keeps it: a log in which a file that changes is written anew behind the others, and the old one stays
// until all is compacted.

/** Size and name of a file, before its bytes. */
const HEADER_BYTES = 32;
const NAME_LIMIT = 28;
const BLANK = "\xff";

export class StorageLog {
  /** Files by name, as latin-1 text, in the order in which they lie in flash. */
  readonly files: Map<string, string>;
  /** Of files that were deleted or replaced. */
  trashBytes = 0;
  /** Before each change of flash: a test may let the power go there. */
  onChange: (() => void) | undefined;

  constructor(
    files: { readonly [name: string]: string },
    readonly bytes: number,
  ) {
    this.files = new Map(Object.entries(files));
  }

  /** Behind the last file. */
  get freeBytes(): number {
    return [...this.files.values()].reduce((free, data) => free - spaceOf(data.length), this.bytes - this.trashBytes);
  }

  read(name: string): string | undefined {
    return this.files.get(cut(name));
  }

  list(): string[] {
    return [...this.files.keys()];
  }

  /** A part goes where nothing is yet, or the same; with offset 0 the file is made anew, unless it is the whole file as it is. */
  write(name: string, data: string, offset = 0, size = 0): boolean {
    const bytes = size || data.length;
    if (!bytes) throw new Error("Can't create a file of 0 bytes");
    const old = this.read(name);
    if (old === undefined && offset > 0) throw new Error("Unable to find or create file");
    if (old !== undefined && (offset ? old.startsWith(data, offset) : old === data && bytes === data.length))
      return true;
    if (offset === 0) this.create(name, bytes);
    const body = this.read(name) as string;
    if (offset + data.length > body.length) throw new Error("Too much data for file size");
    if (body.slice(offset, offset + data.length) !== BLANK.repeat(data.length))
      throw new Error("File already written with different data");
    this.onChange?.();
    this.files.set(cut(name), body.slice(0, offset) + data + body.slice(offset + data.length));
    return true;
  }

  erase(name: string): void {
    const old = this.read(name);
    if (old === undefined) return;
    this.onChange?.();
    this.files.delete(cut(name));
    this.trashBytes += spaceOf(old.length);
  }

  compact(): void {
    this.onChange?.();
    this.trashBytes = 0;
  }

  private create(name: string, bytes: number): void {
    this.erase(name);
    if (spaceOf(bytes) > this.freeBytes) this.compact();
    if (spaceOf(bytes) > this.freeBytes) throw new Error("Unable to find or create file");
    this.onChange?.();
    this.files.set(cut(name), BLANK.repeat(bytes));
  }
}

/** A longer name is cut without a word. */
const cut = (name: string): string => name.slice(0, NAME_LIMIT);

const spaceOf = (bytes: number): number => HEADER_BYTES + ((bytes + 3) & ~3);
