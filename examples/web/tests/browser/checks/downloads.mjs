// Reports as files: fetched by clicking, and opened.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { check } from "../check.mjs";
import { messy } from "../lists.mjs";

export async function downloads(stage) {
  const page = await stage.context.newPage();
  await page.goto(stage.messy.path);

  /** Clicks on a format and returns the file that came, and what is in it. */
  async function fetched(format) {
    const coming = page.waitForEvent("download");
    await page.getByRole("link", { name: format, exact: true }).click();
    const download = await coming;
    assert.match(download.suggestedFilename(), new RegExp(`^vt-report-[0-9a-f]{8}\\.${format.toLowerCase()}$`));
    // The browser's own folder goes with it; a name with an ending opens as what it is.
    const file = `${await download.path()}.${format.toLowerCase()}`;
    await download.saveAs(file);
    return { file, text: readFileSync(file, "utf8") };
  }

  const { hashes } = messy();

  await check("the CSV has a row for each hash, and no cell is a formula", async () => {
    const [head, ...rows] = records((await fetched("CSV")).text);
    assert.deepEqual(head.slice(0, 5), ["hash", "sha256", "status", "detections", "total"]);
    assert.deepEqual(rows.map((row) => row[0]), hashes);
    assert.ok(rows.every((row) => row.length === head.length));
    assert.deepEqual(rows.flat().filter((cell) => /^[=+@-]/.test(cell)), []);
  });

  await check("the JSON and the NDJSON say the same of each hash", async () => {
    const { rows } = JSON.parse((await fetched("JSON")).text);
    assert.deepEqual(rows.map((row) => row.hash), hashes);
    const lines = (await fetched("NDJSON")).text.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines, rows);
  });

  await check("the HTML opens by itself under its own policy, with every hash", async () => {
    const { file, text } = await fetched("HTML");
    assert.match(text, /http-equiv="?content-security-policy/i);
    const own = await stage.context.newPage();
    await own.goto(pathToFileURL(file).href);
    const content = await own.locator("body").innerText();
    for (const hash of hashes) assert.ok(content.includes(hash), hash);
    assert.ok(content.includes("<script>alert"), "the hostile name is there as text");
    assert.equal(await own.locator("script, img, iframe, object").count(), 0);
    await own.close();
  });

  await check("the PDF has every hash as text", async () => {
    const { file } = await fetched("PDF");
    const text = execFileSync("pdftotext", ["-layout", file, "-"], { encoding: "utf8", maxBuffer: 1 << 26 });
    const words = new Set(text.split(/\s+/));
    assert.deepEqual(hashes.filter((hash) => !words.has(hash)), []);
  });

  await check("a file has the engines that were chosen", async () => {
    await page.goto(`${stage.messy.path}?engine=Microsoft`);
    const [head, ...rows] = records((await fetched("CSV")).text);
    const engines = new Set(rows.map((row) => row[head.indexOf("engine")]));
    assert.deepEqual([...engines].filter((engine) => engine !== ""), ["Microsoft"]);
  });

  await page.close();
}

/** The records of a CSV (RFC 4180). */
function records(text) {
  const all = [];
  let record = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  cell.lastIndex = text.startsWith("\ufeff") ? 1 : 0;
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text);
    assert.notEqual(match, null, "that is no CSV");
    record.push(match[1]?.replaceAll('""', '"') ?? match[2]);
    if (match[3] !== ",") {
      all.push(record);
      record = [];
    }
  }
  return all;
}
