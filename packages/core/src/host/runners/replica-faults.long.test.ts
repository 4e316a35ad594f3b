import { describeRunnerPool } from "@menagerie/testing/runner-pool";

// The assertions are in the rows of the table (packages/testing/src/runner-pool), one test for each.
describeRunnerPool({ name: "inline, with replicas", runner: "inline", isolates: false, replicas: 3 });
describeRunnerPool({ name: "process, with replicas", runner: "process", isolates: true, replicas: 3 });
