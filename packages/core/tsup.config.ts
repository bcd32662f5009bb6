import { join } from 'node:path'
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
  // zod is bundled with its English messages alone: its sixty languages are a third of what a command loads at its start.
  noExternal: ['zod'],
  esbuildPlugins: [
    {
      name: 'english',
      setup: (build) =>
        build.onResolve({ filter: /\/locales\/index\.js$/ }, ({ resolveDir }) => ({
          path: join(resolveDir, '../locales/en.js'),
        })),
    },
  ],
  target: 'node20',
  dts: false,
  clean: true,
  treeshake: true,
})
