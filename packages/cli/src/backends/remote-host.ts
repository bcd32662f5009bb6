/** The entry of a worker thread or of a process that hosts a backend, found as the command would find it. It exports nothing. */
import { importBackend } from './load.js'
import { pinPackages } from './pinned-packages.js'
import { openPort } from './remote-port.js'
import { serveBackend } from './remote-serve.js'

pinPackages()
serveBackend(openPort(), importBackend)
