// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SnpPolicy} from "../libraries/SnpReport.sol";
import {AmdSnpCollateral} from "../sev-snp/AmdSnpCollateral.sol";
import {AmdRoot} from "../sev-snp/SnpCollateral.sol";
import {SnpVerifier} from "../sev-snp/SnpVerifier.sol";

/// Production's collateral, unless a test chooses other roots or does without revocation lists. Never deployed.
contract SnpCollateralMock is AmdSnpCollateral {
    mapping(uint8 product => AmdRoot) private _roots;
    bool private _withoutCrl;

    function setRoot(uint8 product, AmdRoot calldata root) external {
        _roots[product] = root;
    }

    function setCrlRequired(bool isRequired) external {
        _withoutCrl = !isRequired;
    }

    function _root(uint8 product) internal view override returns (AmdRoot memory root) {
        root = _roots[product];
        if (root.modulus.length == 0) return super._root(product);
    }

    function _isCrlRequired() internal view override returns (bool) {
        return !_withoutCrl;
    }
}

/// The production verifier under a policy of a test's choice. Never deployed.
contract SnpVerifierMock is SnpVerifier {
    SnpPolicy private _chosen;

    constructor() SnpVerifier(new SnpCollateralMock()) {}

    function setPolicy(SnpPolicy calldata chosen) external {
        _chosen = chosen;
    }

    function _policy(uint8) internal view override returns (SnpPolicy memory) {
        return _chosen;
    }
}
