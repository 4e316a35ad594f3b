export { ServedZoo, type ServedZooOptions } from "./served-zoo.ts";
