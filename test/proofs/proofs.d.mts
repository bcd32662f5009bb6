/** Types of `proofs.mjs`. */
import type { Proof } from './prove.mjs'

export declare const proofs: Readonly<Record<string, () => Promise<Proof>>>
