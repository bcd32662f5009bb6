import { defineConfig } from 'tsup'

export default defineConfig({
  entry: [
    'src/index.ts',
    // The thread that reads apart is started by its path.
    'src/node/apart-host.ts',
    ...['backend', 'ir', 'data', 'compare', 'conformance', 'export', 'node', 'sweep', 'text'].map(
      (name) => `src/${name}/index.ts`,
    ),
  ],
  format: ['esm'],
  target: 'node20',
  dts: false,
  clean: true,
  treeshake: true,
})
