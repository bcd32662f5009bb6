import { defineConfig } from 'tsup'

export default defineConfig({
  // The host of a backend's thread is started by its path: beside the modules that start it.
  entry: { index: 'src/index.ts', main: 'src/main.ts', 'remote-host': 'src/backends/remote-host.ts' },
  format: ['esm'],
  target: 'node20',
  dts: false,
  clean: true,
  treeshake: true,
})
