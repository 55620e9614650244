// The server under test, in a folder of its own that goes when it ends.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Starts a demo server on a free port and returns where it is and how it ends. */
export async function startServer(program, ...more) {
  const folder = mkdtempSync(join(tmpdir(), "vt-web-browser-"));
  const options = ["--demo", "--listen", "127.0.0.1:0", "--db", join(folder, "demo.db"), ...more];
  const child = spawn(program, options, { stdio: ["ignore", "pipe", "pipe"], env: { RUST_LOG: "warn" } });
  // However this process ends, neither the server nor its folder stays.
  process.once("exit", () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  const log = [];
  createInterface(child.stderr).on("line", (line) => log.push(line));
  const ended = once(child, "exit");
  const said = once(createInterface(child.stdout), "line");
  const first = await Promise.race([said, ended]);
  const origin = /http:\/\/[0-9.:]+/.exec(String(first[0]))?.[0];
  if (origin === undefined) throw new Error(`${program} did not start: ${log.join("\n")}`);
  const stop = async () => {
    child.kill("SIGTERM");
    const [code] = await ended;
    return { code, log };
  };
  return { origin, stop };
}
