import { decodeAudio } from "@menagerie/audio";
import { readFileSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
const A = "/tmp/outsider11/files/aud/";
for (const f of process.argv.slice(2)) {
  const all = readFileSync(A + f);
  let bad = 0, out: string[] = [];
  for (const part of [0.31, 0.5, 0.62, 0.77, 0.83, 0.9, 0.97]) {
    const b = all.subarray(0, Math.floor(all.length * part));
    writeFileSync("/tmp/m11/cut." + f.split(".").pop(), b);
    const opus = /opus|webm|^o\./.test(f) ? ["-c:a", "libopus"] : [];
    const ff = spawnSync("ffmpeg", ["-v", "error", ...opus, "-i", "/tmp/m11/cut." + f.split(".").pop(), "-map", "0:a:0", "-f", "f32le", "-c:a", "pcm_f32le", "-"], { maxBuffer: 1e9 });
    const ref = new Float32Array(ff.stdout.buffer.slice(ff.stdout.byteOffset, ff.stdout.byteOffset + (ff.stdout.length & ~3)));
    try {
      const r = await decodeAudio(b);
      const C = r.channels.length, n = r.channels[0]!.length, m = ref.length / C;
      let d = 0; for (let i = 0; i < Math.min(n, m); i++) for (let c = 0; c < C; c++) d = Math.max(d, Math.abs(r.channels[c]![i]! - ref[i * C + c]!));
      if (n !== m || d > 1e-4) { bad++; out.push(`${part}: ${n} ref ${m} d ${d.toExponential(1)}`); }
    } catch (e: any) { bad++; out.push(`${part}: ERR ${e.message.slice(0, 60)} ref ${ref.length}`); }
  }
  console.log(f.padEnd(10), bad ? "DIFF " + out.join(" | ") : "ok");
}
