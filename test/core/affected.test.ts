import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { affectedFlows } from '../../src/core/conntrack/affected.ts';
import { compileNat } from '../../src/core/nat/compile.ts';
import { parseState } from '../../src/core/parse/parse.ts';
import type { Flow } from '../../src/model/flow.ts';
import { hostFile } from '../fakes/reference.ts';

const now = new Date('2026-11-22T12:00:00Z');

/** Which of the flows a host with these forwards of `web` cuts and lets drain. */
function affected(forwards: string, flows: readonly Flow[]): { cut: string[]; draining: string[] } {
  const files = {
    'host.yaml': hostFile,
    'guests/web.yaml': `interfaces:\n  - {network: lan, ip: 192.168.1.1}\n${forwards}`,
  };
  const state = Object.entries(files).map(([path, text]) => {
    const content = new TextEncoder().encode(text);
    return { path, kind: 'file' as const, bytes: content.byteLength, content };
  });
  const { desired, diagnostics } = parseState(state, { host: 'dedibox', now });
  assert.ok(desired, JSON.stringify(diagnostics));
  const result = affectedFlows(compileNat(desired).v4, flows, { family: 'v4', addresses: desired.host.addresses, now });
  const show = (flow: Flow): string => `${flow.protocol} ${flow.source} ${flow.port}`;
  return { cut: result.cut.map(show), draining: result.draining.map(show) };
}

function flow(protocol: Flow['protocol'], port: number, end: string, source = '198.18.0.1'): Flow {
  const [replySource = '', replyPort] = end.split(':');
  return {
    protocol,
    source,
    sourcePort: 40000,
    destination: '203.0.113.10',
    port,
    replySource,
    replyPort: Number(replyPort),
    replyDestination: source,
    replyDestinationPort: 40000,
  };
}

describe('the flows that a new target would end elsewhere', () => {
  it('leaves what still ends where it ended', () => {
    const flows = [flow('tcp', 80, '192.168.1.1:80'), flow('udp', 53, '203.0.113.10:53')];
    assert.deepEqual(affected('forwards: [{port: 80}]\n', flows), { cut: [], draining: [] });
  });

  it('cuts what is closed, of any protocol', () => {
    const flows = [flow('tcp', 80, '192.168.1.1:80'), flow('udp', 80, '192.168.1.1:80')];
    assert.deepEqual(affected('', flows), { cut: ['tcp 198.18.0.1 80', 'udp 198.18.0.1 80'], draining: [] });
  });

  it('cuts UDP that moves and lets TCP that moves drain', () => {
    const flows = [flow('tcp', 80, '192.168.1.2:80'), flow('udp', 53, '192.168.1.2:53')];
    const forwards = 'forwards: [{port: 80}, {port: 53, protocol: udp}]\n';
    assert.deepEqual(affected(forwards, flows), { cut: ['udp 198.18.0.1 53'], draining: ['tcp 198.18.0.1 80'] });
  });

  it('cuts UDP that reached the host before its forward was there', () => {
    const flows = [flow('udp', 53, '203.0.113.10:53')];
    assert.deepEqual(affected('forwards: [{port: 53, protocol: udp}]\n', flows).cut, ['udp 198.18.0.1 53']);
  });

  it('cuts only the sources that a narrowed forward leaves out', () => {
    const flows = [flow('tcp', 80, '192.168.1.1:80', '192.0.2.77'), flow('tcp', 80, '192.168.1.1:80', '192.0.2.78')];
    assert.deepEqual(affected('forwards: [{port: 80, from: [192.0.2.77]}]\n', flows).cut, ['tcp 192.0.2.78 80']);
  });

  it('knows the shift of a range', () => {
    const flows = [flow('tcp', 50007, '192.168.1.1:60007'), flow('tcp', 50008, '192.168.1.1:60009')];
    const forwards = 'forwards: [{port: 50000-50100, to: 60000-60100}]\n';
    assert.deepEqual(affected(forwards, flows), { cut: [], draining: ['tcp 198.18.0.1 50008'] });
  });

  it('cuts what came in before a forward ended by itself', () => {
    const flows = [flow('tcp', 8443, '192.168.1.1:443')];
    const until = (date: string): string => `forwards: [{port: 8443, to: 443, until: ${date}}]\n`;
    assert.deepEqual(affected(until('2026-11-21'), flows).cut, ['tcp 198.18.0.1 8443']);
    assert.deepEqual(affected(until('2026-12-31'), flows).cut, []);
  });

  it('never looks at a flow to an address that a routed guest carries', () => {
    const flows = [{ ...flow('tcp', 80, '198.51.100.28:80'), destination: '198.51.100.28' }];
    const files = 'forwards: [{port: 80}]\n';
    assert.deepEqual(affected(files, flows), { cut: [], draining: [] });
  });
});
