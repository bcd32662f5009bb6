/** The parts of the platform's WebAssembly that are used: the types of Node leave it out, and those of pages would bring everything else. */

import { BackendError } from '@isograd/core/backend'
import { FunctionCode, moduleBytes } from './encode.js'

/** A memory of pages of 64 KB. */
export interface Memory {
  /** The bytes, until it grows. */
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/** The platform's WebAssembly. */
export interface Platform {
  readonly Memory: new (size: {
    readonly initial: number
    readonly maximum: number
    readonly shared?: boolean
  }) => Memory
  instantiate(
    bytes: Uint8Array<ArrayBuffer>,
    imports: { readonly env: { readonly memory: Memory } },
  ): Promise<{ readonly module: object; readonly instance: { readonly exports: Readonly<Record<string, unknown>> } }>
  validate(bytes: Uint8Array<ArrayBuffer>): boolean
}

/** It is absent where a page or a system forbids it. */
const found = (globalThis as unknown as { readonly WebAssembly?: Platform }).WebAssembly

/** A module that has a vector. */
function vectorModule(): Uint8Array<ArrayBuffer> {
  const code = new FunctionCode('vector', [], [])
  code.local('v128')
  return moduleBytes({ functions: [code], globals: 0, exports: {} })
}

/** Types that have vectors. */
const CURE = 'Use Node 16.4, Chrome 91, Firefox 89 or Safari 16.4, or a later one.'

/** The platform's WebAssembly. @throws BackendError where there is none, or none with vectors; the cure is a line of its own. */
export function requirePlatform(): Platform {
  if (found === undefined) {
    throw new BackendError('wasm', `this platform has no WebAssembly, or does not allow it\n${CURE}`)
  }
  if (found.validate(vectorModule())) return found
  throw new BackendError('wasm', `the WebAssembly of this platform has no vectors (SIMD)\n${CURE}`)
}
