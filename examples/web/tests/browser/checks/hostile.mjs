// Texts that others wrote stay texts.

import assert from "node:assert/strict";
import { check } from "../check.mjs";
import { HOSTILE } from "../lists.mjs";
import { finished, row, upload } from "../stage.mjs";

/** What a row is made of, and nothing else. */
const EXPECTED = ["A", "B", "CODE", "SMALL", "TD", "TH"];

export async function hostile(stage) {
  const page = await stage.context.newPage();

  await check("hostile names and labels are shown as text", async () => {
    await upload(page, { name: "hostile.txt", bytes: Buffer.from(HOSTILE) });
    await finished(page);
    const only = row(page, HOSTILE);
    const text = await only.innerText();
    assert.ok(text.includes("<script>alert(document.domain)</script>.exe"), text);
    assert.ok(text.includes("<img src=x onerror=alert(1)>"), text);
    const tags = await only.evaluate((tr) => [...tr.querySelectorAll("*")].map((one) => one.tagName));
    assert.deepEqual(tags.filter((tag) => !EXPECTED.includes(tag)), []);
    assert.equal(tags.filter((tag) => tag === "TD").length, 6);
    const controls = /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/;
    assert.doesNotMatch(text, controls);
  });

  await check("a hostile name of an upload is shown as text, in the list too", async () => {
    const name = "\"><img src=x onerror=alert(1)>'<svg onload=alert(2)>.txt";
    const path = await upload(page, { name, bytes: Buffer.from(`${HOSTILE} <script>alert(3)</script>`) });
    await finished(page);
    // Browsers write a quotation mark in a name as %22.
    const heading = await page.locator("h1").textContent();
    assert.ok(heading.includes("<img src=x onerror=alert(1)>"), heading);
    await page.goto("/reports");
    assert.equal(await page.locator(`a[href="${path}"]`).textContent(), heading);
    assert.equal(await page.locator("main img, main svg, main script").count(), 0);
  });

  await check("hostile addresses change nothing but what is shown", async () => {
    const engine = "</option><script>alert(4)</script>";
    await page.goto(`${stage.long.path}?engine=${encodeURIComponent(engine)}&show=<b>&sort='&page=-1`);
    assert.equal(await page.getByLabel("Engines").inputValue(), engine);
    assert.equal(await page.locator("main script").count(), 0);
  });

  await page.close();
}
