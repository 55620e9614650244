// Tests the pages of vt-web in a headless Chromium:
//
//   node run.mjs PROGRAM                      the checks; fails if one does
//   node run.mjs PROGRAM --screenshots DIR    pictures of the pages instead
//
// PROGRAM is a vt-web that was built before. Chromium is what $CHROMIUM names,
// or is found on the PATH; pdftotext has to be there too. Nothing leaves this
// machine.

import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { check, count } from "./check.mjs";
import { accessibility } from "./checks/accessibility.mjs";
import { downloads } from "./checks/downloads.mjs";
import { hostile } from "./checks/hostile.mjs";
import { table } from "./checks/table.mjs";
import { uploading } from "./checks/uploading.mjs";
import { visitors } from "./checks/visitors.mjs";
import { conduct, weight } from "./checks/weight.mjs";
import { withoutScripts } from "./checks/without_scripts.mjs";
import { screenshots } from "./screenshots.mjs";
import { Stage } from "./stage.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { screenshots: { type: "string" } },
});
if (positionals.length !== 1) {
  console.error("usage: node run.mjs PROGRAM [--screenshots DIR]");
  process.exit(2);
}
// The server is ended when this process is.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));

const stage = await Stage.open(positionals[0]);
if (values.screenshots === undefined) {
  await checkAll();
} else {
  await screenshots(stage, values.screenshots).finally(() => stage.close());
}

async function checkAll() {
  // Later checks look at reports of earlier ones.
  for (const part of [uploading, table, downloads, visitors, withoutScripts, hostile, accessibility]) {
    try {
      await part(stage);
    } catch (error) {
      await check(`${part.name} ends`, () => { throw error; });
    }
  }
  const largest = await weight(stage);
  await conduct(stage);
  await check("the server ends when it is told to, and has warned of nothing", async () => {
    assert.deepEqual(await stage.close(), { code: 0, log: [] });
  });
  process.once("exit", (code) => {
    if (code !== 0) return;
    const [all, strays] = [stage.watch.requests, stage.watch.strays.length];
    console.log(`${count()} checks, ${all} requests, ${strays} to other hosts, largest page ${Math.ceil(largest / 1000)} KB`);
  });
}
