// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AmdSnpCollateral} from "./AmdSnpCollateral.sol";
import {SnpVerifier} from "./SnpVerifier.sol";
import {StrictSnpPolicy} from "./StrictSnpPolicy.sol";

/// Production: AMD's roots and the strict policy.
contract AmdSnpVerifier is StrictSnpPolicy {
    constructor() SnpVerifier(new AmdSnpCollateral()) {}
}
