import { defineConfig, type Options } from 'tsup'

const common: Options = { format: ['esm'], target: 'node20', dts: false, treeshake: true }

export default defineConfig([
  { ...common, entry: ['src/index.ts'] },
  // protobufjs is no module that a page could load by itself.
  { ...common, entry: ['src/browser.ts'], platform: 'browser', noExternal: ['protobufjs'] },
])
