import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/browser.ts', 'src/emissions.ts', 'src/wasm/index.ts'],
  format: ['esm'],
  target: 'node20',
  dts: false,
  clean: true,
  treeshake: true,
  splitting: true,
})
