// SPDX-License-Identifier: Apache-2.0
// What `npm run test:residue` searches for and how, and the shipped bundles' own life.
import assert from "node:assert/strict";
import { needlesOf, searchFlash } from "./needles.js";
import { searchShippedLife } from "./shipped-life.js";

describe("the search for what a wipe left", () => {
  const secret = Buffer.from("grey herring 61");
  const forms: readonly (readonly [string, Buffer])[] = [
    ["raw", secret],
    ["reversed", Buffer.from("16 gnirreh yerg")],
    ["in hex", Buffer.from("67726579206865727269 6e67203631".replace(" ", ""))],
    ["in upper-case hex", Buffer.from("677265792068657272696E67203631")],
    ["in base64", Buffer.from("Z3JleSBoZXJyaW5nIDYx")],
    ["in UTF-16", Buffer.from("grey herring 61", "utf16le")],
    ["in UTF-16, high byte first", Buffer.from("\0g\0r\0e\0y\0 \0h\0e\0r\0r\0i\0n\0g\0 \x006\x001", "latin1")],
  ];
  for (const [form, bytes] of forms)
    it(`finds it ${form}`, () => {
      const image = Buffer.concat([Buffer.alloc(1000, 0xff), bytes, Buffer.alloc(999, 0xff)]);
      assert.deepEqual(searchFlash(image, needlesOf([["password", secret]])), [`password ${form}`]);
    });

  it("finds nothing in a blank page", () => {
    assert.deepEqual(searchFlash(Buffer.alloc(4096, 0xff), needlesOf([["password", secret]])), []);
  });
});

describe("a unit that the shipped bundles made", () => {
  it("keeps none of the factory's secrets in flash or Storage once it is shippable", async () => {
    const { problems, images, foundBefore } = await searchShippedLife(3);
    assert.deepEqual(problems, []);
    assert.ok(images > 4 && foundBefore >= 3, `${images} images, ${foundBefore} found before`);
  });
});
