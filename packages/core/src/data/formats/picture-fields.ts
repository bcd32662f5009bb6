/** The fields of a set of pictures with one label each: what MNIST, CIFAR and the digits have in common. */
import type { Field } from '../field.js'

/** Bytes of a picture, told to a network as numbers from 0 to 1, and the number of its category. */
export function pictureFields(shape: readonly number[], categories: number): { image: Field; label: Field } {
  return {
    image: { dtype: 'uint8', shape, encoding: { kind: 'numbers', scale: 1 / 255 } },
    label: { dtype: 'uint8', shape: [], encoding: { kind: 'category', count: categories } },
  }
}
