/** Types of `redis.mjs`. */
export interface OwnRedis {
  readonly port: number
  readonly address: string
  /** Starts it anew, with what it has kept. */
  start(): Promise<void>
  /** Kills it. */
  stop(): Promise<void>
}

export interface Proxy {
  readonly address: string
  /** Lets nothing through while `still`, without closing anything. */
  flow(still: boolean): void
  /** Breaks all connections. */
  cut(): void
  close(): void
}

export declare const noRedis: string | undefined
export declare function startRedis(directory: string): Promise<OwnRedis>
export declare function startProxy(target: number, delay?: number): Promise<Proxy>
