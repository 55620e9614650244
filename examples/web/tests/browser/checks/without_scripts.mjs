// Everything works without scripts: by links, forms and reloading.

import assert from "node:assert/strict";
import { check } from "../check.mjs";
import { plain } from "../lists.mjs";
import { column, finished, hashes, upload } from "../stage.mjs";

export async function withoutScripts(stage) {
  const context = await stage.visitor({ javaScriptEnabled: false });
  const page = await context.newPage();
  const list = plain(40, 300);
  let path;

  await check("without scripts a page reloads by itself until the report is finished", async () => {
    path = await upload(page, list);
    assert.equal(await page.locator(".only-script:visible").count(), 0);
    let loads = 0;
    page.on("load", () => { loads += 1; });
    assert.equal(await page.locator("[data-live]").count(), 1, "it was finished at once: nothing to reload");
    await finished(page);
    assert.ok(loads > 0);
    assert.deepEqual(await hashes(page), list.hashes);
    assert.equal(await page.locator("meta[http-equiv=refresh]").count(), 0);
  });

  await check("without scripts a report is sorted and filtered by links", async () => {
    await page.getByRole("link", { name: "Hits" }).click();
    await page.locator("th[aria-sort=descending]").waitFor();
    const hits = (await column(page, "Hits")).map((text) => text === "" ? -1 : Number(text.split("/")[0]));
    assert.deepEqual(hits, hits.toSorted((a, b) => b - a));
    assert.ok(hits[0] > 0);
    await page.locator(".tabs a", { hasText: "Clean" }).click();
    await page.waitForURL(/show=clean/);
    assert.deepEqual([...new Set(await column(page, "Status"))], ["clean"]);
    await page.getByLabel("Engines").fill("Microsoft");
    await page.getByRole("button", { name: "Show" }).click();
    await page.waitForURL(/show=clean.*engine=Microsoft|engine=Microsoft.*show=clean/);
  });

  await check("without scripts a report is deleted", async () => {
    await page.goto(path);
    await page.getByRole("button", { name: "Delete this report" }).click();
    await page.waitForURL("**/reports");
    stage.watch.expectFailure(`${stage.origin}${path}`);
    assert.equal((await page.goto(path)).status(), 404);
  });

  await context.close();
}
