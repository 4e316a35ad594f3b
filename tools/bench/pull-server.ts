import { HubInABox } from "@menagerie/pull/hub-in-a-box";

/** A hub in a process of its own, as hubs are, with the folder that is named. Ends with its standard input. */
const hub = await HubInABox.start({ "acme/model": { folder: process.argv[2] ?? "" } });
process.stdout.write(`${hub.address}\n`);
process.stdin.on("end", () => process.exit(0)).resume();
