/** What a check must say of a fault. */
export interface Wanted {
  readonly network: string
  readonly step: number
  readonly kind?: string
  readonly cause: string
  readonly layer?: string
  readonly stage?: string
}

export const faults: Readonly<Record<string, Wanted>>
