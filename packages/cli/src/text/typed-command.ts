/** A command as it is typed where isograd was called through npm, and is on no path: `npx isograd run ...`. */
export function typedCommand(command: string): string {
  const isThroughNpm = ['exec', 'start'].includes(String(process.env['npm_command']))
  return isThroughNpm ? command.replace(/^isograd/, 'npx isograd') : command
}
