import { defineConfig } from 'tsup'

const shared = { format: ['esm' as const], dts: false, treeshake: true }

export default defineConfig([
  {
    ...shared,
    // What is started by its path lies beside the modules that start it.
    entry: {
      index: 'src/index.ts',
      main: 'src/main.ts',
      'remote-host': 'src/backends/remote-host.ts',
      'sweep-worker': 'src/sweeps/worker.ts',
      'man-page': 'src/man-page.ts',
      'page-keeper': 'src/backends/browser/keeper.ts',
    },
    target: 'node20',
    clean: true,
  },
  {
    ...shared,
    // The page's own modules have all in them that they need, once: adapters that they load bring theirs.
    entry: { 'page-host': 'src/backends/browser/page-host.ts' },
    outDir: 'dist/page',
    platform: 'browser',
    target: 'es2022',
    noExternal: [/^@isograd\//, 'fflate', 'fastest-levenshtein'],
    external: ['apache-arrow', 'fast-png', 'hyparquet'],
    splitting: true,
    minifyWhitespace: true,
  },
])
