// The table of a report: order, filters, pages, engines, links.

import assert from "node:assert/strict";
import { check } from "../check.mjs";
import { plain } from "../lists.mjs";
import { column, finished, hashes, row, upload } from "../stage.mjs";

export async function table(stage) {
  const page = await stage.context.newPage();
  const list = plain(250, 0);
  stage.long = { ...list, path: await upload(page, list) };
  await finished(page);

  await check("a list of 250 is shown on three pages, each hash once", async () => {
    const seen = await hashes(page);
    assert.equal(seen.length, 100);
    for (const [number, count] of [[2, 100], [3, 50]]) {
      await page.getByRole("link", { name: "Next" }).click();
      await page.getByText(`Page ${number} of 3`).waitFor();
      const rows = await hashes(page);
      assert.equal(rows.length, count);
      seen.push(...rows);
    }
    assert.deepEqual(seen, list.hashes);
    assert.equal(await page.getByRole("link", { name: "Next" }).count(), 0);
    await page.getByRole("link", { name: "Previous" }).click();
    await page.getByText("Page 2 of 3").waitFor();
    assert.deepEqual(await hashes(page), list.hashes.slice(100, 200));
  });

  await check("sorted by hits the most detected stand first, the other way round last", async () => {
    for (const [order, sign] of [["descending", -1], ["ascending", 1]]) {
      await page.getByRole("link", { name: "Hits" }).click();
      await page.locator(`th[aria-sort=${order}]`).waitFor();
      const found = [];
      for (;;) {
        found.push(...await column(page, "Hits"));
        const next = page.getByRole("link", { name: "Next" });
        if (await next.count() === 0) break;
        const before = page.url();
        await next.click();
        await page.waitForURL((url) => url.href !== before);
      }
      // Those without an answer stand where those with none detected end.
      const hits = found.map((text) => text === "" ? -1 : Number(text.split("/")[0]));
      assert.equal(hits.length, 250);
      assert.deepEqual(hits, hits.toSorted((a, b) => sign * (a - b)));
      assert.ok(new Set(hits).size > 20, "all the same is in order however it is sorted");
      await page.goto(page.url().replace(/&page=\d+/, ""));
    }
  });

  await check("each tab shows the rows of its state, as many as it says", async () => {
    const words = { Detected: "detected", Clean: "clean", "Not found": "not found" };
    for (const [label, state] of Object.entries(words)) {
      await page.goto(stage.long.path);
      const tab = page.locator(".tabs a", { hasText: label });
      const count = Number(await tab.locator(".number").textContent());
      await tab.click();
      await page.locator(".tabs a[aria-current=true]", { hasText: label }).waitFor();
      const states = await column(page, "Status");
      assert.ok(count > 0 && states.length === Math.min(count, 100), `${label}: ${states.length} of ${count}`);
      assert.deepEqual([...new Set(states)], [state]);
    }
    await page.locator(".tabs a", { hasText: "Errors" }).click();
    await page.getByText("No hash is like that.").waitFor();
    await page.locator(".tabs a", { hasText: "All" }).click();
    await page.getByText("Page 1 of 3").waitFor();
    assert.equal((await hashes(page)).length, 100);
  });

  await check("another engine shows its own detection names, also when sorted", async () => {
    await page.goto(`${stage.long.path}?sort=detections&order=desc`);
    const first = await column(page, "Detection name");
    assert.ok(await page.locator("datalist#engines option").count() > 50);
    await page.getByLabel("Engines").fill("Microsoft, Kaspersky");
    await page.getByRole("button", { name: "Show" }).click();
    await page.waitForURL(/engine=Microsoft/);
    const both = await column(page, "Detection name");
    assert.ok(both.some((text) => /^Microsoft .*Kaspersky/s.test(text)), both[0]);
    assert.notDeepEqual(both, first);
    await page.locator(".tabs a", { hasText: "Detected" }).click();
    await page.waitForURL(/show=detected/);
    assert.match(page.url(), /engine=Microsoft&engine=Kaspersky/);
    await page.getByLabel("Engines").fill("No Such Engine");
    await page.getByRole("button", { name: "Show" }).click();
    await page.waitForURL(/engine=No\+Such\+Engine/);
    assert.deepEqual([...new Set(await column(page, "Detection name"))], ["no such engine"]);
  });

  await check("choosing an engine keeps the order that was chosen before", async () => {
    await page.goto(`${stage.long.path}?sort=detections&order=desc`);
    const before = await hashes(page);
    await page.getByLabel("Engines").fill("Microsoft");
    await page.getByRole("button", { name: "Show" }).click();
    await page.waitForURL(/engine=Microsoft/);
    assert.deepEqual(await hashes(page), before);
  });

  await check("a link to VirusTotal leads to the file, tells nobody from where, and is not followed", async () => {
    await page.goto(stage.long.path);
    const [hash] = list.hashes;
    const link = row(page, hash).getByRole("link");
    assert.equal(await link.getAttribute("href"), `https://www.virustotal.com/gui/file/${hash}`);
    assert.equal(await link.getAttribute("target"), "_blank");
    assert.match(await link.getAttribute("rel"), /\bnoreferrer\b/);
    const answer = await page.request.get(stage.long.path);
    assert.equal(answer.headers()["referrer-policy"], "no-referrer");
  });

  await page.close();
}
