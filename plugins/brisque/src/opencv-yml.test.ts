import { describe, expect, it } from "vitest";
import { readBrisqueRegression } from "./brisque-score.ts";
import { OpencvYml } from "./opencv-yml.ts";
import { predictSvr, readSvr } from "./svr.ts";

const svm = `%YAML:1.0
---
opencv_ml_svm:
   format: 3
   svmType: EPS_SVR
   kernel:
      type: RBF
      gamma: 5.0000000000000000e-01
   var_count: 2
   sv_total: 2
   support_vectors:
      - [ 1., 0. ]
      - [ -1.,
          5.0e-01 ]
   decision_functions:
      -
         sv_count: 2
         rho: -3.
         alpha: [ 2., -1. ]
`;

describe("readSvr", () => {
  it("reads lists that run over several lines, and numbers with a bare point", () => {
    const svr = readSvr(file(svm), 2);
    expect(svr).toMatchObject({ gamma: 0.5, rho: -3 });
    expect(Array.from(svr.vectors)).toEqual([1, 0, -1, 0.5]);
    expect(Array.from(svr.alpha)).toEqual([2, -1]);
  });

  it("reads what OpenCV 5 writes, whose first line is another", () => {
    expect(readSvr(file(svm.replace("%YAML:1.0", "%YAML 1.2")), 2).rho).toBe(-3);
  });

  it("predicts the weighted sum of kernels less rho", () => {
    const expected = 2 * Math.exp(-0.5 * 1) - Math.exp(-0.5 * (1 + 0.25)) + 3;
    expect(predictSvr(readSvr(file(svm), 2), new Float32Array([0, 0]))).toBeCloseTo(expected, 6);
  });

  it.each([
    ["rho", svm.replace(/ *rho:.*\n/, ""), "is missing"],
    ["gamma", svm.replace("5.0000000000000000e-01\n   var", "much\n   var"), 'is "much", not a number'],
    ["svmType", svm.replace("EPS_SVR", "C_SVC"), "is C_SVC; this model is read only as EPS_SVR or NU_SVR"],
    ["type", svm.replace("RBF", "LINEAR"), "is LINEAR; this model is read only as RBF"],
    ["var_count", svm.replace("var_count: 2", "var_count: 36"), "is 36, but there are 2 features"],
    ["support_vectors", svm.replace("      - [ 1., 0. ]\n", ""), "has 1 rows, not 2"],
    ["support_vectors[0]", svm.replace("[ 1., 0. ]", "[ 1. ]"), "has 1 numbers, not 2"],
    ["alpha", svm.replace("[ 2., -1. ]", "[ 2., x ]"), "has an entry that is not a number"],
    ["alpha", svm.slice(0, svm.indexOf("-1. ]")), "is missing or not a list"],
  ])("names the file and the key %s when it is wrong", (key, text, problem) => {
    expect(() => readSvr(file(text), 2)).toThrowError(
      expect.objectContaining({
        code: "model_load_failed",
        message: `model.yml, key "${key}": ${problem}.`,
        details: { file: "model.yml", key },
      }),
    );
  });

  it("says of a file in another format what it lacks", () => {
    expect(() => file("<?xml version='1.0'?>")).toThrowError(
      expect.objectContaining({
        code: "model_load_failed",
        message: expect.stringContaining("not a YAML file as OpenCV writes them"),
      }),
    );
  });
});

describe("readBrisqueRegression", () => {
  it("refuses a range table of another size", () => {
    const range = file(
      "%YAML:1.0\n---\nrange: !!opencv-matrix\n   rows: 2\n   cols: 3\n   dt: f\n   data: [ 0., 0., 0., 1., 1., 1. ]\n",
    );
    expect(() => readBrisqueRegression(file(svm), range)).toThrowError(
      expect.objectContaining({ message: expect.stringContaining("a table of 2 x 3, not 2 x 36") }),
    );
  });
});

function file(text: string): OpencvYml {
  return new OpencvYml(text, "model.yml", "model_load_failed");
}
