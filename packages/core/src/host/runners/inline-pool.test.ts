import { describeRunnerPool } from "@menagerie/testing/runner-pool";

// The assertions are in the rows of the table (packages/testing/src/runner-pool), one test for each.
describeRunnerPool({ name: "inline", runner: "inline", isolates: false });
