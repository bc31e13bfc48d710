// @ts-check
// The gate before sites that exist: the real binary by its settings file, a small
// site of Node behind it that shows what it is told, and a provider of identities
// that others wrote. All of it on this machine, each on a host of its own.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

// @ts-expect-error: the package comes without types
import { Provider } from 'oidc-provider';

const BINARY = process.env.PREAU_BIN ?? resolve(import.meta.dirname, '../../target/debug/preau');
const START_MS_MAX = 60_000;
/** The binary reads settings from variables that begin so; the one of ours that names it is none. */
const { PREAU_BIN: _, ...ENVIRONMENT } = process.env;
const PASS_SECRET = 'a secret of thirty-two bytes, at least';
/** What the site says of a visit when it ends it. */
const REVOKES = 'X-Preau-End';

/** @typedef {import('node:http').Server} Server */

/**
 * Serves on a free port.
 * @param {Server} server
 */
async function listen(server, port = 0) {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A site that shows who the gate says it is, takes a form, and echoes on a WebSocket. */
export class Site {
  port = 0;
  #server = createServer((request, response) => void this.#answer(request, response));

  static async start() {
    const site = new Site();
    site.#server.on('upgrade', echo);
    site.port = await listen(site.#server);
    return site;
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  async #answer(request, response) {
    let body = '';
    for await (const piece of request) body += piece;
    const pass = String(request.headers['x-preau-pass'] ?? '').split('.')[1] ?? '';
    const claims = JSON.parse(Buffer.from(pass, 'base64url').toString() || '{}');
    if (request.url === '/leave') response.setHeader(REVOKES, '1');
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><html lang="fr"><meta name="viewport" content="width=device-width">
<title>ENT</title><main><h1>Bienvenue dans l’ENT</h1><p id="role">${claims.role}</p><p id="sub">${claims.sub}</p>
<p id="path">${request.method} ${request.url?.replaceAll('&', '&amp;')}</p>
<p id="note">${new URLSearchParams(body).get('note') ?? ''}</p>
<form method="post" action="/note"><label>Note <input name="note"></label><button>Envoyer</button></form>
<a href="/leave">Partir</a></main></html>`);
  }
}

/**
 * A WebSocket that says back what it hears, in frames of less than 126 bytes.
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:stream').Duplex} socket
 */
function echo(request, socket) {
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash('sha1').update(key).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.on('error', () => socket.destroy());
  socket.on('data', (frame) => {
    const length = frame[1] & 0x7f;
    const mask = frame.subarray(2, 6);
    const text = frame.subarray(6, 6 + length).map((/** @type {number} */ byte, /** @type {number} */ at) => byte ^ mask[at % 4]);
    socket.write(Buffer.concat([Buffer.from([frame[0], length]), text]));
  });
}

/** A provider of identities: whoever signs in is who they say; the password is anything. */
export class Identities {
  port = 0;
  /** Where it is, without a slash at the end. */
  issuer = '';
  /** @type {Server | undefined} */
  #server;

  /** @param {string} back The one address that people are sent back to. */
  static async start(back) {
    const identities = new Identities();
    const server = createServer((request, response) => identities.handle(request, response));
    identities.#server = server;
    identities.port = await listen(server);
    identities.issuer = `http://127.0.0.1:${identities.port}`;
    const provider = new Provider(identities.issuer, {
      clients: [{ client_id: 'preau', client_secret: 's:cret', redirect_uris: [back] }],
      scopes: ['openid', 'school'],
      claims: { openid: ['sub'], school: ['uai', 'profile'] },
      cookies: { keys: ['of this test'] },
      findAccount: (/** @type {unknown} */ _context, /** @type {string} */ id) => ({
        accountId: id,
        // "claire@0750001A": the school stands in the name.
        claims: () => ({ sub: id, uai: id.split('@')[1], profile: 'National_ENS' }),
      }),
    });
    identities.handle = provider.callback();
    return identities;
  }

  /** @type {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => void} */
  handle = (_request, response) => void response.writeHead(503).end();

  close() {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }
}

/** The gate, before `carte.localhost` (our card) and `ent.localhost` (a provider). */
export class ProtectingGate {
  base = '';
  log = '';
  folder = '';
  /** Links that put a card on a device: the digital lead's and the operator's. @type {string[]} */
  cards = [];
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #server;

  /**
   * A free port, for a server that is named before it serves.
   * @returns {Promise<number>}
   */
  static async findPort() {
    const server = createServer();
    const port = await listen(server);
    await new Promise((closed) => server.close(closed));
    return port;
  }

  /**
   * @param {{ port: number, site: Site, issuer: string, seats?: number }} of
   */
  static async start({ port, site, issuer, seats = 100 }) {
    const gate = new ProtectingGate();
    gate.base = `http://localhost:${port}`;
    gate.folder = await mkdtemp(join(tmpdir(), 'preau-protect-'));
    const each = `upstream = "http://127.0.0.1:${site.port}"
title = "L’ENT"
seats = ${seats}
school_seats = ${seats}
pass_header = "X-Preau-Pass"
pass_secret = "${PASS_SECRET}"
revoke_header = "${REVOKES}"`;
    const settings = `[http]
listen = "127.0.0.1:${port}"
base_url = "${gate.base}"
[data]
folder = "${join(gate.folder, 'data')}"
[media]
port = 0
[[protect]]
name = "carte"
host = "carte.localhost"
${each}
[[protect]]
name = "ent"
host = "ent.localhost"
identity = "oidc"
${each}
[protect.oidc]
issuer = "${issuer}"
client_id = "preau"
client_secret = "s:cret"
scopes = ["openid", "school"]
school_claim = "uai"
schools = ["0750001A"]
role_claim = "profile"
roles = { National_ENS = "teacher" }
`;
    const file = join(gate.folder, 'preau.toml');
    await writeFile(file, settings);
    const school = ['new-school', '--config', file, '--code', '0750001A', '--name', 'Collège', '--given', 'Claire', '--family', 'Martin'];
    const operator = ['new-operator', '--config', file, '--code', '0750001A', '--given', 'Ali', '--family', 'Roche'];
    for (const args of [school, operator]) {
      const told = await output(args);
      const link = /http:\S+\/card\/\S+/.exec(told)?.[0];
      if (!link) throw new Error(`no card link: ${told}`);
      gate.cards.push(link);
    }
    await gate.#serve(file);
    return gate;
  }

  /** @param {string} file */
  async #serve(file) {
    const server = spawn(BINARY, ['serve', '--config', file], { env: ENVIRONMENT, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#server = server;
    await new Promise((served, failed) => {
      const give = (/** @type {string} */ why) => failed(new Error(`${why}: ${BINARY}\n${this.log}`));
      const timer = setTimeout(() => give(`not serving in ${START_MS_MAX} ms`), START_MS_MAX);
      server.once('exit', (code) => give(`the server ended (${code})`));
      server.stderr.on('data', (bytes) => {
        this.log += bytes;
        if (!this.log.includes('serving')) return;
        clearTimeout(timer);
        served(undefined);
      });
    });
  }

  /**
   * The address of a path of a site.
   * @param {'carte' | 'ent'} name
   * @param {string} path
   */
  of(name, path = '/') {
    return `http://${name}.localhost:${new URL(this.base).port}${path}`;
  }

  async close() {
    const server = this.#server;
    if (server && server.exitCode === null && server.signalCode === null) {
      const gone = once(server, 'exit');
      server.kill('SIGKILL');
      await gone;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What a command of the binary prints. @param {string[]} args */
async function output(args) {
  const command = spawn(BINARY, args, { env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  command.stdout.on('data', (bytes) => (told += bytes));
  const [code] = await once(command, 'close');
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}: ${told}`);
  return told;
}
