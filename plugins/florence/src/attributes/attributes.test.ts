import { expect, test } from "vitest";
import { environmentContext } from "./environment-context.ts";
import { personAttributes } from "./person-attributes.ts";
import { sceneAnalysis } from "./scene-analysis.ts";
import { saysYes } from "./spoken-answer.ts";
import { vehicleAttributes } from "./vehicle-attributes.ts";

// Captions in the manner of Florence-2's, read by a person.

test.each<[caption: string, colours: string[], body: string | undefined]>([
  ["The image shows a red car parked in front of a blue building.", ["red"], undefined],
  ["In front of a yellow house with a green door, a silver SUV is parked.", ["silver"], "suv"],
  ["A red and white delivery truck driving down a street.", ["red", "white"], "truck"],
  ["a red, white and blue bus", ["red", "white", "blue"], "bus"],
  ["A dark grey Toyota pickup truck with black wheels.", ["grey"], "pickup"],
  ["The truck is white and has orange stripes; the sky is blue.", ["white"], "truck"],
  ["The car's color is dark blue.", ["blue"], undefined],
  ["A sedan that stands by a wall covered in ivy. Its driver is standing.", [], "sedan"],
  ["A vehicle parked near a business, a vanity shop and a carved bench.", [], undefined],
  ["The minivan is not red but green.", ["green"], "minivan"],
  ["A man in a red shirt driving a car.", [], undefined],
  ["Two tan station wagons and a black motorcycle", ["tan", "black"], "station_wagon"],
  ["There is no black van in the image, only a white hatchback.", ["white"], "hatchback"],
  ["an 18 wheeler tractor-trailer", [], "semi_truck"],
  ["The vehicle is a Honda Accord sedan, which is silver in color.", ["silver"], "sedan"],
  ["The sedan is parked by a tree that is green.", [], "sedan"],
  ["Dark red.", ["red"], undefined],
])("of a vehicle that is described as '%s' its own colours and body are told", (caption, colours, body_type) => {
  expect(vehicleAttributes(caption)).toMatchObject({ colours, body_type });
});

test("a vehicle is commercial where its text or writing says so, and unknown where neither does", () => {
  expect(vehicleAttributes("A white van", " FedEx Express\n")).toMatchObject({
    is_commercial: true,
    commercial_text: "FedEx Express",
  });
  expect(vehicleAttributes("A yellow taxi in the rain", "")).toMatchObject({
    is_commercial: true,
    commercial_text: undefined,
  });
  expect(vehicleAttributes("A red sedan", "ABC 1234")).toMatchObject({
    is_commercial: undefined,
    commercial_text: undefined,
  });
  expect(vehicleAttributes("A blue van without any company logo").is_commercial).toBe(false);
  expect(vehicleAttributes("A car with a Ford logo on the grille, seen in close-ups").is_commercial).toBeUndefined();
});

test.each<[caption: string, clothing: [string, string[]][], carrying: string[], action: string | undefined]>([
  [
    "A man wearing a blue jacket and black pants is walking up the driveway, carrying a cardboard box.",
    [
      ["jacket", ["blue"]],
      ["pants", ["black"]],
    ],
    ["box"],
    "walking",
  ],
  [
    "A woman in a red and white striped shirt holds an umbrella.",
    [["shirt", ["red", "white"]]],
    ["umbrella"],
    undefined,
  ],
  ["A person with a dog standing next to a suitcase.", [], [], "standing"],
  ["The man isn't wearing a hat, and has a backpack on his back.", [], ["backpack"], undefined],
  ["A boy without a coat or gloves is running past a bag on the ground.", [], [], "running"],
  ["A man dressed in a well-tailored grey suit, crouching by a red car", [["suit", ["grey"]]], [], "crouching"],
  ["Two people, one with dark hoodies; capable hands, a masked ball.", [["hoodie", []]], [], undefined],
])("of a person who is described as '%s' clothes, load and action are told", (caption, clothing, carrying, action) => {
  const found = personAttributes(caption);
  expect(found.clothing.map(({ name, colours }) => [name, colours])).toEqual(clothing);
  expect(found).toMatchObject({ carrying, action });
});

test("who works for a service is known by uniform, trade or vest, and unknown where the text is silent", () => {
  expect(personAttributes("A mail carrier walks to the door.").is_service_worker).toBe(true);
  expect(personAttributes("a man in a high-visibility vest").is_service_worker).toBe(true);
  expect(personAttributes("A man who is not wearing a uniform").is_service_worker).toBe(false);
  expect(personAttributes("A man who is uninformed").is_service_worker).toBeUndefined();
});

test("a scene's tools, unusual and abandoned things come with their boxes where objects have them, and once", () => {
  const box = { x1: 1, y1: 2, x2: 3, y2: 4 };
  const objects = [
    { label: "man with a crowbar", box },
    { label: "a fire hydrant", box },
  ];
  const scene = sceneAnalysis(
    "A man with a crowbar stands on a ladder. There is no gun. An abandoned blue suitcase and a bag that was left unattended; a box in a cart.",
    objects,
  );
  expect(scene).toEqual({
    unusual: [{ name: "crowbar", box }],
    tools: [{ name: "crowbar", box }, { name: "ladder" }],
    abandoned: [{ name: "suitcase" }, { name: "bag" }],
  });
  expect(
    sceneAnalysis("People at a gunmetal table saw the toolbar of a masked laptop. He saw smoke detectors."),
  ).toEqual({
    unusual: [],
    tools: [{ name: "saw" }],
    abandoned: [],
  });
});

test.each<[caption: string, time: string | undefined, light: boolean | undefined, weather: string | undefined]>([
  ["A street at night, lit by street lights, in heavy rain.", "night", true, "rainy"],
  ["The image shows a sunny day with a clear blue sky.", "day", undefined, "sunny"],
  [
    "A dark blue car with a light grey roof near a train on Sunday, a knight's nightstand beside it",
    undefined,
    undefined,
    undefined,
  ],
  ["The sky is orange at sunset and overcast.", "dusk", undefined, "cloudy"],
  ["It is not raining; snow covers the ground in the early morning.", "dawn", undefined, "snowy"],
  ["A garden at midnight without any street lights, illuminated by the moon", "night", false, undefined],
  ["A car with fog lights by a storm drain during the day, illuminated by the sun", "day", undefined, undefined],
  ["An evening in the mist: a man with a flashlight.", "dusk", true, "foggy"],
])("what '%s' says of time, light and weather is told", (caption, time_of_day, has_artificial_light, weather) => {
  expect(environmentContext(caption)).toMatchObject({ time_of_day, has_artificial_light, weather });
});

test("light at night is told where both are known", () => {
  expect(environmentContext("A flashlight at night").is_lit_at_night).toBe(true);
  expect(environmentContext("A flashlight at noon").is_lit_at_night).toBe(false);
  expect(environmentContext("A yard at night").is_lit_at_night).toBeUndefined();
});

test("an answer says yes or no in words, or neither", () => {
  expect(["Yes.", "yes, it is", "No, there isn't", "It is.", "It is not.", "It isn't"].map(saysYes)).toEqual([
    ...[true, true, false, true, false, false],
  ]);
  expect(["eyes", "looks like a door", "notice", "It is a car", "", "northern"].map(saysYes)).toEqual(
    Array.from({ length: 6 }, () => undefined),
  );
});
