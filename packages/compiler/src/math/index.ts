import type { Expression } from '../loops/loops.js'
type F = (x: Expression, name: (value: Expression) => Expression) => Expression
const none: F = (x) => x
export const elementary: Record<'exp'|'log'|'tanh'|'sigmoid', Record<'f32'|'f64', F>> = { exp: {f32: none, f64: none}, log: {f32: none, f64: none}, tanh: {f32: none, f64: none}, sigmoid: {f32: none, f64: none} }
