// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SimulatedSnpCollateral} from "./SimulatedSnpCollateral.sol";
import {SnpVerifier} from "./SnpVerifier.sol";
import {StrictSnpPolicy} from "./StrictSnpPolicy.sol";

/// Development: the same verifier over the simulated roots. No production deployment imports or deploys it.
contract SimulatedSnpVerifier is StrictSnpPolicy {
    constructor() SnpVerifier(new SimulatedSnpCollateral()) {}
}
