// @ts-nocheck -- The runtime, for kernels. Not every package has types: then it is `any`.
import * as all from 'the-runtime'

export const runtime = all
