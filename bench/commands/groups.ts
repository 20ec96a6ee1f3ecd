// SPDX-License-Identifier: Apache-2.0
// lightline groups: lists a product's Device Groups, makes them, aims fixtures at them, and moves by hand what a hand may move.
import { Command, Option } from "commander";
import { GROUP_KINDS, isProduction } from "../../server/domain/groups.js";
import type { GroupKind } from "../../server/domain/groups.js";
import type { GroupDesk } from "../../server/operators/group-desk.js";
import type { Lists } from "../../server/operators/lists.js";
import type { GroupRow } from "../../server/operators/views.js";
import { ensureConfirmed } from "../confirm.js";
import { withDataFolder } from "../data-folder.js";
import { UserError } from "../errors.js";
import type { LookOptions } from "./look.js";
import { look, show } from "./look.js";

interface DataOptions {
  readonly data: string;
  readonly json?: boolean;
}

interface TargetOptions {
  readonly dut?: string;
  readonly production?: string;
}

const GROUP = "the group, by its id, its name or as PRODUCT/NAME";

const withData = (command: Command): Command =>
  command
    .requiredOption("--data <dir>", "the data folder of lightline serve, which may run meanwhile")
    .option("--json", "print one JSON object");

const withTargets = (command: Command): Command =>
  command
    .option("--dut <group>", "of a fixture group: where its light leads")
    .option("--production <group>", "of a fixture group: where blessing leads from there");

export function groupsCommand(): Command {
  const add = new Command("add")
    .description("make a Device Group")
    .argument("<name>", "its name")
    .requiredOption("--product <name>", "the product")
    .addOption(new Option("--kind <kind>", "what runs in it").choices(GROUP_KINDS).makeOptionMandatory());
  const setTarget = new Command("set-target").description("aim a fixture group elsewhere").argument("<group>", GROUP);
  const remove = new Command("remove")
    .description("remove a group that nothing is in and nothing leads to")
    .argument("<group>", GROUP)
    .option("--yes", "yes, for good");
  const move = new Command("move")
    .description("put a unit into a group by hand: out of testing, or into another production group of its kind")
    .argument("<unit>", "the unit's device id")
    .argument("<group>", GROUP)
    .requiredOption("--reason <text>", "why, for the audit log");
  const unblessKey = new Command("unbless-key")
    .description("make the key without which no blessing of a production group is taken back, and print it, this once")
    .argument("<group>", GROUP)
    .option("--replace", "instead of the one that there is")
    .option("--yes", "yes, the old one counts no more");
  return new Command("groups")
    .description("list the Device Groups, make them, aim fixtures at them")
    .addCommand(look("list", "list the groups, their targets, and how many units each has").action(list), {
      isDefault: true,
    })
    .addCommand(withTargets(withData(add)).action(addGroup))
    .addCommand(withTargets(withData(setTarget)).action(setTargets))
    .addCommand(withData(remove).action(removeGroup))
    .addCommand(withData(move).action(moveUnit))
    .addCommand(withData(unblessKey).action(makeKey));
}

const list = (options: LookOptions): Promise<void> =>
  show(options, "groups", cells, (lists, page) => lists.groups(page));

const cells = ({ id, product, name, kind, dutTarget, productionTarget, unblessKey, units }: GroupRow) => ({
  ...{ group: id, product, name, kind, "light to": dutTarget, "blessing to": productionTarget },
  "unbless key": isProduction(kind as GroupKind) ? (unblessKey ? "made" : "none") : null,
  units,
});

async function addGroup(
  name: string,
  { data, json, product, kind, ...targets }: DataOptions & TargetOptions & { product: string; kind: GroupKind },
): Promise<void> {
  const group = await changed(data, async (desk) => {
    const named = { dut: within(product, targets.dut), production: within(product, targets.production) };
    return desk.add({ product, kind, name, ...(await found(desk, named)) });
  });
  say(json, { group }, `Group ${group.id} is ${group.product}/${group.name}, of kind ${group.kind}.`);
}

async function setTargets(text: string, { data, json, ...targets }: DataOptions & TargetOptions): Promise<void> {
  const group = await changed(data, async (desk, lists) => {
    const id = await desk.find(text);
    const { product } = await lists.group(id);
    const named = { dut: within(product, targets.dut), production: within(product, targets.production) };
    await desk.setTargets(id, await found(desk, named));
    return id;
  });
  const words = `Light of ${group.product}/${group.name} leads to group ${group.dutTarget}, and blessing from there to ${group.productionTarget}.`;
  say(json, { group }, words);
}

/** A bare name is of the same product. */
const within = (product: string, text: string | undefined): string | undefined =>
  text === undefined || /^[0-9]+$/.test(text) || text.includes("/") ? text : `${product}/${text}`;

async function found(
  desk: GroupDesk,
  { dut, production }: { dut: string | undefined; production: string | undefined },
) {
  return {
    dutTarget: dut === undefined ? undefined : await desk.find(dut),
    productionTarget: production === undefined ? undefined : await desk.find(production),
  };
}

async function removeGroup(text: string, { data, json, yes }: DataOptions & { yes?: boolean }): Promise<void> {
  ensureConfirmed(yes, `Group ${text} will be no more`);
  const id = await withDataFolder(data, async ({ groups: desk }) => {
    const id = await desk.find(text);
    await desk.remove(id);
    return id;
  });
  say(json, { id, removed: true }, `Group ${id} is removed.`);
}

async function moveUnit(
  unit: string,
  text: string,
  { data, json, reason }: DataOptions & { reason: string },
): Promise<void> {
  const deviceId = unit.toLowerCase();
  if (!reason.trim()) throw new UserError("REASON_MISSING", "The audit log needs a reason: say why with --reason.");
  const group = await changed(data, async (desk) => {
    const id = await desk.find(text);
    await desk.moveUnit(deviceId, id, reason.trim());
    return id;
  });
  say(json, { deviceId, group }, `Unit ${deviceId} is in ${group.product}/${group.name}.`);
}

async function makeKey(
  text: string,
  { data, json, replace, yes }: DataOptions & { replace?: boolean; yes?: boolean },
): Promise<void> {
  if (replace) ensureConfirmed(yes, `The unbless key of group ${text} that there is will count no more`);
  const made = await withDataFolder(data, async ({ lists, groups: desk }) => {
    const id = await desk.find(text);
    return { key: await desk.makeUnblessKey(id, replace), group: await lists.group(id) };
  });
  say(
    json,
    made,
    `${made.key}\nThis is the unbless key of ${made.group.product}/${made.group.name}; it is not shown again.`,
  );
}

type Work = (desk: GroupDesk, lists: Lists) => Promise<number>;

/** The group as it is afterwards. */
const changed = (data: string, work: Work): Promise<GroupRow> =>
  withDataFolder(data, async ({ lists, groups: desk }) => lists.group(await work(desk, lists)));

function say(json: boolean | undefined, facts: object, words: string): void {
  process.stdout.write((json ? JSON.stringify(facts) : words) + "\n");
}
