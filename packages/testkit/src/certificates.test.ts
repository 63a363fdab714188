import { X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { certificateAuthority } from './certificates.ts';

test('a certificate is its authority’s, for its hosts, and valid now', () => {
  const authority = certificateAuthority('tests');
  const { cert, key } = authority.issue('localhost', '127.0.0.1');
  const [root, leaf] = [new X509Certificate(authority.ca), new X509Certificate(cert)];
  expect(root.ca).toBe(true);
  expect(leaf.ca).toBe(false);
  expect(leaf.verify(root.publicKey)).toBe(true);
  expect(leaf.checkIssued(root)).toBe(true);
  expect([leaf.checkHost('localhost'), leaf.checkIP('127.0.0.1')]).toEqual(['localhost', '127.0.0.1']);
  expect(leaf.checkHost('other.example')).toBeUndefined();
  expect(Date.parse(leaf.validFrom)).toBeLessThan(Date.now());
  expect(Date.parse(leaf.validTo)).toBeGreaterThan(Date.now());
  expect(key).toContain('PRIVATE KEY');
});

test('another authority of the same name has nothing to do with it', () => {
  const { cert } = certificateAuthority('tests').issue('localhost');
  const other = new X509Certificate(certificateAuthority('tests').ca);
  expect(new X509Certificate(cert).verify(other.publicKey)).toBe(false);
});
