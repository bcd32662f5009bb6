/** A file of a template, as text; see tsup.config.ts. */
declare module 'template:*' {
  const text: string
  export default text
}
