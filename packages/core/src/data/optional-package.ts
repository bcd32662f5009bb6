/** Packages that only some data need: loaded at first use, so that whoever has none of those data needs none of them. */
import { InputError } from '../errors.js'

/** A package by its name. @param purpose what it is needed for. @throws InputError with the cure where it is not there. */
export async function optionalPackage<T>(name: string, purpose: string): Promise<T> {
  try {
    return (await import(/* @vite-ignore */ name)) as T
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    const cure = `install it with: npm install ${name}`
    throw new InputError(
      'core',
      `${purpose} needs the package "${name}", which cannot be loaded; ${cure} (${reason})`,
      {
        cause: error,
      },
    )
  }
}
