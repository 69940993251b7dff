import { equalBytes } from '../bytes/equal-bytes.ts';
import { bareHexToBytes } from '../bytes/hex.ts';
import { textToUtf8 } from '../bytes/text.ts';
import { EvidenceError } from '../errors.ts';
import { vendorOf } from '../sgx/pck-chain.ts';
import { verifySignature } from '../x509/algorithms.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { assertCommonName, assertEndEntity, assertIssuerName, assertSignedBy } from '../x509/chain-rules.ts';
import { parsePemChain } from '../x509/pem.ts';
import { intelProfile } from '../x509/profiles.ts';

/**
 * The TCB Signing certificate of an issuer chain (signer, root), checked against the already trusted root. Only the
 * signer's role may sign: a PCK key chains to the same root, and its owner would write its own TCB Info.
 */
export function readTcbSigner(pem: string, root: Certificate, thing: string): Certificate {
  const [signerDer, rootDer, ...others] = parsePemChain(pem, `${thing} issuer chain`);
  if (
    signerDer === undefined ||
    rootDer === undefined ||
    others.length > 0 ||
    !equalBytes(rootDer, root.der)
  ) {
    throw new EvidenceError('collateral', `${thing} issuer chain`, {
      expected: "signer and the quote's own root",
    });
  }
  const signer = parseCertificate(signerDer, `${thing} signer`, intelProfile);
  assertCommonName(signer, [`${vendorOf(root)} SGX TCB Signing`], `${thing} signer`);
  assertIssuerName(signer, root, `${thing} signer`);
  assertEndEntity(signer, `${thing} signer`);
  assertSignedBy(signer, root, `${thing} signer`);
  return signer;
}

/** The signature over the exact text: key order and spacing are part of what was signed. */
export function assertTextSignature(
  text: string,
  signatureHex: string,
  signer: Certificate,
  thing: string,
): void {
  const signature = bareHexToBytes(signatureHex, 64);
  if (verifySignature('ecdsa-sha256', textToUtf8(text), signature, signer.publicKey)) return;
  throw new EvidenceError('collateral', `${thing}, signature`, {
    expected: `one by "${signer.subjectCommonName}"`,
  });
}
