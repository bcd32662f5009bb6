/** True where `--verbose` was given; processes that the command starts have it from their environment. */
export function isVerbose(): boolean {
  return process.env['ISOGRAD_VERBOSE'] === '1'
}
