/** The playground from the command: served to this machine alone, file by file, or written to a directory. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { site } from '@isograd/playground'
import { afterEach, describe, expect, it } from 'vitest'
import { isograd, start, temporaryDirectory } from './command.js'

const started: ChildProcess[] = []
afterEach(() => {
  for (const each of started.splice(0)) each.kill('SIGKILL')
})

/** A server on any port, with the address that it prints. */
async function serve(): Promise<{ readonly address: string; readonly server: ChildProcess }> {
  const server = start(['playground', '--port', '0'])
  started.push(server)
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  return { address: line.toString().trim(), server }
}

describe('isograd playground', () => {
  it('serves its files, isolated, and nothing else, until Ctrl-C', async () => {
    const { address, server } = await serve()
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    const page = await fetch(address)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp')
    expect(await page.text()).toBe(readFileSync(new URL('index.html', site), 'utf8'))
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    // It would outlive this server, and hide what comes after it on the port.
    expect((await fetch(`${address}sw.js`)).status).toBe(404)
    expect((await fetch(address, { method: 'HEAD' })).status).toBe(200)
    const others = ['page.js', '%2e%2e/index.js', '..%2findex.js', 'constructor', 'nothing.js']
    const found = await Promise.all(others.map(async (name) => (await fetch(address + name)).status))
    expect(found).toEqual([200, 404, 404, 404, 404])
    expect((await fetch(address, { method: 'POST', body: 'x' })).status).toBe(404)
    server.kill('SIGINT')
    expect(await once(server, 'exit')).toEqual([0, null])
  })

  it('says of a port that is taken what to do', async () => {
    const { address } = await serve()
    const { status, stderr } = await isograd(['playground', '--port', new URL(address).port])
    expect(status).toBe(2)
    expect(stderr).toMatch(/--port: \d+ cannot be had: .*EADDRINUSE.*; 0 takes any that is free/)
  })

  it('writes every file, and names a directory that cannot be one', async () => {
    const out = join(temporaryDirectory(), 'a', 'b')
    expect((await isograd(['playground', '--out', out])).status).toBe(0)
    expect(readdirSync(out).toSorted()).toEqual(readdirSync(site).toSorted())
    // An earlier form is replaced, what else lies there is not, nor what a link leads to.
    const victim = join(out, '..', 'victim')
    writeFileSync(victim, 'mine')
    rmSync(join(out, 'page.js'))
    symlinkSync(victim, join(out, 'page.js'))
    expect((await isograd(['playground', '--out', out])).status).toBe(0)
    expect(readFileSync(victim, 'utf8')).toBe('mine')
    const foreign = await isograd(['playground', '--out', join(out, '..')])
    expect([foreign.status, foreign.stderr]).toEqual([2, expect.stringContaining('has other files in it')])
    const { status, stderr } = await isograd(['playground', '--out', join(out, 'page.js')])
    expect([status, stderr]).toEqual([2, expect.stringContaining('expected a directory, got a file')])
  })
})
