/** `@isograd/compiler`: a program becomes loops, loops become WebAssembly or C. */
export * from './loops/loops.js'
