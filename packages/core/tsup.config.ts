import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/backend/index.ts', 'src/conformance/index.ts', 'src/ir/index.ts', 'src/node/index.ts'],
  format: ['esm'],
  target: 'node20',
  dts: false,
  sourcemap: true,
  clean: true,
  treeshake: true,
})
