// What the checks share: a server, a browser, and ways to get around in it.

import { Watch, startBrowser } from "./browser.mjs";
import { startServer } from "./server.mjs";

/** So many answers come at once: fast enough to wait for, slow enough to be seen. */
const IN_FLIGHT = "10";

export class Stage {
  static async open(program) {
    const server = await startServer(program, "--max-in-flight", IN_FLIGHT);
    return new Stage(server, await startBrowser());
  }

  constructor(server, browser) {
    this.server = server;
    this.origin = server.origin;
    this.browser = browser;
    this.watch = new Watch(server.origin);
  }

  /** A browser of somebody who was never here before, unless a state says so. */
  async visitor(options = {}) {
    const context = await this.browser.newContext({ baseURL: this.origin, ...options });
    context.setDefaultTimeout(15_000);
    return this.watch.over(context);
  }

  async close() {
    await this.browser.close();
    return this.server.stop();
  }
}

/** Uploads a list by the form and returns where its report is. */
export async function upload(page, { name, bytes }) {
  await page.goto("/");
  await page.getByLabel("Choose a file").setInputFiles({ name, mimeType: "text/plain", buffer: bytes });
  await page.getByRole("button", { name: "Make the report" }).click();
  await page.waitForURL("**/reports/*");
  return new URL(page.url()).pathname;
}

/** Waits until the report that is shown is finished. */
export async function finished(page) {
  await page.locator("[data-report]:not([data-live])").waitFor({ timeout: 40_000 });
}

/** The hashes in the rows that are shown, in their order. */
export function hashes(page) {
  return page.locator("table.rows tbody th code").allTextContents();
}

/** The texts of a column, by the name at its head. */
export async function column(page, name) {
  const heads = await page.locator("table.rows thead th").allTextContents();
  const number = heads.indexOf(name) + 1;
  if (number === 0) throw new Error(`no column ${name} among ${heads}`);
  return page.locator(`table.rows tbody tr > :nth-child(${number})`).allTextContents();
}

/** The row of a hash. */
export function row(page, hash) {
  return page.locator("table.rows tbody tr", { has: page.locator(`code:text-is("${hash}")`) });
}
