import { describeRunnerPool } from "@menagerie/testing/runner-pool";

describeRunnerPool({ name: "inline", runner: "inline", isolates: false });
