import { decodeAudio } from "@menagerie/audio";
import { readFileSync } from "node:fs";
for (const f of ["a.ts", "m.ts", "sx.sph", "t.tta", "sx.voc", "sx.8svx", "le.au", "pad.mp3", "mute.mp4", "empty.wav"]) await decodeAudio(readFileSync("/tmp/outsider11/files/aud/" + f)).then(() => console.log(f, "READ"), (e) => console.log(f, e.message.slice(0, 170)));
for (const x of [undefined, null, "", new ArrayBuffer(0), Buffer.alloc(3), "file.wav", [1, 2], Promise.resolve(1), new Float32Array(2)]) await decodeAudio(x as never).catch((e) => console.log(e.code, e.message));
