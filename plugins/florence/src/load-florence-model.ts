import type { DescribeImageInput, DescribeImageOutput } from "@menagerie/core";
import { type FunctionalForm, type FunctionalModel, functionalForm } from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";
import { adoptFlorence } from "./adopt-florence.ts";
import { FlorenceLoader } from "./florence-loader.ts";

/** A Florence-2 that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface FlorenceModel extends FunctionalModel {
  describeImage(input: DescribeImageInput): Promise<DescribeImageOutput>;
}

/** Loads the Florence-2 in a folder of the public layout: the functional form of FlorenceLoader. */
export const loadFlorenceModel: FunctionalForm<FlorenceModel> = functionalForm(
  {
    adopt: adoptFlorence,
    loader: FlorenceLoader,
    engines: [onnxProvider],
    declared: { model_name: "florence", role: "image_description", tasks: ["describe-image"], loader: "florence" },
  },
  ({ loader }) => ({ describeImage: (input: DescribeImageInput) => loader.run("describe-image", input) }),
);
