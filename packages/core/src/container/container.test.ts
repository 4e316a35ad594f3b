import { describe, expect, test } from "vitest";
import { provide, ServiceContainer, type ServiceDefinition, type ServiceToken, serviceToken } from "./container.ts";

function noting(notes: string[], token: ServiceToken<string>, needs: ServiceToken<string>[] = []): ServiceDefinition {
  return provide(token, () => token.name, {
    needs,
    start: (name) => void notes.push(`start ${name}`),
    stop: (name) => void notes.push(`stop ${name}`),
  });
}

describe("services", () => {
  const [a, b, c] = ["a", "b", "c"].map((name) => serviceToken<string>(name)) as [
    ServiceToken<string>,
    ServiceToken<string>,
    ServiceToken<string>,
  ];

  test("start after what they need, whatever the order of registration, and stop in reverse", async () => {
    const notes: string[] = [];
    const container = new ServiceContainer();
    for (const service of [noting(notes, c, [b]), noting(notes, a), noting(notes, b, [a])]) container.register(service);
    await container.start();
    await container.stop();
    expect(notes).toEqual(["start a", "start b", "start c", "stop c", "stop b", "stop a"]);
  });

  test("are made once, on first use", () => {
    const container = new ServiceContainer();
    let made = 0;
    container.register(provide(serviceToken<number>("unused"), () => made++));
    container.register(provide(a, () => `made ${++made}`));
    expect([container.resolve(a), container.resolve(a), made]).toEqual(["made 1", "made 1", 1]);
  });

  test("that need each other in a circle are refused with the circle", async () => {
    const container = new ServiceContainer();
    for (const service of [noting([], a, [b]), noting([], b, [a])]) container.register(service);
    await expect(container.start()).rejects.toThrow("a → b → a");
  });

  test("that nobody provides are named, by those who need them and those who ask", async () => {
    const container = new ServiceContainer();
    container.register(noting([], a, [b]));
    await expect(container.start()).rejects.toThrow("a needs b, which nobody provides");
    expect(() => container.resolve(c)).toThrow("No service is registered as c");
  });

  test("are not registered twice in silence; a replacement says so and wins", () => {
    const container = new ServiceContainer();
    container.register(provide(a, () => "first"));
    expect(() => container.register(provide(a, () => "second"))).toThrow("a is registered already");
    container.replace(provide(a, () => "second"));
    expect(container.resolve(a)).toBe("second");
  });

  test("that have started are stopped when a later one fails to", async () => {
    const notes: string[] = [];
    const container = new ServiceContainer();
    container.register(noting(notes, a));
    const fails = { needs: [a], start: () => Promise.reject(new Error("no power")) };
    container.register(provide(b, () => "b", fails));
    await expect(container.start()).rejects.toThrow("no power");
    expect(notes).toEqual(["start a", "stop a"]);
  });

  test("that are nothing are made once as well", () => {
    const container = new ServiceContainer();
    let made = 0;
    container.register(provide(a, () => void made++));
    for (let i = 0; i < 2; i++) container.resolve(a);
    expect(made).toBe(1);
  });

  test("that make each other in a circle are refused by name", () => {
    const container = new ServiceContainer();
    container.register(provide(a, (resolve) => resolve(b)));
    container.register(provide(b, (resolve) => resolve(a)));
    expect(() => container.resolve(a)).toThrow("Services make each other in a circle: a → b → a.");
  });

  test("are not started any more once one of them has stopped all, and none is left running", async () => {
    const notes: string[] = [];
    const container = new ServiceContainer();
    container.register(noting(notes, a));
    const closing = provide(b, () => "b", {
      needs: [a],
      start: () => container.stop(),
      stop: () => void notes.push("stop b"),
    });
    for (const service of [closing, noting(notes, c, [b])]) container.register(service);
    await expect(container.start()).rejects.toMatchObject({ code: "zoo_closed" });
    expect(notes).toEqual(["start a", "stop a", "stop b"]);
  });

  test("that start too late are stopped then, and those before them at once", async () => {
    const notes: string[] = [];
    const gate = Promise.withResolvers<void>();
    const container = new ServiceContainer();
    container.register(noting(notes, a));
    container.register(
      provide(b, () => "b", { needs: [a], start: () => gate.promise, stop: () => void notes.push("stop b") }),
    );
    const late = (started: Promise<void>, { symbol }: ServiceToken<unknown>): Promise<void> =>
      symbol === b.symbol ? Promise.reject(new Error("late")) : started;
    await expect(container.start(undefined, late)).rejects.toThrow("late");
    expect(notes).toEqual(["start a", "stop a"]);
    gate.resolve();
    await new Promise(setImmediate);
    expect(notes).toEqual(["start a", "stop a", "stop b"]);
  });
});
