import { describeRunnerPool } from "@menagerie/testing/runner-pool";

// The assertions are in the rows of the table (packages/testing/src/runner-pool), one test for each.
describeRunnerPool({ name: "process", runner: "process", isolates: true });
