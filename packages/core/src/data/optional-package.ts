/** Packages that only some data need: loaded at first use, so that whoever has none of those data needs none of them. */
import { InputError } from '../errors.js'

/** The refusal of data whose package cannot be loaded, with the cure. @param purpose what it is needed for. */
export function withoutPackage(name: string, purpose: string, error: unknown): InputError {
  const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
  const cure = `install it with: npm install ${name}`
  const text = `${purpose} needs the package "${name}", which cannot be loaded; ${cure} (${reason})`
  return new InputError('core', text, { cause: error })
}

/** A package for Node alone, which bundlers leave out. @throws InputError with the cure where it is not there. */
export async function optionalPackage<T>(name: string, purpose: string): Promise<T> {
  try {
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as T
  } catch (error) {
    throw withoutPackage(name, purpose, error)
  }
}
