/** Types of `descendants.mjs`. */
export declare function descendantsOf(pid: number | undefined, word: string): number[]
