/** What is used of the platform's WebAssembly: the types of Node leave it out, and those of pages would bring everything else. */

/** A memory of pages of 64 KB. */
export interface Memory {
  /** The bytes, until it grows. */
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

interface Platform {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => Memory
  instantiate(
    bytes: Uint8Array<ArrayBuffer>,
    imports: { readonly env: { readonly memory: Memory } },
  ): Promise<{ readonly instance: { readonly exports: Readonly<Record<string, unknown>> } }>
  validate(bytes: Uint8Array<ArrayBuffer>): boolean
}

/** The platform's WebAssembly. */
export const platform = (globalThis as unknown as { readonly WebAssembly: Platform }).WebAssembly
