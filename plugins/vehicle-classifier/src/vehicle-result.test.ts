import { expect, test } from "vitest";
import { vehicleResult } from "./vehicle-result.ts";

const answer = (scores: Record<string, number>) => ({
  labels: Object.entries(scores)
    .map(([label, score]) => ({ label, score }))
    .sort((a, b) => b.score - a.score),
});

test("the likeliest vehicle is named for people, and known as commercial or not", () => {
  expect(vehicleResult(answer({ work_van: 0.8, car: 0.15, background: 0.05 }))).toEqual({
    vehicle_type: "work_van",
    display_name: "Work van",
    is_vehicle: true,
    is_commercial: true,
    confidence: 0.8,
    vehicle_score: expect.closeTo(0.95, 12),
    alternative: undefined,
  });
  expect(vehicleResult(answer({ car: 0.5, pickup_truck: 0.4, pedestrian: 0.1 }))).toMatchObject({
    vehicle_type: "car",
    is_commercial: false,
    alternative: "pickup_truck",
  });
  const both = ["non-motorized_vehicle", "non_motorized_vehicle"].map((label) => vehicleResult(answer({ [label]: 1 })));
  expect(both.map(({ display_name }) => display_name)).toEqual(["Non-motorised vehicle", "Non-motorised vehicle"]);
});

test("types are known however lists of classes write them", () => {
  for (const label of ["work_van", "Work van ", "WorkVan", "work-van"])
    expect(vehicleResult(answer({ [label]: 1 }))).toMatchObject({ vehicle_type: "work_van", is_commercial: true });
  expect(vehicleResult(answer({ Caminhão: 1 }))).toMatchObject({ vehicle_type: "caminhão", is_commercial: false });
  expect(vehicleResult(answer({ "No vehicle": 0.6, car: 0.4 }))).toMatchObject({ is_vehicle: false });
});

test("an empty street is no bus, whatever scores best among the vehicles", () => {
  expect(vehicleResult(answer({ background: 0.9, pedestrian: 0.08, bus: 0.02 }))).toEqual({
    vehicle_type: undefined,
    display_name: "No vehicle",
    is_vehicle: false,
    is_commercial: false,
    confidence: expect.closeTo(0.98, 12),
    vehicle_score: 0.02,
    alternative: undefined,
  });
  expect(vehicleResult(answer({ car: 0.4, background: 0.3, pedestrian: 0.3 }))).toMatchObject({ is_vehicle: false });
  expect(() => vehicleResult({ labels: [] })).toThrow(expect.objectContaining({ code: "input_invalid" }));
});
