// Lists of hashes to upload: of files that the simulator knows by number.

import { createHash } from "node:crypto";

/** The digests of the simulator's n-th file, whose text is known. */
export function sample(n) {
  const digest = (algorithm) => createHash(algorithm).update(`vt-sim sample ${n}\n`).digest("hex");
  return { md5: digest("md5"), sha1: digest("sha1"), sha256: digest("sha256") };
}

/** The file whose names and labels are markup, formulas and control characters. */
export const HOSTILE = sample(8).sha256;

/** So many SHA-256 hashes, one on each line. */
export function plain(count, from) {
  const hashes = Array.from({ length: count }, (_, n) => sample(from + n).sha256);
  return { name: "plain.txt", hashes, bytes: Buffer.from(hashes.join("\n")) };
}

/** Hashes of three kinds as they stand in mails, logs and tables, and what is none. */
export function messy() {
  const kinds = ["sha256", "md5", "sha1"];
  // Files, and not kinds, are numbered through: each line costs a question.
  const hashes = Array.from({ length: 60 }, (_, n) => sample(n)[kinds[n % 3]]);
  const lines = hashes.map((hash, n) => decorations[n % decorations.length](hash, n));
  const text = [
    "Dear all,\r\nthese came in last night; please check.\r\n",
    ...lines,
    "not a hash: deadbeef, 2026-01-15T12:00:00Z, 0123456789",
    // One digit is lost: that is told.
    sample(900).sha256.slice(1),
    `once more: ${hashes[3]} and ${hashes[4].toUpperCase()}`,
    "-- \r\nÄnne Müller · Größe: 12 µs · 日本語",
  ].join("\r\n");
  return { name: "Fälle <b>März</b>.txt", hashes, bytes: Buffer.from(text) };
}

/** The same as some programs of Windows write it. */
export function messyInUtf16() {
  const { name, hashes, bytes } = messy();
  return { name: name.replace("März", "April"), hashes, bytes: Buffer.from(`\ufeff${bytes}`, "utf16le") };
}

const decorations = [
  (hash) => hash,
  (hash) => `${hash}  ./bin/setup.exe`,
  (hash, n) => `${n};"C:\\Temp\\a b.dll";"${hash.toUpperCase()}";2026-01-15`,
  (hash) => `see https://www.virustotal.com/gui/file/${hash}?nocache=1.`,
  (hash) => `<td>${hash}</td><td>malicious</td>`,
  (hash, n) => `2026-01-15T12:00:00Z host${n} av[12]: quarantined (${hash}), user=root`,
];
