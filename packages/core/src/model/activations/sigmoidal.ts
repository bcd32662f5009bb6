/** Activations made of the logistic function: sigmoid, tanh, silu, softmax. */
import * as z from 'zod/mini'
import { activation } from './activation.js'

/** 1 / (1 + e^-x). */
export const sigmoid = activation(z.strictObject({ type: z.literal('sigmoid') }), (b, x) => b.sigmoid(x))

/** (e^2x - 1) / (e^2x + 1). */
export const tanh = activation(z.strictObject({ type: z.literal('tanh') }), (b, x) => b.tanh(x))

/** x sigmoid(x), also called swish. Elfwing, Uchibe and Doya, Neural Networks 107 (2018). */
export const silu = activation(z.strictObject({ type: z.literal('silu') }), (b, x) => b.mul(x, b.sigmoid(x)))

/** e^x_i / sum_j e^x_j over the last axis, as e^logSoftmax: nothing overflows. */
export const softmax = activation(z.strictObject({ type: z.literal('softmax') }), (b, x) => b.exp(b.logSoftmax(x)))
