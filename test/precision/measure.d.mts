/** One operation on some numbers: by a backend, or in fewer bits. */
export interface Measured {
  readonly op: string
  readonly who: string
  readonly what: string
  readonly ratio: number
  readonly multiple: number
  readonly heldTo: 'precision' | 'functions'
  readonly like?: string
}

/** The errors of every operation on every backend and in fewer bits, `count` draws of each. */
export function measure(count: number, seed: number, dtype?: 'float32' | 'float64'): Promise<Measured[]>

/** True if an operation is told as wrong. */
export function isFound(one: Measured): boolean
