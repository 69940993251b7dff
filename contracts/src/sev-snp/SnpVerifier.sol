// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISnpCollateral} from "../interfaces/ISnpCollateral.sol";
import {ISnpVerifier} from "../interfaces/ISnpVerifier.sol";
import {P384} from "../libraries/P384.sol";
import {Sha384} from "../libraries/Sha384.sol";
import {SnpPolicy, SnpReport} from "../libraries/SnpReport.sol";

/// Verifies reports against `collateral`. Production and simulation share this code; each makes its own collateral when it is
/// deployed, so no parameter can mix them.
abstract contract SnpVerifier is ISnpVerifier {
    uint8 internal constant TEE_TYPE_SEV_SNP = 3;

    /// @inheritdoc ISnpVerifier
    ISnpCollateral public immutable collateral;

    constructor(ISnpCollateral ownCollateral) {
        collateral = ownCollateral;
    }

    function _policy(uint8 product) internal view virtual returns (SnpPolicy memory);

    /// @inheritdoc ISnpVerifier
    function verify(
        bytes calldata report,
        bytes calldata hints,
        bytes32 vcekHash
    ) external view returns (SnpEvidence memory evidence) {
        SnpReport.assertWellFormed(report);
        ISnpCollateral.Endorsement memory vcek = collateral.vcekInForce(vcekHash);
        SnpPolicy memory policy = _policy(vcek.product);
        SnpReport.assertAllowed(report, policy);
        SnpReport.assertEndorsed(report, vcek.product, vcek.tcb, vcek.platformId, policy);
        _assertSigned(report, hints, vcekHash);

        evidence.measurementHash = SnpReport.measurementHash(report, TEE_TYPE_SEV_SNP);
        evidence.platformId = vcek.platformId;
        (evidence.reportData, evidence.reportDataRest) = SnpReport.reportData(report);
        evidence.tcb = vcek.tcb;
        evidence.product = vcek.product;
        evidence.expiresAtUnixSec = vcek.expiresAtUnixSec;
    }

    /// @inheritdoc ISnpVerifier
    function vendorRootsHash() external view returns (bytes32) {
        return collateral.vendorRootsHash();
    }

    function _assertSigned(bytes calldata report, bytes calldata hints, bytes32 vcekHash) private view {
        require(hints.length == 96 + P384.HINTS_LENGTH, ReportSignatureInvalid());
        bytes32 keyHash = keccak256(hints[:96]);
        require(keyHash == vcekHash, VcekKeyWrong(vcekHash, keyHash));
        uint256[2] memory digest;
        (digest[0], digest[1]) = Sha384.hash(report[:SnpReport.SIGNED_LENGTH]);
        (uint256[2] memory r, uint256[2] memory s) = SnpReport.signature(report);
        require(P384.isValid(digest, r, s, hints[:96], hints[96:]), ReportSignatureInvalid());
    }
}
