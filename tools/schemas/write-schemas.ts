/** Writes specs/*.schema.json and the schemas of kits anew. `npm run schemas` */
import { mkdir, writeFile } from "node:fs/promises";
import { jsonSchemas } from "./json-schemas.ts";

for (const [file, text] of Object.entries(jsonSchemas())) {
  const path = new URL(`../../${file}`, import.meta.url);
  await mkdir(new URL(".", path), { recursive: true });
  await writeFile(path, text);
}
