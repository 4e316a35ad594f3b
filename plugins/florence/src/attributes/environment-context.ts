import { affirmed, isAffirmed, type Vocabulary } from "./mentions.ts";

/** When and in what light and weather a caption says that a picture was taken; `undefined` where it does not say. */
export interface EnvironmentContext {
  time_of_day: TimeOfDay | undefined;
  /** Something but the sky gives light. `false` where the text says that nothing does. */
  has_artificial_light: boolean | undefined;
  weather: Weather | undefined;
  /** Somebody brought light into the night: artificial light at night. `undefined` where either is not known. */
  is_lit_at_night: boolean | undefined;
}

export type TimeOfDay = "night" | "dusk" | "dawn" | "day";
export type Weather = "sunny" | "cloudy" | "rainy" | "snowy" | "foggy" | "stormy" | "windy";

/** Reads a caption, the more detailed the better. The first time and the first weather that it affirms count. */
export function environmentContext(caption: string): EnvironmentContext {
  const time_of_day = firstOf(caption, times, []);
  const has_artificial_light = isAffirmed(caption, lights, noLamp);
  const isKnown = time_of_day !== undefined && has_artificial_light !== undefined;
  return {
    time_of_day,
    has_artificial_light,
    weather: firstOf(caption, weathers, noWeather),
    is_lit_at_night: isKnown ? time_of_day === "night" && has_artificial_light : undefined,
  };
}

function firstOf<Name extends string>(
  text: string,
  vocabulary: Vocabulary<Name>,
  others: readonly string[],
): Name | undefined {
  return affirmed(text, vocabulary, others)[0];
}

// "Dark" alone is a colour's shade, and "light" a shade or a weight: both need a word beside them.
const times: Vocabulary<TimeOfDay> = {
  night: [
    "nighttime",
    "night time",
    "at night",
    "midnight",
    "after dark",
    "dark outside",
    "dark sky",
    "moonlight",
    "moonlit",
  ],
  dusk: ["sunset", "twilight", "evening", "nightfall", "setting sun"],
  dawn: ["sunrise", "daybreak", "early morning", "rising sun"],
  day: [
    "daytime",
    "daylight",
    "sunny",
    "sunlight",
    "midday",
    "noon",
    "morning",
    "afternoon",
    "blue sky",
    "during the day",
  ],
};

const weathers: Vocabulary<Weather> = {
  sunny: ["sunshine", "clear sky", "clear skies", "clear day", "clear weather", "blue sky", "bright day"],
  cloudy: ["clouds", "overcast", "gray sky", "grey sky"],
  rainy: ["rain", "raining", "rainfall", "drizzle", "downpour"],
  snowy: ["snow", "snowing", "snowfall", "blizzard", "covered in snow"],
  foggy: ["fog", "mist", "misty", "haze", "hazy"],
  stormy: ["storm", "thunderstorm", "lightning", "hailstorm"],
  windy: ["strong wind", "high wind"],
};

const noWeather = ["fog light", "storm door", "storm drain", "snow plow", "snow blower", "rain gutter", "rain barrel"];

const lights: Vocabulary<string> = {
  "artificial light": ["artificial lighting", "electric light", "light from a lamp", "illuminated by", "lit by"],
  streetlight: ["street light", "street lamp", "lamp post", "streetlamp"],
  flashlight: ["flash light", "torch", "headlamp", "spotlight", "floodlight", "searchlight"],
  headlights: ["headlights on", "headlight on", "headlights shining", "headlights glowing", "bright headlights"],
  "porch light": [
    "security light",
    "garage light",
    "ceiling light",
    "fluorescent light",
    "light fixture",
    "light bulb",
  ],
  neon: ["neon light", "neon sign"],
  "lights on": ["lights are on", "light is on", "lights turned on", "lit up"],
};

/** What the sky lights, and lamps that are out. */
const noLamp = [
  ...["the sun", "sunlight", "the moon", "moonlight", "natural light", "daylight"].flatMap((sky) => [
    `lit by ${sky}`,
    `illuminated by ${sky}`,
  ]),
  ...["street lights are off", "streetlights are off", "lights are off", "lights off", "traffic light"],
];
