// @ts-check
// One server of the demo school: the real binary, on a free port, with a data
// folder of its own. It can be killed in mid-lesson and started again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * Somebody of the demo school, as `demo --json` names them.
 * @typedef {{ name: string, role: string, card: string }} Person
 */

/** Everybody in the demo school who has a login has this password. */
export const PASSWORD = 'demonstration';

const BINARY = process.env.PREAU_BIN ?? resolve(import.meta.dirname, '../../target/debug/preau');
const START_MS_MAX = 60_000;

export class School {
  /** Where it serves, without a slash at the end. */
  base = '';
  /** Whom the first start introduced. @type {Person[]} */
  people = [];
  /** More arguments of the demonstration. @type {string[]} */
  options = [];
  /** What the server wrote on standard error. */
  log = '';
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #server;

  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
  }

  /** A new demo school that serves. @param {string[]} options */
  static async open(...options) {
    const folder = await mkdtemp(join(tmpdir(), 'preau-e2e-'));
    const school = new School(folder);
    school.options = options;
    await school.start();
    return school;
  }

  /** Starts the server on its data, on the port that it had or a free one; returns once it serves. */
  async start() {
    const port = this.base ? new URL(this.base).port : '0';
    // A morning that is played has a folder of its own.
    const isRush = this.options.some((option) => option.startsWith('--rush'));
    const data = isRush ? [] : ['--data', join(this.folder, 'data')];
    const args = ['demo', '--json', '--port', port, ...data, ...this.options];
    const server = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#server = server;
    server.stderr.on('data', (bytes) => (this.log += bytes));
    const line = await firstLine(server, () => this.log);
    const { base, people } = JSON.parse(line);
    this.base = base.replace(/\/$/, '');
    // Another start may introduce others, if another lesson has begun meanwhile.
    if (this.people.length === 0) this.people = people;
  }

  /**
   * Ends the server, without warning by default; returns once it is gone.
   * @param {NodeJS.Signals} signal
   */
  async kill(signal = 'SIGKILL') {
    const server = this.#server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill(signal);
    await gone;
  }

  /** Ends it and removes its data. */
  async close() {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The teacher who has a lesson now. */
  get teacher() {
    return this.first('teacher');
  }

  /** Pupils of that lesson. */
  get pupils() {
    return this.people.filter((person) => person.role === 'pupil');
  }

  /**
   * The first person of a role that the demo school names.
   * @param {string} role
   */
  first(role) {
    const found = this.people.find((person) => person.role === role);
    if (!found) throw new Error(`the demo school names no ${role}`);
    return found;
  }
}

/**
 * @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>} server
 * @param {() => string} log
 * @returns {Promise<string>}
 */
function firstLine(server, log) {
  return new Promise((found, failed) => {
    const give = (/** @type {string} */ why) => failed(new Error(`${why}: ${BINARY}\n${log()}`));
    const timer = setTimeout(() => give(`no answer in ${START_MS_MAX} ms`), START_MS_MAX);
    server.once('error', (error) => give(error.message));
    server.once('exit', (code, signal) => give(`the server ended (${signal ?? code})`));
    createInterface(server.stdout).once('line', (line) => {
      clearTimeout(timer);
      found(line);
    });
  });
}
