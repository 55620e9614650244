// Pictures of the pages, to be looked at.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { messy, plain } from "./lists.mjs";
import { finished, upload } from "./stage.mjs";

const DESK = { width: 1200, height: 860 };
const PHONE = { width: 390, height: 844 };

/** Writes a picture of each page into a folder. */
export async function screenshots(stage, folder) {
  mkdirSync(folder, { recursive: true });
  const context = await stage.visitor({ viewport: DESK });
  const page = await context.newPage();
  const shoot = (of, name) => of.screenshot({ path: join(folder, `${name}.png`) });
  await page.goto("/reports");
  await shoot(page, "dashboard-empty");
  const report = await upload(page, { ...messy(), name: "incident-2026-01-15.eml" });
  await page.waitForFunction(() => document.querySelector("[data-bar]").ariaValueNow > 45);
  await shoot(page, "progress");
  await finished(page);
  await shoot(page, "report");
  await page.goto(`${report}?engine=Fortinet,Microsoft,Kaspersky&sort=detections&order=desc`);
  await shoot(page, "report-engines");
  await page.goto(`${report}?show=error`);
  await shoot(page, "report-empty");
  await upload(page, { ...plain(250, 0), name: `${"a".repeat(90)}.txt` });
  await finished(page);
  await page.locator(".pages").scrollIntoViewIfNeeded();
  await shoot(page, "report-end");
  await page.goto("/reports");
  await shoot(page, "dashboard");
  await page.goto("/");
  await page.getByLabel("Or paste it").focus();
  await shoot(page, "home");
  await page.goto("/reports/nothing");
  await shoot(page, "problem");
  const seen = { storageState: await context.storageState() };
  await inOtherLights(stage, { ...seen, viewport: DESK, colorScheme: "dark" }, report, "dark", shoot);
  await inOtherLights(stage, { ...seen, viewport: PHONE, hasTouch: true }, report, "phone", shoot);
  await context.close();
}

async function inOtherLights(stage, options, report, name, shoot) {
  const context = await stage.visitor(options);
  const page = await context.newPage();
  for (const [path, what] of [["/", "home"], [report, "report"], ["/reports", "dashboard"]]) {
    await page.goto(path);
    await shoot(page, `${name}-${what}`);
  }
  await page.goto(report);
  await page.evaluate(() => document.querySelector(".tabs").scrollIntoView());
  await shoot(page, `${name}-rows`);
  await context.close();
}
