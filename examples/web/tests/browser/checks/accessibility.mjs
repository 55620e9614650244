// For everybody: with a screen reader, with the keyboard alone, in any light.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { check } from "../check.mjs";
import { plain, sample } from "../lists.mjs";
import { column, finished, upload } from "../stage.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const GRAVE = ["serious", "critical"];

export async function accessibility(stage) {
  // Long enough to be looked at while it is under way.
  const page = await stage.context.newPage();
  const working = await upload(page, { ...plain(3_000, 1_000), name: "long.txt" });
  const pages = {
    home: "/",
    working,
    finished: stage.long.path,
    dashboard: "/reports",
    API: "/api",
    problem: "/reports/nothing",
  };
  stage.watch.expectFailure(`${stage.origin}${pages.problem}`);
  for (const colorScheme of ["light", "dark"]) await axe(stage, pages, { colorScheme });
  await axe(stage, pages, { colorScheme: "light", viewport: { width: 390, height: 844 } });

  await check("rows that arrive leave the focus where it is", async () => {
    await page.goto(working);
    const link = page.getByRole("link", { name: "Hits" });
    await link.focus();
    const done = () => page.getByRole("progressbar").getAttribute("aria-valuenow").then(Number);
    const handle = await link.elementHandle();
    await page.waitForFunction((old) => !old.isConnected, handle);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Hits");
    assert.ok(await done() < 100);
  });

  await check("a report that is deleted elsewhere does not stay on the screen", async () => {
    const form = { headers: { origin: stage.origin, "sec-fetch-site": "same-origin" } };
    stage.watch.expectFailure(`${stage.origin}${working}`);
    stage.watch.expectFailure(`${stage.origin}${working}/events`);
    stage.watch.expectFailure(`${stage.origin}${working}/rows`);
    assert.equal((await page.request.post(`${working}/delete`, form)).status(), 200);
    await page.getByRole("heading", { name: "There is no such report" }).waitFor();
  });

  await keyboard(stage, page);
  await page.close();
}

/** Lets axe look at each page as somebody sees it. */
async function axe(stage, pages, options) {
  const storageState = await stage.context.storageState();
  // axe runs as a script of the page, which the page's policy is against.
  const context = await stage.visitor({ ...options, storageState, bypassCSP: true });
  const page = await context.newPage();
  const where = `${options.colorScheme}${options.viewport ? ", on a phone" : ""}`;
  for (const [name, path] of Object.entries(pages)) {
    await check(`axe finds nothing grave on the page ${name} (${where})`, async () => {
      await page.goto(path);
      await page.addScriptTag({ path: AXE });
      const { violations, passes } = await page.evaluate(() => window.axe.run());
      const grave = violations.filter((violation) => GRAVE.includes(violation.impact));
      const told = grave.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html).join(" ")}`);
      assert.deepEqual(told, []);
      assert.ok(passes.length > 10);
    });
  }
  await context.close();
}

async function keyboard(stage, page) {
  await check("with the keyboard alone a file is chosen, uploaded and its report sorted", async () => {
    // The browser has to know before the page is there that nobody sees its dialog.
    const choosing = new Promise((resolve) => { page.once("filechooser", resolve); });
    await page.goto("/");
    await tabTo(page, (focused) => focused.type === "file");
    await page.keyboard.press("Space");
    const { name, bytes } = plain(30, 0);
    await (await choosing).setFiles({ name, mimeType: "text/plain", buffer: bytes });
    await tabTo(page, (focused) => focused.type === "submit");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/reports/*");
    await finished(page);
    await tabTo(page, (focused) => focused.textContent === "Hits");
    await page.keyboard.press("Enter");
    await page.locator("th[aria-sort=descending]").waitFor();
    const [first] = await column(page, "Hits");
    assert.match(first, /^[1-9]/);
  });

  await check("with the keyboard alone a text is pasted and sent", async () => {
    await page.goto("/");
    await tabTo(page, (focused) => focused.localName === "textarea");
    await page.keyboard.insertText(sample(1).sha1);
    await tabTo(page, (focused) => focused.type === "submit");
    await page.keyboard.press("Space");
    await page.waitForURL("**/reports/*");
    await finished(page);
  });

  await check("the first stop of each page leads past its head", async () => {
    await page.goto(stage.messy.path);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "To the content");
    const box = await page.locator(".skip").boundingBox();
    assert.ok(box.width > 50 && box.height > 20, "it is not seen");
    await page.keyboard.press("Enter");
    await page.waitForURL(/#main$/);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.querySelector("main").contains(document.activeElement)), true);
  });

  for (const colorScheme of ["light", "dark"]) {
    await check(`every stop of the keyboard shows where it is (${colorScheme})`, async () => {
      await page.emulateMedia({ colorScheme });
      for (const path of ["/", stage.messy.path, "/reports"]) {
        await page.goto(path);
        const stops = await page.evaluate(() => document.querySelectorAll(
          "a, button, input:not([type=hidden]), textarea, summary, [tabindex]").length);
        for (let stop = 0; stop < Math.min(stops, 40); stop += 1) {
          await page.keyboard.press("Tab");
          const shown = await page.evaluate(() => {
            const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
            return { what: document.activeElement.outerHTML.slice(0, 80), outlineStyle, width: parseFloat(outlineWidth) };
          });
          assert.ok(shown.outlineStyle === "solid" && shown.width >= 2, JSON.stringify(shown));
        }
      }
    });
  }
}

/** Presses Tab until the focus is on what is looked for. */
async function tabTo(page, isWanted) {
  for (let stop = 0; stop < 60; stop += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluateHandle(() => document.activeElement);
    if (await focused.evaluate(new Function("focused", `return (${isWanted})(focused)`))) return;
  }
  throw new Error(`not reached with the keyboard: ${isWanted}`);
}
