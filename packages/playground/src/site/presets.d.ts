/** The experiments to choose, as the build has made them of `presets.ts`. */
declare module 'playground:presets' {
  const presets: readonly import('../presets.js').PagePreset[]
  export default presets
}
