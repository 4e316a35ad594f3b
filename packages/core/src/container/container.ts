import "reflect-metadata";
import { type DependencyContainer, container as root } from "tsyringe";
import { ModelError } from "../contract/model-error.ts";

/** The name of a service, carrying its type. Two tokens are the same service when they are the same object. */
export interface ServiceToken<T> {
  readonly symbol: symbol;
  readonly name: string;
  /** Never set: ties the token to its type. */
  readonly service?: T;
}

export function serviceToken<T>(name: string): ServiceToken<T> {
  return { symbol: Symbol(name), name };
}

/** How a service comes to be, and what it needs before it. */
export interface ServiceDefinition<T = unknown> {
  readonly token: ServiceToken<T>;
  readonly needs: readonly ServiceToken<unknown>[];
  create(resolve: Resolve): T;
  /** Called once, after every service it needs has started. */
  start?(service: T): Promise<void> | void;
  /** Called once, before any service it needs is stopped. */
  stop?(service: T): Promise<void> | void;
}

/** Waits for a service that stops, no longer than it should be waited for. */
export type WaitForStop = (stopped: Promise<void>, token: ServiceToken<unknown>) => Promise<unknown>;

/** Waits for a service that starts; rejects where it should be waited for no longer. */
export type WaitForStart = (started: Promise<void>, token: ServiceToken<unknown>) => Promise<void>;

export type Resolve = <T>(token: ServiceToken<T>) => T;

/** Defines a service under a token; given to an application's `services`, it replaces the one that stands there. */
export function provide<T>(
  token: ServiceToken<T>,
  create: (resolve: Resolve) => T,
  options: {
    needs?: readonly ServiceToken<unknown>[];
    start?(service: T): Promise<void> | void;
    stop?(service: T): Promise<void> | void;
  } = {},
): ServiceDefinition {
  return { token, create, needs: [], ...options } as ServiceDefinition;
}

/**
 * Puts a process together. Services are made once, on first use; a token holds one service unless it is registered with
 * `registerMany`. Starting and stopping follow the declared needs, which the library beneath knows nothing of.
 */
export class ServiceContainer {
  readonly #container: DependencyContainer = root.createChildContainer();
  readonly #definitions = new Map<symbol, ServiceDefinition>();
  readonly #started: ServiceDefinition[] = [];
  /** Those that are being made, each by the one before it. */
  readonly #making: ServiceToken<unknown>[] = [];
  #isStopped = false;

  /** Registers a service. A second one under the same token is refused: the library would let it win in silence. */
  register(definition: ServiceDefinition): void {
    const { token } = definition;
    if (this.#definitions.has(token.symbol)) {
      throw invalid(`The service ${token.name} is registered already; replace it instead`);
    }
    this.#bind(definition);
  }

  /** Puts a service in the place of the one registered, before either was used. */
  replace(definition: ServiceDefinition): void {
    this.#bind(definition);
  }

  /** Adds one of several services under a token. */
  registerMany<T>(token: ServiceToken<T>, service: T): void {
    this.#container.register(token.symbol, { useValue: service });
  }

  has(token: ServiceToken<unknown>): boolean {
    return this.#container.isRegistered(token.symbol);
  }

  resolve<T>(token: ServiceToken<T>): T {
    if (!this.has(token)) throw invalid(`No service is registered as ${token.name}`);
    return this.#container.resolve<T>(token.symbol);
  }

  resolveAll<T>(token: ServiceToken<T>): T[] {
    return this.has(token) ? this.#container.resolveAll<T>(token.symbol) : [];
  }

  /**
   * Makes and starts every service, those that others need first. What has started is stopped if one fails.
   * @param waitForStop as `stop` takes it
   * @param waitForStart how long a service is waited for; default: until it has started
   * @throws `zoo_closed` where it is stopped while it starts
   */
  async start(waitForStop?: WaitForStop, waitForStart: WaitForStart = (started) => started): Promise<void> {
    try {
      for (const definition of this.#inOrder()) {
        await this.#startOne(definition, waitForStart);
        if (this.#isStopped) throw new ModelError("zoo_closed", "The zoo was closed while its services started.");
      }
    } catch (error) {
      // Why it did not start says more than what did not stop.
      await this.stop(waitForStop).catch(() => {});
      throw error;
    }
  }

  async #startOne(definition: ServiceDefinition, waitForStart: WaitForStart): Promise<void> {
    const service = this.resolve(definition.token);
    const started = (async () => definition.start?.(service))();
    let isGivenUp = false;
    // One that comes late is stopped then: nobody else knows of it.
    started.then(() => (isGivenUp ? definition.stop?.(service) : undefined)).catch(() => {});
    try {
      await waitForStart(started, definition.token);
    } catch (error) {
      isGivenUp = true;
      throw error;
    }
    this.#started.push(definition);
  }

  /**
   * Stops what was started, in reverse; every service gets its turn even if one fails, the first failure is thrown.
   * @param waitFor how long a service is waited for before the next one has its turn; default: until it has stopped
   */
  async stop(waitFor: WaitForStop = (stopped) => stopped): Promise<void> {
    this.#isStopped = true;
    const failures: unknown[] = [];
    for (let next = this.#started.pop(); next !== undefined; next = this.#started.pop()) {
      const { token, stop } = next;
      // One that has nothing to stop takes no turn: the next begins to stop at once.
      if (stop === undefined) continue;
      try {
        await waitFor((async () => stop(this.resolve(token)))(), token);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  #bind(definition: ServiceDefinition): void {
    const { token } = definition;
    this.#definitions.set(token.symbol, definition);
    let made: { readonly service: unknown } | undefined;
    // Of several registrations `resolve` takes the last, which is what makes a replacement win.
    this.#container.register(token.symbol, {
      useFactory: () => {
        made ??= { service: this.#make(definition) };
        return made.service;
      },
    });
  }

  /** @throws `zoo_spec_invalid` for services that make each other in a circle */
  #make(definition: ServiceDefinition): unknown {
    const { token } = definition;
    const first = this.#making.findIndex(({ symbol }) => symbol === token.symbol);
    this.#making.push(token);
    try {
      if (first < 0) return definition.create((needed) => this.resolve(needed));
      throw invalid(
        `Services make each other in a circle: ${this.#making
          .slice(first)
          .map(({ name }) => name)
          .join(" → ")}`,
      );
    } finally {
      this.#making.pop();
    }
  }

  #inOrder(): ServiceDefinition[] {
    const order: ServiceDefinition[] = [];
    const state = new Map<symbol, "visiting" | "done">();
    const visit = (definition: ServiceDefinition, path: readonly string[]): void => {
      const { symbol, name } = definition.token;
      if (state.get(symbol) === "done") return;
      if (state.get(symbol) === "visiting")
        throw invalid(`Services need each other in a circle: ${[...path, name].join(" → ")}`);
      state.set(symbol, "visiting");
      for (const needed of definition.needs) {
        const next = this.#definitions.get(needed.symbol);
        if (next === undefined) throw invalid(`The service ${name} needs ${needed.name}, which nobody provides`);
        visit(next, [...path, name]);
      }
      state.set(symbol, "done");
      order.push(definition);
    };
    for (const definition of this.#definitions.values()) visit(definition, []);
    return order;
  }
}

function invalid(message: string): ModelError {
  return new ModelError("zoo_spec_invalid", `${message}.`);
}
