/** Files of the page's own, bundled and minified as text when the package is built: see `tsup.config.ts`. */
declare module 'page-assets:*' {
  const text: string
  export default text
}
