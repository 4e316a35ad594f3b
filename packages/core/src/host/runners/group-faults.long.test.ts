import { describeRunnerPool } from "@menagerie/testing/runner-pool";

// The assertions are in the rows of the table (packages/testing/src/runner-pool), one test for each.
describeRunnerPool({ name: "inline, in groups", runner: "inline", isolates: false, grouped: true });
describeRunnerPool({ name: "process, in groups", runner: "process", isolates: true, grouped: true });
