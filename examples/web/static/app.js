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

/** The selector of what has the focus within a part of the page. */
function focusIn(part) {
  const focused = document.activeElement;
  if (!part.contains(focused)) return null;
  const href = focused.getAttribute("href");
  return href === null ? ".scroll" : `a[href="${CSS.escape(href)}"]`;
}

/** Puts other content in the place of what a part of the page shows. */
function replace(part, nodes) {
  const focused = focusIn(part);
  const left = part.querySelector(".scroll")?.scrollLeft;
  part.replaceChildren(...nodes);
  part.querySelector(".scroll")?.scrollTo({ left });
  if (focused !== null) part.querySelector(focused)?.focus({ preventScroll: true });
}

/** Fetches a page; null if it cannot be had now. */
async function page(address) {
  const answer = await fetch(address);
  return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

async function refreshRows(root) {
  const fresh = await page(`${root.dataset.report}/rows${location.search}`);
  if (fresh !== null) replace(root.querySelector("[data-rows]"), fresh.body.childNodes);
}

/** What a finished report has that one under way has not. */
async function finish(root) {
  const fresh = await page(location.href);
  for (const part of root.querySelectorAll("[data-final]")) {
    const nodes = fresh?.getElementById(part.id)?.childNodes;
    if (nodes !== undefined) replace(part, nodes);
  }
  root.removeAttribute("data-live");
}

/** Follows a report until it is finished. */
function follow(root) {
  let shown = -1;
  let news = null;
  let isBusy = false;
  const show = async (progress) => {
    const done = progress.total - progress.open;
    if (done !== shown) await refreshRows(root);
    shown = done;
    if (progress.state !== "working") await finish(root);
  };
  const events = new EventSource(`${root.dataset.report}/events`);
  events.addEventListener("message", async (event) => {
    news = JSON.parse(event.data);
    showProgress(root, news);
    if (news.state !== "working") events.close();
    if (isBusy) return;
    isBusy = true;
    try {
      // What comes meanwhile is caught up with.
      for (let next = news; next !== null; next = news) {
        news = null;
        await show(next);
      }
    } finally {
      isBusy = false;
    }
  });
  // Too many watch, or it was deleted: a connection that broke is none of these.
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 3000);
  });
}

for (const form of document.querySelectorAll("[data-upload]")) acceptDrops(form);
for (const form of document.querySelectorAll("[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!confirm(form.dataset.confirm)) event.preventDefault();
  });
}
for (const root of document.querySelectorAll("[data-live]")) follow(root);
