/** Types of `make.mjs`. */
export declare function allExports(): Promise<
  Readonly<
    Record<string, { readonly files: Readonly<Record<string, string | Uint8Array>>; readonly expected: unknown }>
  >
>
