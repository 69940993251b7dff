// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P256} from "../libraries/P256.sol";
import {PckIdentity, SgxExtension} from "../libraries/SgxExtension.sol";
import {TdxQuote} from "../libraries/TdxQuote.sol";
import {UncheckedCollateral} from "../libraries/UncheckedCollateral.sol";
import {Certificate, X509} from "../libraries/X509.sol";
import {IEnclaveRegistry} from "../interfaces/IEnclaveRegistry.sol";

/// Verifies PCK chains and TDX v4 quotes. Production and simulation share this code and differ only in `_vendorRoot`.
abstract contract TdxQuoteVerifier is IEnclaveRegistry {
    struct VendorRoot {
        bytes32 keyX;
        bytes32 keyY;
        bytes32 subjectHash; // keccak256 of the DER name
    }

    /// A compile-time constant: no transaction and no owner can change whom the contract trusts.
    function _vendorRoot() internal pure virtual returns (VendorRoot memory);

    /// Place of the TCB info, QE identity and CRL checks. Until they exist on-chain, a registration says they are missing.
    function _uncheckedCollateral() internal view virtual returns (uint8) {
        return UncheckedCollateral.ALL;
    }

    /// Leaf ← intermediate ← pinned root; every layer verifies a signature unconditionally.
    function _verifyPckChain(
        bytes calldata leafDer,
        bytes calldata intermediateDer
    ) internal view returns (PckIdentity memory identity, bytes32 pckKeyHash, uint64 notAfterUnixSec) {
        Certificate memory intermediate = X509.parse(intermediateDer);
        VendorRoot memory root = _vendorRoot();
        require(intermediate.isCa && intermediate.maySignCertificates, CertificateNotAuthority());
        _verifyIssued(intermediate, root.subjectHash, root.keyX, root.keyY);

        Certificate memory leaf = X509.parse(leafDer);
        require(!leaf.isCa && !leaf.maySignCertificates && leaf.sgxEnd != 0, CertificateNotPck());
        _verifyIssued(leaf, intermediate.subjectHash, intermediate.keyX, intermediate.keyY);

        identity = SgxExtension.parse(leaf.sgxStart, leaf.sgxEnd);
        pckKeyHash = keccak256(abi.encode(leaf.keyX, leaf.keyY, identity.platformId));
        notAfterUnixSec =
            leaf.notAfterUnixSec < intermediate.notAfterUnixSec
                ? leaf.notAfterUnixSec
                : intermediate.notAfterUnixSec;
    }

    function _verifyIssued(
        Certificate memory certificate,
        bytes32 issuerHash,
        bytes32 issuerX,
        bytes32 issuerY
    ) private view {
        require(
            certificate.issuerHash == issuerHash,
            CertificateIssuerWrong(issuerHash, certificate.issuerHash)
        );
        require(
            certificate.notBeforeUnixSec <= block.timestamp && block.timestamp <= certificate.notAfterUnixSec,
            CertificateNotInForce(certificate.notBeforeUnixSec, certificate.notAfterUnixSec, block.timestamp)
        );
        require(
            P256.isValid(
                certificate.tbsHash,
                certificate.signatureR,
                certificate.signatureS,
                issuerX,
                issuerY
            ),
            CertificateSignatureInvalid(certificate.subjectHash)
        );
    }

    /// Quote signature, attestation key and QE report, down to a PCK key that the caller found registered.
    function _verifyQuote(bytes calldata quote, PckKey calldata pckKey) internal view {
        TdxQuote.assertWellFormed(quote);
        (bytes32 r, bytes32 s) = TdxQuote.signature(quote);
        (bytes32 x, bytes32 y) = TdxQuote.attestationKey(quote);
        require(P256.isValid(TdxQuote.signedHash(quote), r, s, x, y), QuoteSignatureInvalid());
        (r, s) = TdxQuote.qeReportSignature(quote);
        require(
            P256.isValid(TdxQuote.qeReportHash(quote), r, s, pckKey.x, pckKey.y),
            QeReportSignatureInvalid()
        );
    }
}
