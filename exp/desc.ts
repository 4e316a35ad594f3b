import { decodeImage } from "@menagerie/vision";
import { readFileSync, readdirSync } from "node:fs";
for (const d of ["aud", "pic", "tif"]) for (const f of readdirSync("/tmp/outsider11/files/" + d)) {
  await decodeImage(readFileSync("/tmp/outsider11/files/" + d + "/" + f)).catch((e) => { if (/TGA|no kind/.test(e.message)) console.log(d, f, e.message.slice(0, 90)); });
}
