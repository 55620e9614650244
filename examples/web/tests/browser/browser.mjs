// A headless Chromium, and what is watched on every page that it opens.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

export async function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? onPath(),
    args: [
      // There is nothing to be kept from root, and its sandbox does not start there.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      // Whatever a page asks for, nothing leaves this machine.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
}

function onPath() {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of NAMES) {
      const program = join(folder, name);
      try {
        accessSync(program, constants.X_OK);
        return program;
      } catch {
        // The next one.
      }
    }
  }
  throw new Error(`none of ${NAMES.join(", ")} is installed`);
}

/** Notes what no page may do: complain, open dialogs, ask other hosts. */
export class Watch {
  requests = 0;
  strays = [];
  complaints = [];
  dialogs = [];
  #origin;
  #expected = new Set();

  constructor(origin) {
    this.#origin = origin;
  }

  /** An answer that is an error on purpose: the browser reports it as one. */
  expectFailure(url) {
    this.#expected.add(url);
  }

  over(context) {
    context.on("request", (request) => {
      this.requests += 1;
      const { protocol, origin } = new URL(request.url());
      // A report that was downloaded is opened from the disk.
      if (origin !== this.#origin && protocol !== "file:") this.strays.push(request.url());
    });
    context.on("console", (message) => {
      const { url } = message.location();
      if (["error", "warning"].includes(message.type()) && !this.#expected.has(url)) {
        this.complaints.push(`${url}: ${message.text()}`);
      }
    });
    context.on("weberror", (error) => this.complaints.push(String(error.error())));
    context.on("dialog", (dialog) => this.#answer(dialog));
    return context;
  }

  /** What is done about the next dialog, which is expected. */
  answerNext(answer) {
    this.next = answer;
  }

  #answer(dialog) {
    const { next } = this;
    this.next = undefined;
    if (next === undefined) this.dialogs.push(dialog.message());
    return next === "accept" ? dialog.accept() : dialog.dismiss();
  }
}
