/** Writes specs/*.schema.json anew. `npm run schemas` */
import { writeFile } from "node:fs/promises";
import { jsonSchemas } from "./json-schemas.ts";

for (const [file, text] of Object.entries(jsonSchemas())) {
  await writeFile(new URL(`../../specs/${file}`, import.meta.url), text);
}
