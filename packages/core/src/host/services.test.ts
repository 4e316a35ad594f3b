import { describe, expect, test } from "vitest";
import { provide, serviceToken } from "../container/container.ts";
import type { ModelError } from "../contract/model-error.ts";
import { type Clock, systemClock } from "../time/clock.ts";
import { createZoo, type ZooOptions } from "./create-zoo.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { unitOf } from "./scheduler/scheduler-state.ts";
import {
  CatalogueToken,
  ClockToken,
  DeviceProbeToken,
  EventsToken,
  FormStoreToken,
  LedgerToken,
  ModelManagerToken,
  RunnerPoolToken,
  ZooToken,
} from "./services.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

const picture = new Uint8Array([1, 2, 3]);
const answering = `tasks = { "score-image": () => ({ score: 1, best: 0, worst: 0 }) }; async open() { return {}; }`;

async function zooOf(app: TemporaryApplication, options: ZooOptions = {}): Promise<LocalZoo> {
  return createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache`, spec: { runner: "inline" }, ...options });
}

const application = (): Promise<TemporaryApplication> =>
  TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", answering) });

describe("the services of a zoo", () => {
  test("are given by their tokens: catalogue, manager, ledger, events, forms", async () => {
    await using app = await application();
    await using zoo = await zooOf(app);
    const heard: string[] = [];
    zoo.service(EventsToken).listen(({ type }) => heard.push(type));
    await using _lease = await zoo.get("a");
    expect(zoo.service(CatalogueToken).find("a").plugin).toBe("plugin-a");
    expect(zoo.service(LedgerToken).reservedBytes("cpu")).toBe(100e6);
    expect(zoo.service(LedgerToken).freeBytes("cpu")).toBe((zoo.service(LedgerToken).budgets.cpu ?? 0) - 100e6);
    expect(unitOf(zoo.service(ModelManagerToken).state, "a")?.phase).toBe("ready");
    expect(zoo.service(FormStoreToken)).toBe(zoo.service(FormStoreToken));
    expect(zoo.service(ZooToken)).toBe(zoo);
    expect(heard).toContain("loaded");
    expect(() => zoo.service(serviceToken("Nowhere"))).toThrow(
      expect.objectContaining({ code: "zoo_spec_invalid", message: "No service is registered as Nowhere." }),
    );
  });

  test("of an application start after what they need, and stop before it, in reverse", async () => {
    await using app = await application();
    const notes: string[] = [];
    const [first, asker, last] = ["first", "asker", "last"].map((name) => serviceToken<LocalZoo | undefined>(name));
    if (first === undefined || asker === undefined || last === undefined) throw new TypeError();
    const note = (text: string) => (zoo: LocalZoo | undefined) => {
      notes.push(`${text}${zoo === undefined ? "" : ` with ${zoo.models.length} model`}`);
    };
    const services = [
      provide(last, (resolve) => resolve(asker), { needs: [asker], start: note("last up"), stop: note("last down") }),
      provide(asker, (resolve) => resolve(ZooToken), {
        needs: [ZooToken],
        start: async (zoo) => {
          await zoo?.run("a", "score-image", { image: picture });
          notes.push("asked");
        },
        // The zoo still answers those who need it.
        stop: async (zoo) => {
          await zoo?.run("a", "score-image", { image: picture });
          notes.push("asked again");
        },
      }),
      provide(first, () => undefined, { start: note("first up"), stop: note("first down") }),
    ];
    const zoo = await zooOf(app, { services });
    expect(zoo.service(last)).toBe(zoo);
    expect([...notes].sort()).toEqual(["asked", "first up", "last up with 1 model"]);
    expect(notes.indexOf("asked")).toBeLessThan(notes.indexOf("last up with 1 model"));
    notes.length = 0;
    await zoo.close();
    expect(notes.slice(-3)).toEqual(expect.arrayContaining(["last down with 1 model", "asked again"]));
    expect(notes.indexOf("last down with 1 model")).toBeLessThan(notes.indexOf("asked again"));
  });

  test("that have started are stopped where a later one does not start, the runners of the zoo among them", async () => {
    await using app = await application();
    const notes: string[] = [];
    const services = [
      provide(serviceToken<string>("early"), () => "early", {
        start: () => void notes.push("early up"),
        stop: () => void notes.push("early down"),
      }),
      provide(serviceToken<LocalZoo>("late"), (resolve) => resolve(ZooToken), {
        needs: [ZooToken],
        start: async (zoo) => {
          zoo.onEvent(({ type }) => type === "unloaded" && notes.push(type));
          await zoo.load("a");
          throw new Error("no power");
        },
      }),
    ];
    await expect(zooOf(app, { services })).rejects.toThrow("no power");
    expect(notes[0]).toBe("early up");
    expect(notes.at(-1)).toBe("early down");
  });

  test("that do not stop hold up nothing else, and one that fails is logged", async () => {
    await using app = await application();
    const notes: string[] = [];
    // A thousand times as fast as Node's.
    const fast: Clock = {
      now: () => systemClock.now() * 1000,
      after: (ms, callback) => systemClock.after(ms / 1000, callback),
    };
    const services = [
      provide(ClockToken, () => fast),
      provide(serviceToken<string>("hanging"), () => "hanging", {
        needs: [ZooToken],
        stop: () => new Promise<void>(() => {}),
      }),
      provide(serviceToken<string>("failing"), () => "failing", {
        needs: [ZooToken],
        stop: () => {
          throw new Error("no time");
        },
      }),
      provide(serviceToken<string>("other"), () => "other", { needs: [ZooToken], stop: () => void notes.push("down") }),
    ];
    const zoo = await zooOf(app, { services });
    await expect(zoo.close()).rejects.toThrow("no time");
    expect(notes).toEqual(["down"]);
    const refused = zoo.run("a", "score-image", { image: picture }).catch((error: ModelError) => error.code);
    expect(await refused).toBe("zoo_closed");
  });

  test("are replaced by their tokens, once each", async () => {
    await using app = await application();
    const probe = { devices: async () => [{ device: "cpu" as const, totalBytes: 1e9 }], cores: () => 1 };
    const twice = [provide(DeviceProbeToken, () => probe), provide(DeviceProbeToken, () => probe)];
    await expect(zooOf(app, { services: twice })).rejects.toMatchObject({
      code: "zoo_spec_invalid",
      message: expect.stringContaining("DeviceProbe is registered already"),
    });
    await using zoo = await zooOf(app, { services: twice.slice(1) });
    expect(zoo.service(LedgerToken).budgets).toEqual({ cpu: 700e6 });
    expect(zoo.service(RunnerPoolToken)).toBeDefined();
  });

  test("are refused where they are none, or an option of theirs is misspelt, before anything starts", async () => {
    await using app = await application();
    const token = serviceToken<object>("Mine");
    const misspelt = { need: [LedgerToken] } as object;
    const wrong: [unknown, RegExp][] = [
      [{}, /"services" is a list/],
      [[provide(token, () => ({})), null], /services\[1\] is not what provide/],
      [[{}], /services\[0\]/],
      [[provide("Mine" as never, () => ({}))], /serviceToken/],
      [[provide(token, () => ({}), { needs: ["Ledger" as never] })], /serviceToken/],
      [[provide(token, () => ({}), misspelt)], /The service Mine has no option "need"\. Did you mean "needs"\?/],
    ];
    for (const [services, message] of wrong)
      await expect(zooOf(app, { services } as ZooOptions)).rejects.toMatchObject({
        code: "zoo_spec_invalid",
        message: expect.stringMatching(message),
      });
  });
});
