// Who sees what: the list of reports, links, deletion.

import assert from "node:assert/strict";
import { check } from "../check.mjs";
import { hashes } from "../stage.mjs";

export async function visitors(stage) {
  const page = await stage.context.newPage();
  const stranger = await (await stage.visitor()).newPage();
  const { path, name } = stage.utf16;

  await check("the list of reports has name, short digest and state of one's own", async () => {
    await page.goto("/reports");
    const line = page.locator("table.list tbody tr", { hasText: name });
    assert.equal(await line.getByRole("link").getAttribute("href"), path);
    assert.match(await line.locator("code").textContent(), /^[0-9a-f]{8,16}$/);
    const cells = await line.locator("td").allTextContents();
    assert.equal(cells[2], "ready");
    assert.equal(cells[3], "60");
    assert.ok(Number(cells[4]) > 0);
    await page.goto("/");
    await page.getByRole("heading", { name: "Your last reports" }).waitFor();
    await page.getByRole("link", { name }).click();
    await page.waitForURL(`**${path}`);
  });

  await check("somebody else does not see it in the list, but opens it by its link", async () => {
    await stranger.goto("/reports");
    await stranger.getByText("This browser has uploaded nothing yet.").waitFor();
    assert.equal(await stranger.locator("table.list").count(), 0);
    await stranger.goto(path);
    assert.deepEqual(await hashes(stranger), stage.utf16.hashes);
    // To have looked at it does not make it one's own.
    await stranger.goto("/reports");
    assert.equal(await stranger.locator("table.list").count(), 0);
  });

  await check("it is not deleted if one thinks better of it", async () => {
    await page.goto(path);
    stage.watch.answerNext("dismiss");
    await page.getByRole("button", { name: "Delete this report" }).click();
    assert.equal(stage.watch.next, undefined, "nobody was asked");
    assert.equal((await page.request.get(path)).status(), 200);
    assert.equal(new URL(page.url()).pathname, path);
  });

  await check("once deleted it is gone, for everybody and as every file", async () => {
    stage.watch.answerNext("accept");
    await page.getByRole("button", { name: "Delete this report" }).click();
    await page.waitForURL("**/reports");
    assert.equal(await page.getByRole("link", { name }).count(), 0);
    for (const ending of ["csv", "json", "ndjson", "html", "pdf"]) {
      assert.equal((await page.request.get(`${path}.${ending}`)).status(), 404, ending);
    }
    for (const somebody of [page, stranger]) {
      stage.watch.expectFailure(`${stage.origin}${path}`);
      const answer = await somebody.goto(path);
      assert.equal(answer.status(), 404);
      await somebody.getByRole("heading", { name: "There is no such report" }).waitFor();
    }
  });

  await page.close();
  await stranger.context().close();
}
