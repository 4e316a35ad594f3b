#!/usr/bin/env node
import { endWhenAsked } from "./stop-signals.ts";

endWhenAsked();
// Read only now: it takes a moment in which a signal may come.
const { runProgram } = await import("./run-program.ts");
await runProgram();
