// SPDX-License-Identifier: Apache-2.0
// The ambient Espruino, hal/espruino/globals.d.ts: whatever it declares is called by the firmware, and the emulated port has it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { EmulatedBoard } from "../../emulator/emulated-board.js";
import { Network } from "../../hal/sim/models/network.js";
import { NorFlash } from "../../hal/sim/models/nor-flash.js";
import { Radio } from "../../hal/sim/models/radio.js";
import { VirtualClock } from "../../hal/sim/models/virtual-clock.js";

const FOLDER = new URL("../../hal/espruino/", import.meta.url).pathname;
const AMBIENT = join(FOLDER, "globals.d.ts");
/** The stages set and read it themselves. */
const OURS = new Set(["chainedEntries"]);
/** Called in code that is text: a stage is evaluated from Storage. */
const IN_TEXT = new Set(["require('Storage').read"]);

interface Declared {
  /** As a program writes it, such as "E.sum" or "require('Wifi').scan". */
  readonly path: string;
  readonly at: number;
}

/** Variables, functions and classes at the top, and members one level down where the object is declared in place. */
function declaredIn(file: ts.SourceFile): Declared[] {
  return file.statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.flatMap(ofVariable);
    if (ts.isInterfaceDeclaration(statement) && statement.name.text === "EspruinoModules")
      return membersOf(statement.members).flatMap(ofModule);
    if (ts.isFunctionDeclaration(statement) && statement.name) return [of(statement.name.text, statement.name)];
    if (ts.isClassDeclaration(statement) && statement.name) {
      const { text } = statement.name;
      const members = membersOf(statement.members).map(({ name }) => of(`${text}.prototype.${name.text}`, name));
      return [of(text, statement.name), ...members];
    }
    return [];
  });
}

const of = (path: string, node: ts.Node): Declared => ({ path, at: node.getStart() });

const membersOf = (members: ts.NodeArray<ts.TypeElement | ts.ClassElement>) =>
  members.filter(
    (member): member is (ts.PropertySignature | ts.MethodSignature | ts.MethodDeclaration) & { name: ts.Identifier } =>
      member.name !== undefined && ts.isIdentifier(member.name),
  );

function ofVariable({ name, type }: ts.VariableDeclaration): Declared[] {
  const path = (name as ts.Identifier).text;
  return [of(path, name), ...objectMembers(path, type)];
}

const ofModule = (member: ReturnType<typeof membersOf>[number]): Declared[] => [
  of(`require('${member.name.text}')`, member.name),
  ...objectMembers(`require('${member.name.text}')`, (member as ts.PropertySignature).type),
];

/** Of a type that may be "{ ... } | undefined". */
function objectMembers(path: string, type: ts.TypeNode | undefined): Declared[] {
  const parts = type && ts.isUnionTypeNode(type) ? [...type.types] : type ? [type] : [];
  return parts
    .filter(ts.isTypeLiteralNode)
    .flatMap((literal) => membersOf(literal.members).map(({ name }) => of(`${path}.${name.text}`, name)));
}

function openProject(): ts.LanguageService {
  const { fileNames, options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(FOLDER, "tsconfig.json"), (path) => readFileSync(path, "utf8")).config,
    ts.sys,
    FOLDER,
  );
  return ts.createLanguageService({
    getScriptFileNames: () => fileNames,
    getScriptVersion: () => "1",
    getScriptSnapshot: (path) => {
      const text = ts.sys.readFile(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => FOLDER,
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
  });
}

describe("the ambient Espruino", function () {
  this.timeout(60_000);
  const project = openProject();
  const declared = declaredIn(project.getProgram()?.getSourceFile(AMBIENT) as ts.SourceFile);

  it("declares nothing that the firmware does not use", () => {
    // A module is used by its name in a string: its members stand for it.
    const unused = declared
      .filter(({ path }) => !IN_TEXT.has(path) && !/^require\('\w+'\)$/.test(path))
      .filter(({ at }) => {
        const found = project.findReferences(AMBIENT, at) ?? [];
        return !found.some(({ references }) => references.some(({ fileName }) => fileName !== AMBIENT));
      });
    assert.deepEqual(
      unused.map(({ path }) => path),
      [],
    );
  });

  it("declares nothing that the emulated port has not", async () => {
    const paths = declared.map(({ path }) => path).filter((path) => !OURS.has(path));
    assert.ok(paths.length > 50, `${paths.length} names`);
    assert.deepEqual(await missingOnBoard([...paths, "E.never"]), ["E.never"]);
  });
});

/** Those of the expressions that are undefined to a program on an emulated board. */
async function missingOnBoard(paths: readonly string[]): Promise<string[]> {
  const clock = new VirtualClock();
  const code = paths.map((path) => `if (typeof ${path} === "undefined") print(${JSON.stringify(path)});`).join("\n");
  const board = new EmulatedBoard({
    clock,
    network: new Network(clock),
    radio: new Radio(clock),
    flash: NorFlash.blank(0x310000, 65536),
    storage: { ".bootcde": code },
    mac: "30aea4001122",
    seed: 3,
  });
  const missing: string[] = [];
  board.onConsole = (line) => missing.push(line);
  board.powerOn();
  clock.after(1000, () => undefined);
  await clock.run(() => clock.nowUs >= 1000);
  return missing;
}
