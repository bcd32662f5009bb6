/** The exports that both entries of the package have, that for Node and that for a page. */
export { jaxBackend, type JaxBackendOptions } from './backend.js'
export type { Jax, JaxDevice, JaxResult, LoadJax } from './runtime.js'
