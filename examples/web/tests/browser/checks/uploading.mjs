// Uploads, and how a report fills in while it is looked at.

import assert from "node:assert/strict";
import { check } from "../check.mjs";
import { messy, messyInUtf16, sample } from "../lists.mjs";
import { column, finished, hashes, upload } from "../stage.mjs";

export async function uploading(stage) {
  const context = await stage.visitor();
  stage.context = context;
  const page = await context.newPage();

  await check("rows arrive on a page that stays, until all are there", async () => {
    const list = messy();
    stage.messy = { ...list, path: await upload(page, list) };
    await page.evaluate(() => { window.stayed = true; });
    const open = async () => (await column(page, "Status")).filter((text) => text === "open").length;
    const atFirst = await open();
    assert.equal((await hashes(page)).length, list.hashes.length);
    assert.ok(atFirst > 0, "all of it was there at once: nothing to see arrive");
    await page.waitForFunction((before) => {
      const rows = [...document.querySelectorAll("table.rows tbody tr")];
      const open = rows.filter((row) => row.children[4].textContent === "open").length;
      return open > 0 && open < before;
    }, atFirst);
    await finished(page);
    assert.equal(await open(), 0);
    assert.equal(await page.evaluate(() => window.stayed), true, "the page was loaded anew");
  });

  await check("every hash of a messy file has its row, in its order", async () => {
    assert.deepEqual(await hashes(page), stage.messy.hashes);
    assert.ok((await column(page, "Status")).every((text) => text !== ""));
  });

  await check("the summary, the bar and the tabs say the same as the rows", async () => {
    const states = await column(page, "Status");
    const count = (state) => states.filter((text) => text === state).length;
    const shown = (name) => page.locator(`[data-count=${name}]`).textContent().then(Number);
    assert.equal(await shown("detected"), count("detected"));
    assert.equal(await shown("clean"), count("clean"));
    assert.equal(await shown("not_found"), count("not found"));
    assert.equal(await shown("open"), 0);
    assert.match(await page.locator("[data-field=title]").textContent(), new RegExp(`^${count("detected")} files`));
    assert.match(await page.locator("[data-field=text]").textContent(), /60 hashes\. Every hash has an answer\./);
    const bar = page.getByRole("progressbar");
    assert.equal(await bar.getAttribute("aria-valuenow"), "100");
    const tabs = await page.locator(".tabs a").allTextContents();
    assert.deepEqual(tabs.slice(0, 2), ["All 60", `Detected ${count("detected")}`]);
  });

  await check("what was repeated and what was skipped is told", async () => {
    const facts = Object.fromEntries(await page.locator(".facts dl div").evaluateAll(
      (all) => all.map((one) => [one.children[0].textContent, Number(one.children[1].textContent)])));
    const { Hashes, MD5, "SHA-1": sha1, "SHA-256": sha256, Repeated, Skipped } = facts;
    assert.deepEqual([Hashes, MD5, sha1, sha256], [60, 20, 20, 20]);
    assert.deepEqual([Repeated, Skipped], [2, 1]);
    await page.getByText("What was skipped, and why").click();
    const skipped = page.locator(".skips li").first();
    assert.ok((await skipped.innerText()).includes(sample(900).sha256.slice(1)), await skipped.innerText());
  });

  await check("the same list in UTF-16 is the same report, and costs nothing", async () => {
    const list = messyInUtf16();
    const path = await upload(page, list);
    await finished(page);
    assert.deepEqual(await hashes(page), list.hashes);
    assert.equal(await page.locator("h1").textContent(), list.name);
    assert.equal(await page.locator(".facts div", { hasText: "Already known" }).locator("dd").textContent(), "60");
    stage.utf16 = { ...list, path };
  });

  await check("pasted text makes a report too", async () => {
    await page.goto("/");
    await page.getByLabel("Or paste it").fill(`please look at ${sample(1).md5}, thanks`);
    await page.getByRole("button", { name: "Make the report" }).click();
    await finished(page);
    assert.deepEqual(await hashes(page), [sample(1).md5]);
  });

  await check("what is no text, and what has no hash, is refused in words", async () => {
    for (const [bytes, words] of [[Buffer.from("PK\x03\x04\x14\0"), "ZIP archive"], [Buffer.from("nothing"), "no MD5, SHA-1 or SHA-256"]]) {
      await page.goto("/");
      stage.watch.expectFailure(`${stage.origin}/reports`);
      await page.getByLabel("Choose a file").setInputFiles({ name: "x", mimeType: "", buffer: bytes });
      await page.getByRole("button", { name: "Make the report" }).click();
      const problem = page.getByRole("alert");
      assert.ok((await problem.innerText()).includes(words), await problem.innerText());
      await problem.getByRole("link", { name: "Back to the start" }).click();
      await page.getByRole("heading", { name: "Hashes in, report out" }).waitFor();
    }
  });

  await page.close();
}
