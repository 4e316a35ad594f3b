import { decodeImage } from "@menagerie/vision";
import { readFileSync } from "node:fs";
const ref = JSON.parse(readFileSync(process.env.REF ?? "/tmp/m11/ref.json", "utf8"));
const only = process.argv[2];
const n = { pillow: 0, opencv: 0, refused: 0 };
for (const k of Object.keys(ref)) {
  if (only && !k.includes(only)) continue;
  for (const [i, reader] of [[0, "pillow"], [1, "opencv"]] as const) {
    const R = ref[k][i];
    let r: any, e: any;
    try { r = await decodeImage(readFileSync((process.env.FILES ?? "/tmp/outsider11/files/") + k), undefined, reader); } catch (x) { e = x; }
    const no = R === null || typeof R === "string";
    if (e && no) { n.refused++; if (only) console.log(k, reader, "both refuse", e.message); continue; }
    if (e) { console.log(k.padEnd(16), reader, "REFUSED", e.message.slice(0, 160), "| they read", R); continue; }
    if (no) { console.log(k.padEnd(16), reader, "read", r.width, r.height, "| they refuse", R); continue; }
    if (r.width !== R[0] || r.height !== R[1]) { console.log(k, reader, "SIZE", r.width, r.height, R); continue; }
    const p = readFileSync("/tmp/m11/ref/" + (i ? "cv-" : "pil-") + k.replace("/", "-"));
    let m = 0, c = 0;
    for (let j = 0; j < p.length; j++) { const v = Math.abs(p[j]! - r.data[j]); if (v) { c++; if (v > m) m = v; } }
    if (m) console.log(k.padEnd(16), reader, "DIFF max", m, "n", c, "/", p.length, R); else n[reader]++;
  }
}
console.log(n);
