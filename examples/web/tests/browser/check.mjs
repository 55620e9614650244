// A check has a name, and is counted if it holds.

import { test } from "node:test";

let held = 0;

/** How many checks held so far. */
export const count = () => held;

export function check(name, body) {
  return test(name, { timeout: 60_000 }, async () => {
    await body();
    held += 1;
  });
}
