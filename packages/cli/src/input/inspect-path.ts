/** The content of a file or directory of data, read with the options of its format that stand on the command line. */
import { InputError } from '@isograd/core'
import { type DataDescription, inspectData } from '@isograd/core/node'

type Given = Parameters<typeof inspectData>

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The options of a format: values are JSON where they can be, and text otherwise. @throws InputError */
function formatOptions(texts: readonly string[]): Record<string, unknown> {
  const entries = texts.map((text) => {
    const [, name = '', value = ''] = /^(\w+)=(.*)$/s.exec(text) ?? []
    if (name === '') throw new InputError('isograd', `--option: expected name=value, got "${text}"`)
    return [name, jsonOrText(value)] as const
  })
  return Object.fromEntries(entries)
}

/** The error with fields of an experiment called as they are on the command line. */
function asTyped(error: unknown): unknown {
  if (!(error instanceof InputError) || !error.message.includes('data.options')) return error
  const text = error.message
    .replace(`[${error.source}] `, '')
    .replace(/"(\w+)": ("?)([^\s"]+)\2 in data\.options/g, '--option $1=$3')
    .replace(/data\.options(\.(?=\w))?/g, (_, dot) => (dot === undefined ? '--option' : '--option '))
  return new InputError(error.source, text, { cause: error })
}

/** Describes the data at a path. @throws InputError that names options as they are typed */
export async function inspectPath(
  path: string,
  { option, ...spec }: Omit<Given[1], 'options'> & { readonly option?: readonly string[] | undefined },
  ...rest: [Given[2], Given[3]?]
): Promise<DataDescription> {
  const asked = { ...spec, ...(option !== undefined && { options: formatOptions(option) }) }
  try {
    return await inspectData(path, asked, ...rest)
  } catch (error) {
    throw asTyped(error)
  }
}
