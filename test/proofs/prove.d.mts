/** Types of `prove.mjs`. */
export interface Result {
  readonly seed: number
  readonly outcome: string
  readonly failed?: boolean
  readonly ms: number
  readonly [fact: string]: unknown
}

export interface Proof {
  readonly about: string
  readonly seeds: number
  readonly sample: number
  readonly known?: readonly number[]
  readonly missing?: string | undefined
  start(options?: { readonly isSample?: boolean }): Promise<{
    attempt(seed: number): Promise<Omit<Result, 'seed' | 'ms'> & { readonly outcome: string }>
    end?(): Promise<void>
  }>
  goal?(counts: Readonly<Record<string, number>>): string | undefined
}

interface Work {
  readonly seeds: readonly number[]
  readonly known?: ReadonlyMap<number, Result>
  readonly onResult?: (result: Result) => void
  readonly isStopped?: () => boolean
  readonly isSample?: boolean
}

export declare function resultsIn(file: string): Map<number, Result>
export declare function prove(proof: Proof, work: Work): Promise<Map<number, Result>>
export declare function proveInto(file: string, proof: Proof, work: Work): Promise<Map<number, Result>>
export declare function summed(
  proof: Proof,
  results: ReadonlyMap<number, Result>,
): {
  readonly counts: Readonly<Record<string, number>>
  readonly failed: readonly Result[]
  readonly missed: string | undefined
}
