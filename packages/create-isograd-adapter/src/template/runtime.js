// @ts-nocheck -- The runtime, for kernels. Not every package has types.
export * from 'the-runtime'
