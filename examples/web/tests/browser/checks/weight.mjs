// How much a page weighs, and what all of them kept from doing.

import assert from "node:assert/strict";
import { check } from "../check.mjs";

const MOST = 50_000;

/** Weighs the pages and returns the largest. */
export async function weight(stage) {
  let largest = 0;
  const paths = {
    home: "/",
    "report of 100 rows": stage.long.path,
    "report of 100 rows, sorted": `${stage.long.path}?sort=detections&order=desc&show=detected`,
    dashboard: "/reports",
    API: "/api",
    problem: "/reports/nothing",
    style: "/static/style.css",
    script: "/static/app.js",
  };
  for (const [name, path] of Object.entries(paths)) {
    await check(`${name} is less than ${MOST} bytes`, async () => {
      const answer = await stage.context.request.get(path);
      const { length } = await answer.body();
      console.log(`${name}: ${length} bytes`);
      largest = Math.max(largest, length);
      assert.ok(length < MOST, `${length}`);
    });
  }
  return largest;
}

export async function conduct({ watch }) {
  await check("no page asked another host for anything", () => {
    assert.ok(watch.requests > 100);
    assert.deepEqual(watch.strays, []);
  });

  await check("no page complained, of its policy neither", () => assert.deepEqual(watch.complaints, []));

  await check("no page opened a dialog that nobody expected", () => assert.deepEqual(watch.dialogs, []));
}
