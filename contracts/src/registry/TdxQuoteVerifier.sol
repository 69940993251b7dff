// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IssuerChecks, Issuer} from "../collateral/IssuerChecks.sol";
import {IDcapCollateral} from "../interfaces/IDcapCollateral.sol";
import {IEnclaveRegistry} from "../interfaces/IEnclaveRegistry.sol";
import {PckIdentity, SgxExtension} from "../libraries/SgxExtension.sol";
import {QuoteLayout, TdxQuote} from "../libraries/TdxQuote.sol";
import {TcbStatus} from "../libraries/TcbStatus.sol";
import {Certificate, X509} from "../libraries/X509.sol";
import {VendorAnchor} from "../vendor/VendorAnchor.sol";

/// Verifies PCK certificates and TDX quotes against collateral in force. Production and simulation share this code and differ
/// only in whose collateral it is.
abstract contract TdxQuoteVerifier is IEnclaveRegistry, VendorAnchor, IssuerChecks {
    /// An accepted verdict of the collateral, in one slot.
    struct Standing {
        uint160 version; // of the collateral that gave it, cut
        uint40 expiresAtUnixSec;
        TcbStatus status;
    }

    /// @inheritdoc IEnclaveRegistry
    IDcapCollateral public immutable collateral;

    mapping(bytes32 tcbHash => Standing) private _standings;

    constructor(IDcapCollateral vendorCollateral) IssuerChecks(vendorCollateral.p256Fallback()) {
        bytes32 expected = keccak256(abi.encode(_vendorRoot()));
        bytes32 got = vendorCollateral.vendorRootHash();
        require(got == expected, CollateralOfOtherVendor(expected, got));
        collateral = vendorCollateral;
    }

    /// Leaf ← PCK CA ← pinned root; the collateral has verified the upper link.
    function _verifyPck(
        bytes calldata leafDer,
        bytes32 authorityKeyHash
    )
        internal
        view
        returns (
            PckIdentity memory identity,
            Certificate memory leaf,
            IDcapCollateral.Authority memory authority
        )
    {
        bytes32 authorityName;
        (authority, authorityName) = collateral.pckAuthority(authorityKeyHash);
        leaf = X509.parse(leafDer);
        require(
            !leaf.isCa && leaf.keyUsage & X509.MAY_SIGN_CERTIFICATES == 0 && leaf.sgxEnd != 0,
            CertificateNotPck()
        );
        _assertIssued(Issuer(authorityName, authority.keyX, authority.keyY), leaf.signed, leaf.issuerHash);
        _assertInForce(leaf.notBeforeUnixSec, leaf.notAfterUnixSec);
        identity = SgxExtension.parse(leaf.sgxStart, leaf.sgxEnd);
    }

    /// Quote signature, attestation key and QE report, down to a PCK key that the caller found registered.
    function _verifyQuote(
        bytes calldata quote,
        PckKey calldata pckKey
    ) internal view returns (QuoteLayout memory parts) {
        parts = TdxQuote.assertWellFormed(quote);
        (bytes32 r, bytes32 s) = TdxQuote.signature(quote, parts);
        (bytes32 x, bytes32 y) = TdxQuote.attestationKey(quote, parts);
        require(_isSigned(TdxQuote.signedHash(quote, parts), r, s, x, y), QuoteSignatureInvalid());
        (r, s) = TdxQuote.qeReportSignature(quote, parts);
        require(
            _isSigned(sha256(TdxQuote.qeReport(quote, parts)), r, s, pckKey.x, pckKey.y),
            QeReportSignatureInvalid()
        );
    }

    /// Where platform, module and quoting enclave stand. Asked of the collateral once and kept until something there changes:
    /// enclaves of one platform differ in nothing that matters here. Anything less than current is refused, and not kept.
    function _standingOf(
        bytes calldata quote,
        QuoteLayout memory parts,
        bytes32 pckKeyHash,
        PckRecord storage pck
    ) internal returns (Standing memory standing) {
        bytes calldata tdReport = TdxQuote.tdReport(quote, parts);
        bytes calldata qeReport = TdxQuote.qeReport(quote, parts);
        bytes32 key = TdxQuote.tcbHash(pckKeyHash, tdReport, qeReport);
        uint160 version = uint160(uint256(collateral.versionOf(pck.fmspc, pck.pceId)));
        standing = _standings[key];
        if (standing.version == version && block.timestamp <= standing.expiresAtUnixSec) return standing;

        IDcapCollateral.Appraisal memory appraisal = collateral.appraise(
            IDcapCollateral.Platform({
                tcbComponents: pck.tcbComponents,
                fmspc: pck.fmspc,
                pceId: pck.pceId,
                pceSvn: pck.pceSvn,
                serial: pck.serial,
                authorityIndex: pck.authorityIndex
            }),
            tdReport,
            qeReport
        );
        require(
            appraisal.status == TcbStatus.UpToDate || appraisal.status == TcbStatus.SWHardeningNeeded,
            TcbStatusRefused(appraisal.status)
        );
        uint40 expiresAtUnixSec = pck.notAfterUnixSec;
        if (expiresAtUnixSec > appraisal.expiresAtUnixSec) expiresAtUnixSec = appraisal.expiresAtUnixSec;
        standing = Standing(version, expiresAtUnixSec, appraisal.status);
        _standings[key] = standing;
    }
}
