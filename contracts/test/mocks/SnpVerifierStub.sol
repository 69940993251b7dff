// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISnpCollateral} from "../../src/interfaces/ISnpCollateral.sol";
import {ISnpVerifier} from "../../src/interfaces/ISnpVerifier.sol";

/// Finds in every report what a test sets: `test/contracts/` has the true verifier under the registry.
contract SnpVerifierStub is ISnpVerifier {
    bytes32 public immutable vendorRootsHash;
    ISnpCollateral public constant collateral = ISnpCollateral(address(0));
    SnpEvidence private _evidence;

    constructor(bytes32 rootsHash) {
        vendorRootsHash = rootsHash;
    }

    function set(SnpEvidence calldata evidence) external {
        _evidence = evidence;
    }

    function verify(
        bytes calldata,
        bytes calldata,
        bytes32 vcekHash
    ) external view returns (SnpEvidence memory) {
        require(vcekHash == 0, ReportSignatureInvalid());
        return _evidence;
    }
}
