// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISnpCollateral} from "./ISnpCollateral.sol";

/// @title SEV-SNP attestation reports, verified on the chain
/// @notice `verify` needs a report, hints, and a VCEK that `collateral()` knows. No owner, no pause.
/// @dev What it never looks at is how old a report is: bind a fresh value in its report data.
interface ISnpVerifier {
    struct SnpEvidence {
        bytes32 measurementHash; // as attestation's snpMeasurementHash
        bytes32 platformId; // keccak256 of the chip id
        bytes32 reportData; // first half
        bytes32 reportDataRest;
        uint64 tcb; // reported TCB_VERSION; the report's first byte is the most significant
        uint8 product;
        uint40 expiresAtUnixSec; // first end of all that was used
    }

    error VcekKeyWrong(bytes32 expected, bytes32 got);
    error ReportSignatureInvalid();

    /// @notice Verifies a report; reverts with the reason unless everything holds.
    /// @param report 1184 bytes.
    /// @param hints The VCEK's key, x ‖ y, then what `snpHints` of the bindings computes. Wrong hints can only make a right report
    /// fail. The same report can be signed in two ways (s and n − s): never use its bytes as an identity.
    function verify(
        bytes calldata report,
        bytes calldata hints,
        bytes32 vcekHash
    ) external view returns (SnpEvidence memory);

    /// @notice Of `collateral()`; a registry refuses a verifier that trusts other roots than its own.
    function vendorRootsHash() external view returns (bytes32);

    /// @notice Where to bring AMD's certificates and revocation lists.
    function collateral() external view returns (ISnpCollateral);
}
