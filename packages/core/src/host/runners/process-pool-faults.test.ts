import { describeRunnerPool } from "@menagerie/testing/runner-pool";

describeRunnerPool({ name: "process", runner: "process", isolates: true });
