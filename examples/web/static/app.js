// What pages can do more when scripts run. Without them everything works by
// links, forms and reloading.
"use strict";

document.documentElement.classList.add("scripted");

/** A form takes files that are dropped anywhere on its field. */
function acceptDrops(form) {
  const field = form.querySelector("[data-drop]");
  const input = field.querySelector("input[type=file]");
  const mark = (on) => field.classList.toggle("over", on);
  for (const name of ["dragenter", "dragover"]) {
    field.addEventListener(name, (event) => { event.preventDefault(); mark(true); });
  }
  for (const name of ["dragleave", "drop"]) {
    field.addEventListener(name, (event) => { event.preventDefault(); mark(false); });
  }
  field.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length === 0) return;
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}

/** Shows how far a report is. */
function showProgress(root, progress) {
  for (const name of ["title", "text"]) {
    const field = root.querySelector(`[data-field=${name}]`);
    if (field.textContent !== progress[name]) field.textContent = progress[name];
  }
  root.querySelector("[data-bar]").setAttribute("aria-valuenow", progress.percent);
  let before = 0;
  for (const name of ["detected", "clean", "not_found", "pending", "failed", "open"]) {
    const from = Math.floor((before * 1000) / Math.max(progress.total, 1));
    before += progress[name];
    const to = Math.floor((before * 1000) / Math.max(progress.total, 1));
    const share = root.querySelector(`[data-share=${name}]`);
    share.setAttribute("x", from);
    share.setAttribute("width", to - from);
    root.querySelector(`[data-count=${name}]`).textContent = progress[name];
  }
}

/** Puts the present rows in the place of those that are shown. */
async function refreshRows(root) {
  const rows = root.querySelector("[data-rows]");
  const answer = await fetch(`${root.dataset.report}/rows${location.search}`);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const region = rows.querySelector(".scroll");
  const [left, focused] = [region ? region.scrollLeft : 0, region === document.activeElement];
  rows.replaceChildren(...fresh.body.childNodes);
  const after = rows.querySelector(".scroll");
  if (!after) return;
  after.scrollLeft = left;
  if (focused) after.focus({ preventScroll: true });
}

/** Follows a report until it is finished. */
function follow(root) {
  let done = -1;
  let isBusy = false;
  const events = new EventSource(`${root.dataset.report}/events`);
  events.addEventListener("message", async (event) => {
    const progress = JSON.parse(event.data);
    showProgress(root, progress);
    const now = progress.total - progress.open;
    if (now !== done && !isBusy) {
      done = now;
      isBusy = true;
      await refreshRows(root).finally(() => { isBusy = false; });
    }
    if (progress.state !== "working") {
      events.close();
      location.reload();
    }
  });
}

for (const form of document.querySelectorAll("[data-upload]")) acceptDrops(form);
for (const form of document.querySelectorAll("[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!confirm(form.dataset.confirm)) event.preventDefault();
  });
}
for (const root of document.querySelectorAll("[data-live]")) follow(root);
