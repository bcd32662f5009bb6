/** The text of one bundle for a page, with esbuild's plain settings. */
import { build, type BuildOptions } from 'esbuild'

/** @param input a file, or a program that stands nowhere. */
export async function bundledText(input: Pick<BuildOptions, 'entryPoints' | 'stdin'>): Promise<string> {
  const settings = { bundle: true, format: 'esm', platform: 'browser', write: false, logLevel: 'silent' } as const
  const { outputFiles } = await build({ ...input, ...settings })
  return outputFiles.map(({ text }) => text).join('\n')
}
