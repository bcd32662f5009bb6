/** The backend that these tests run on. */
import type { Backend } from '@isograd/core/backend'
import * as jax from '@jax-js/jax'
import { jaxBackend } from '../src/index.js'

/** A new backend on WebAssembly. */
export function openBackend(): Promise<Backend> {
  return jaxBackend({ jax })
}

/** The same with jax-js's own functions. */
export function openNative(): Promise<Backend> {
  return jaxBackend({ jax, native: true })
}
